-- Durable timers and outgoing work (common/jobs).

CREATE TABLE jobs (
	id          uuid        PRIMARY KEY,
	kind        text        NOT NULL,
	key         text        NOT NULL,
	payload     bytea       NOT NULL,
	trace       text,
	due_at      timestamptz NOT NULL,             -- what was asked for
	look_at     timestamptz NOT NULL,             -- when a worker may take it: due, end of a pause or of a lease
	state       text        NOT NULL DEFAULT 'waiting',
	lease       uuid,                             -- who holds it: a new value for each claim
	attempts    int4        NOT NULL DEFAULT 0,
	last_slug   text,
	last_detail text,
	CONSTRAINT jobs_kind_key UNIQUE (kind, key),
	CONSTRAINT jobs_state CHECK (state IN ('waiting', 'leased', 'parked')),
	CONSTRAINT jobs_lease CHECK ((state = 'leased') = (lease IS NOT NULL))
);
CREATE INDEX jobs_look ON jobs (look_at) WHERE state <> 'parked';
CREATE INDEX jobs_parked ON jobs (look_at) WHERE state = 'parked';

-- Which daily jobs were begun for which Seoul day; the row of the job itself is gone once it is done.
CREATE TABLE job_days (
	kind text NOT NULL,
	day  text NOT NULL,                           -- YYYY-MM-DD
	PRIMARY KEY (kind, day)
);
