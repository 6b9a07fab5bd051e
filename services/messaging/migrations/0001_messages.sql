-- Messages and the prepaid wallet of each company. Business time comes in as a parameter.

CREATE TABLE wallet (
    company_id   uuid PRIMARY KEY,
    balance_krw  bigint NOT NULL CONSTRAINT wallet_balance CHECK (balance_krw >= 0),
    opened_at    timestamptz NOT NULL
);

-- One row per message; (source_id, template) makes each event send once. content is NULL for secrets: a code stands,
-- sealed, in the job alone, and goes with it.
CREATE TABLE message (
    id           uuid PRIMARY KEY,
    source_id    uuid NOT NULL,
    template     text NOT NULL,
    channel      text NOT NULL CHECK (channel IN ('sms', 'lms', 'alimtalk')),
    company_id   uuid,
    phone        text NOT NULL,
    content      text,
    status       text NOT NULL CHECK (status IN ('queued', 'sending', 'sent', 'delivered', 'fallback', 'failed', 'unknown')),
    provider_id  text,
    result_code  text,
    fallback_id  uuid REFERENCES message,
    checks       int NOT NULL DEFAULT 0,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz,
    sending_at   timestamptz,
    sent_at      timestamptz,
    settled_at   timestamptz,
    CONSTRAINT message_source UNIQUE (source_id, template, channel)
);
CREATE INDEX message_by_phone ON message (phone, id);
