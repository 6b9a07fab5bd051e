-- Events told to addresses outside. Business time comes in as a parameter.

-- Secrets are sealed with the service's webhook key, so that a dump signs nothing. failures: attempts in a row;
-- paused_until: nothing is sent before.
CREATE TABLE webhook (
    id                uuid PRIMARY KEY,
    url               text NOT NULL CHECK (length(url) <= 500),
    description       text CHECK (length(description) <= 200),
    types             text[] NOT NULL CHECK (cardinality(types) BETWEEN 1 AND 50),
    company_id        uuid,
    status            text NOT NULL CHECK (status IN ('enabled', 'disabled')),
    disabled_reason   text CHECK (disabled_reason IN ('operator', 'gone')),
    secret            bytea NOT NULL,
    old_secret        bytea,
    old_secret_until  timestamptz,
    failures          int NOT NULL DEFAULT 0 CHECK (failures >= 0),
    paused_until      timestamptz,
    version           bigint NOT NULL DEFAULT 1,
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL,
    deleted_at        timestamptz,
    CONSTRAINT webhook_disabled CHECK ((status = 'disabled') = (disabled_reason IS NOT NULL)),
    CONSTRAINT webhook_old_secret CHECK ((old_secret IS NULL) = (old_secret_until IS NULL))
);

-- One event for one endpoint. round: how often it was begun anew by a replay; round_attempts counts in it.
CREATE TABLE webhook_delivery (
    id              uuid PRIMARY KEY,
    webhook_id      uuid NOT NULL REFERENCES webhook,
    event_id        uuid NOT NULL,
    type            text NOT NULL,
    occurred_at     timestamptz NOT NULL,
    body            text NOT NULL,
    status          text NOT NULL CHECK (status IN ('waiting', 'delivered', 'failed', 'dropped')),
    round           int NOT NULL DEFAULT 1,
    round_attempts  int NOT NULL DEFAULT 0,
    attempts        int NOT NULL DEFAULT 0,
    next_at         timestamptz,
    last_status     int,
    last_failure    text,
    created_at      timestamptz NOT NULL,
    settled_at      timestamptz,
    CONSTRAINT webhook_delivery_once UNIQUE (webhook_id, event_id),
    CONSTRAINT webhook_delivery_settled CHECK ((status = 'waiting') = (settled_at IS NULL)),
    CONSTRAINT webhook_delivery_next CHECK ((status = 'waiting') = (next_at IS NOT NULL))
);
CREATE INDEX webhook_delivery_by_webhook ON webhook_delivery (webhook_id, id);
CREATE INDEX webhook_delivery_by_time ON webhook_delivery (webhook_id, occurred_at, id);
CREATE INDEX webhook_delivery_by_age ON webhook_delivery (created_at);

CREATE TABLE webhook_attempt (
    delivery_id  uuid NOT NULL REFERENCES webhook_delivery ON DELETE CASCADE,
    number       int NOT NULL,
    at           timestamptz NOT NULL,
    took_ms      int NOT NULL,
    status       int,
    failure      text,
    PRIMARY KEY (delivery_id, number),
    CONSTRAINT webhook_attempt_outcome CHECK ((status IS NULL) <> (failure IS NULL))
);

-- A stretch of time to be sent again; cursor_* say how far the job is.
CREATE TABLE webhook_replay (
    id           uuid PRIMARY KEY,
    webhook_id   uuid NOT NULL REFERENCES webhook,
    from_at      timestamptz NOT NULL,
    until_at     timestamptz NOT NULL CHECK (until_at > from_at),
    failed_only  boolean NOT NULL,
    replayed     bigint NOT NULL DEFAULT 0,
    cursor_at    timestamptz NOT NULL,
    cursor_id    uuid NOT NULL,
    created_at   timestamptz NOT NULL,
    done_at      timestamptz
);
CREATE INDEX webhook_replay_by_webhook ON webhook_replay (webhook_id, id);
