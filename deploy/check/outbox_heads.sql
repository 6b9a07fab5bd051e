-- How far this service has spoken.
SELECT current_schema() || ' ' || h.partition, h.seq::text, 'published' FROM outbox_head h;
