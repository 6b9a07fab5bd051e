-- Programs outside that ask for this service's events, and how far they have said to be. What one of them has not
-- read is kept beyond the usual time, for a while.
CREATE TABLE outbox_subscriber (
	name     text        PRIMARY KEY,             -- id of the event key
	cursor   bigint[]    NOT NULL CHECK (array_length(cursor, 1) = 16),
	asked_at timestamptz NOT NULL
);
