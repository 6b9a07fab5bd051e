-- Parts of settled charges on their way back: requested, the points held, the money given back.
CREATE TABLE cancellation (
    id            uuid PRIMARY KEY,
    payment_id    uuid NOT NULL REFERENCES payment,
    user_id       uuid NOT NULL,
    company_id    uuid NOT NULL,
    amount_krw    bigint NOT NULL CHECK (amount_krw >= 1),
    status        text NOT NULL CHECK (status IN ('requested', 'held', 'unknown', 'refunded', 'refused', 'failed')),
    reason        text NOT NULL,
    failure_code  text,
    requested_by  uuid NOT NULL,
    requested_at  timestamptz NOT NULL,
    held_at       timestamptz,
    ended_at      timestamptz,
    cancelled_at  timestamptz,
    CONSTRAINT cancellation_ended CHECK ((status IN ('refunded', 'refused', 'failed')) = (ended_at IS NOT NULL)),
    CONSTRAINT cancellation_refunded CHECK ((status = 'refunded') = (cancelled_at IS NOT NULL))
);
CREATE INDEX cancellation_by_payment ON cancellation (payment_id, id);
CREATE INDEX cancellation_cancelled ON cancellation (cancelled_at) WHERE cancelled_at IS NOT NULL;
CREATE INDEX cancellation_ended_at ON cancellation (ended_at) WHERE ended_at IS NOT NULL;
