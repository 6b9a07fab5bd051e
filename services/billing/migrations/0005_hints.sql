-- Webhooks about payments known here, by the provider's id of the transmission: each is followed once.
CREATE TABLE payment_hint (
    id        text PRIMARY KEY,
    heard_at  timestamptz NOT NULL
);
CREATE INDEX payment_hint_heard ON payment_hint (heard_at);

-- When the payment is read, or will be, because of a webhook: what bounds such reads per payment.
ALTER TABLE payment ADD COLUMN hinted_at timestamptz;

-- Reads because of webhooks in the minute at hand: what bounds them in all, whatever the number of replicas.
CREATE TABLE hint_budget (
    single  boolean PRIMARY KEY DEFAULT true CHECK (single),
    minute  bigint NOT NULL,
    n       int NOT NULL
);
INSERT INTO hint_budget (minute, n) VALUES (0, 0);
