-- A grant says why and by whom.
ALTER TABLE point_entry
    ADD note     text,
    ADD made_by  uuid,
    ADD CONSTRAINT point_entry_grant CHECK (kind <> 'grant' OR (note IS NOT NULL AND made_by IS NOT NULL));
