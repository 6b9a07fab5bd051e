-- Orders given back: refunds with their lines, and who moved an order when.

-- version counts the order's own moves; shipping has its own. refunded_krw is the sum of the order's refunds.
ALTER TABLE orders
    ADD version             bigint NOT NULL DEFAULT 1,
    ADD refunded_krw        bigint NOT NULL DEFAULT 0,
    ADD coupon_returned_at  timestamptz,
    ADD CONSTRAINT order_refunded CHECK (refunded_krw BETWEEN 0 AND paid_krw),
    ADD CONSTRAINT order_refunded_whole CHECK (status NOT IN ('refunded', 'cancelled') OR refunded_krw = paid_krw);
ALTER TABLE order_item
    ADD refunded_quantity  int NOT NULL DEFAULT 0,
    ADD CONSTRAINT order_item_refunded CHECK (refunded_quantity BETWEEN 0 AND quantity);

-- The moves behind paid; that one is the order's own row.
CREATE TABLE order_move (
    order_id   uuid NOT NULL REFERENCES orders,
    version    bigint NOT NULL CHECK (version >= 2),
    status     text NOT NULL,
    moved_by   uuid NOT NULL,
    moved_at   timestamptz NOT NULL,
    PRIMARY KEY (order_id, version)
);

CREATE TABLE refund (
    id               uuid PRIMARY KEY,
    order_id         uuid NOT NULL REFERENCES orders,
    status           text NOT NULL CHECK (status IN ('partially_refunded', 'refunded', 'cancelled')),
    amount_krw       bigint NOT NULL CHECK (amount_krw >= 0),
    cumulative_krw   bigint NOT NULL CHECK (cumulative_krw >= amount_krw),
    reason           text,
    restocked        boolean NOT NULL,
    coupon_returned  boolean NOT NULL,
    made_by          uuid NOT NULL,
    created_at       timestamptz NOT NULL
);
CREATE INDEX refund_by_order ON refund (order_id, id);

CREATE TABLE refund_line (
    refund_id   uuid NOT NULL REFERENCES refund,
    order_id    uuid NOT NULL,
    line_no     int NOT NULL,
    quantity    int NOT NULL CHECK (quantity >= 1),
    amount_krw  bigint NOT NULL CHECK (amount_krw >= 0),
    PRIMARY KEY (refund_id, line_no),
    FOREIGN KEY (order_id, line_no) REFERENCES order_item
);

-- The filters of the lists that are rare among all orders.
CREATE INDEX orders_by_status ON orders (status, id) WHERE status <> 'paid';
