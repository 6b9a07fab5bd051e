-- What an event costs PostgreSQL: every row of the outbox is written twice, when it is told and when it is numbered, and
-- the second time goes through every index again.
--
-- An event id is made of a clock and 74 random bits, and nobody looks for one. A CHECK is parsed from its text for
-- each statement that writes the table; a partition or number out of bounds is refused by the unique order below
-- and by outbox_head, whose rows the numbers are counted in.
ALTER TABLE outbox DROP CONSTRAINT outbox_event_id_key, DROP CONSTRAINT outbox_partition_check, DROP CONSTRAINT outbox_seq_check;
-- Room for the second version of a row beside the first, in the page and in the index.
ALTER TABLE outbox SET (fillfactor = 50);
ALTER INDEX outbox_pkey SET (fillfactor = 45);
