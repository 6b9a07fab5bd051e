-- Events that leave (outbox) and arrive (inbox). One set of tables per service, in its own schema.

CREATE TABLE outbox (
	id          bigserial   PRIMARY KEY,
	event_id    uuid        NOT NULL UNIQUE,
	type        text        NOT NULL,
	version     int         NOT NULL,
	occurred_at timestamptz NOT NULL,
	tenant      uuid,
	key         uuid        NOT NULL,
	partition   smallint    NOT NULL CHECK (partition BETWEEN 0 AND 15),
	traceparent text        NOT NULL,
	payload     bytea       NOT NULL,
	is_public   boolean     NOT NULL,
	seq         bigint      CHECK (seq > 0)
);
-- What the relay looks for ten times a second: nearly always empty.
CREATE INDEX outbox_waiting ON outbox (id) WHERE seq IS NULL;
CREATE UNIQUE INDEX outbox_seq ON outbox (partition, seq) WHERE seq IS NOT NULL;

-- The last number given out per partition, and the oldest one whose row is still kept.
CREATE TABLE outbox_head (
	partition  smallint PRIMARY KEY CHECK (partition BETWEEN 0 AND 15),
	seq        bigint   NOT NULL DEFAULT 0 CHECK (seq >= 0),
	oldest_seq bigint   NOT NULL DEFAULT 1 CHECK (oldest_seq BETWEEN 1 AND seq + 1)
) WITH (fillfactor = 20);
INSERT INTO outbox_head (partition) SELECT generate_series(0, 15);

-- How far this service has heard each publisher.
CREATE TABLE inbox_cursor (
	publisher  text        NOT NULL,
	partition  smallint    NOT NULL CHECK (partition BETWEEN 0 AND 15),
	seq        bigint      NOT NULL CHECK (seq >= 0),
	updated_at timestamptz NOT NULL,
	PRIMARY KEY (publisher, partition)
) WITH (fillfactor = 20);

-- Events that could not be handled, and later ones of the same key, which wait for them. A row whose
-- redrive_at is set is tried again by the inbox that holds its partition.
CREATE TABLE inbox_parked (
	event_id   uuid        PRIMARY KEY,
	publisher  text        NOT NULL,
	partition  smallint    NOT NULL,
	seq        bigint      NOT NULL,
	key        uuid        NOT NULL,
	type       text        NOT NULL,
	envelope   bytea       NOT NULL,
	reason     text        NOT NULL,
	tries      int         NOT NULL,
	parked_at  timestamptz NOT NULL,
	redrive_at timestamptz
);
CREATE INDEX inbox_parked_key ON inbox_parked (publisher, partition, key, seq);
CREATE INDEX inbox_parked_redrive ON inbox_parked (publisher, partition, seq) WHERE redrive_at IS NOT NULL;
