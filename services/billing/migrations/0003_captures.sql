-- How often the provider was asked to act, what was given back, and money there that the books do not know.

-- captured_at is the provider's own time, which its list of transactions goes by. reserved_krw: parts given back or about
-- to be; with both bounds no more than was paid can ever go out.
ALTER TABLE payment
    ADD COLUMN confirm_key  text,
    ADD COLUMN captured_at  timestamptz,
    ADD COLUMN ended_at     timestamptz,
    ADD COLUMN reserved_krw bigint NOT NULL DEFAULT 0,
    ADD COLUMN refunded_krw bigint NOT NULL DEFAULT 0,
    ADD CONSTRAINT payment_reserved CHECK (reserved_krw BETWEEN 0 AND amount_krw),
    ADD CONSTRAINT payment_refunded CHECK (refunded_krw BETWEEN 0 AND reserved_krw);

UPDATE payment SET captured_at = paid_at WHERE paid_at IS NOT NULL;
UPDATE payment p SET ended_at = (SELECT max(moved_at) FROM payment_move m WHERE m.payment_id = p.id)
 WHERE status = 'failed';

-- Every idempotency key used at the provider: subject is the payment, cancellation or review that the call was for. answer
-- is the error that the provider keeps under the key; only then may a next number follow.
CREATE TABLE attempt (
    subject   uuid NOT NULL,
    number    int NOT NULL,
    began_at  timestamptz NOT NULL,
    answer    text,
    PRIMARY KEY (subject, number)
);

-- A capture that is not as the books say. One row per capture, so that it is told and given back once.
CREATE TABLE payment_review (
    id            uuid PRIMARY KEY,
    code          text NOT NULL,
    order_id      text NOT NULL,
    provider_key  text NOT NULL CONSTRAINT payment_review_key UNIQUE,
    captured_krw  bigint NOT NULL,
    payment_id    uuid REFERENCES payment,
    state         text NOT NULL CHECK (state IN ('open', 'cancelling', 'cancelled', 'accepted')),
    raised_at     timestamptz NOT NULL,
    decided_by    uuid,
    decided_at    timestamptz,
    reason        text,
    failure_code  text,
    cancelled_at  timestamptz
);
CREATE INDEX payment_review_open ON payment_review (id) WHERE state = 'open';
CREATE INDEX payment_review_cancelled ON payment_review (cancelled_at) WHERE cancelled_at IS NOT NULL;

-- May money be given back without a person's decision? Off behind a restore, when the books may lack what was paid.
CREATE TABLE guard (
    single             boolean PRIMARY KEY DEFAULT true CHECK (single),
    automatic_cancels  boolean NOT NULL,
    reason             text NOT NULL,
    changed_at         timestamptz NOT NULL
);
INSERT INTO guard (automatic_cancels, reason, changed_at) VALUES (true, 'new installation', to_timestamp(0));
