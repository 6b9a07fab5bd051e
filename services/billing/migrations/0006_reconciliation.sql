-- Our books against the provider's list of transactions, a Seoul day at a time.
CREATE TABLE reconciliation (
    id               uuid PRIMARY KEY,
    day              date NOT NULL CONSTRAINT reconciliation_day UNIQUE,
    ran_at           timestamptz,
    transactions     int NOT NULL DEFAULT 0,
    ours_krw         bigint NOT NULL DEFAULT 0,
    theirs_krw       bigint NOT NULL DEFAULT 0,
    differences      int NOT NULL DEFAULT 0,
    acknowledged_by  uuid,
    acknowledged_at  timestamptz,
    acknowledgement  text
);

-- What the provider lists of the day in hand; gone once it was compared.
CREATE TABLE reconciliation_entry (
    day              date NOT NULL,
    transaction_key  text NOT NULL,
    order_id         text NOT NULL,
    provider_key     text NOT NULL,
    amount_krw       bigint NOT NULL,
    PRIMARY KEY (day, transaction_key)
);

-- One capture of which the day's movements differ. Sums of what was captured and, apart from that, given back.
CREATE TABLE reconciliation_difference (
    day                date NOT NULL,
    order_id           text NOT NULL,
    provider_key       text NOT NULL,
    payment_id         uuid,
    ours_krw           bigint NOT NULL,
    theirs_krw         bigint NOT NULL,
    ours_refunded_krw  bigint NOT NULL,
    theirs_refunded_krw bigint NOT NULL,
    PRIMARY KEY (day, order_id, provider_key)
);

CREATE INDEX payment_captured ON payment (captured_at) WHERE captured_at IS NOT NULL;
CREATE INDEX payment_paid_at ON payment (paid_at) WHERE paid_at IS NOT NULL;
CREATE INDEX payment_ended ON payment (ended_at) WHERE ended_at IS NOT NULL;
