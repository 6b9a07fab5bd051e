-- What a user is told. Business time comes in as a parameter.

-- The last number given to each user: locked first by everyone who adds an alarm, so that numbers have no hole and
-- the user's events stay in order. Never deleted, or a number would be given twice.
CREATE TABLE alarm_counter (
    user_id      uuid PRIMARY KEY,
    last_number  bigint NOT NULL CHECK (last_number >= 1)
);

-- source: what the alarm is about; the same fact heard twice makes one alarm.
CREATE TABLE alarm (
    id           uuid PRIMARY KEY,
    user_id      uuid NOT NULL,
    company_id   uuid NOT NULL,
    number       bigint NOT NULL CHECK (number >= 1),
    kind         integer NOT NULL CHECK (kind >= 0),
    message      text NOT NULL CHECK (length(message) <= 1000),
    path         text CHECK (length(path) <= 200),
    params       jsonb,
    source_id    uuid NOT NULL,
    source_kind  text NOT NULL,
    confirm      boolean NOT NULL DEFAULT false,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    CONSTRAINT alarm_number UNIQUE (user_id, number),
    CONSTRAINT alarm_source UNIQUE (source_id, kind)
);
CREATE INDEX alarm_unread ON alarm (user_id) WHERE NOT confirm;
CREATE INDEX alarm_expiring ON alarm (expires_at);
