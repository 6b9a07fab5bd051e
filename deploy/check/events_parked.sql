-- What could not be handled, and what waits behind it.
SELECT p.event_id::text, format('%s of %s: %s', p.type, p.publisher, p.reason) FROM inbox_parked p
 ORDER BY p.publisher, p.partition, p.seq;
