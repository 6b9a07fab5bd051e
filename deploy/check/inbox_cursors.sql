-- How far this service has heard.
SELECT c.publisher || ' ' || c.partition, c.seq::text FROM inbox_cursor c;
