-- Money at the providers. Amounts are whole KRW; business time comes in as a parameter.

-- The intent comes first; the provider knows it by order_id, which carries stage and installation.
CREATE TABLE payment (
    id            uuid PRIMARY KEY,
    order_id      text NOT NULL CONSTRAINT payment_order_id UNIQUE,
    user_id       uuid NOT NULL,
    company_id    uuid NOT NULL,
    purpose       text NOT NULL CHECK (purpose IN ('points')),
    amount_krw    bigint NOT NULL CHECK (amount_krw >= 1),
    status        text NOT NULL CHECK (status IN ('created', 'confirming', 'waiting_deposit', 'paid', 'failed', 'unknown',
                                                  'cancelled', 'partially_refunded', 'refunded')),
    provider      text NOT NULL CHECK (provider IN ('toss')),
    provider_key  text CONSTRAINT payment_provider_key UNIQUE,
    method        text,
    failure_code  text,
    created_at    timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    paid_at       timestamptz,
    CONSTRAINT payment_paid CHECK (status NOT IN ('paid', 'partially_refunded', 'refunded')
        OR (paid_at IS NOT NULL AND provider_key IS NOT NULL))
);
CREATE INDEX payment_by_user ON payment (user_id, id);

-- Every change of state, with when and why.
CREATE TABLE payment_move (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    payment_id  uuid NOT NULL REFERENCES payment,
    status      text NOT NULL,
    reason      text NOT NULL,
    moved_at    timestamptz NOT NULL
);
CREATE INDEX payment_move_by_payment ON payment_move (payment_id, id);
