-- The shop. Money is whole KRW; every balance is the sum of an append-only ledger with one row per
-- source; what must never be negative is so by constraint. Business time comes in as a parameter.

CREATE TABLE product (
    id           uuid PRIMARY KEY,
    name         text NOT NULL,
    price_krw    bigint NOT NULL CONSTRAINT product_price CHECK (price_krw BETWEEN 0 AND 1000000000),
    stock        bigint NOT NULL CONSTRAINT product_stock CHECK (stock >= 0),
    category     text NOT NULL CHECK (category IN ('grocery', 'clothing', 'products')),
    description  text,
    created_at   timestamptz NOT NULL,
    deleted_at   timestamptz
);
CREATE INDEX product_by_category ON product (category, id) WHERE deleted_at IS NULL;

-- stock = sum(delta): what came in, what was sold.
CREATE TABLE stock_movement (
    product_id  uuid NOT NULL REFERENCES product,
    source_id   uuid NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('receipt', 'order')),
    delta       bigint NOT NULL CHECK (delta <> 0),
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (product_id, source_id, kind)
);

CREATE TABLE coupon (
    id                    uuid PRIMARY KEY,
    name                  text NOT NULL,
    kind                  text NOT NULL CHECK (kind IN ('percent', 'fixed')),
    value                 bigint NOT NULL CHECK (value >= 1),
    category              text CHECK (category IN ('grocery', 'clothing', 'products')),
    minimum_krw           bigint NOT NULL CHECK (minimum_krw >= 0),
    maximum_discount_krw  bigint CHECK (maximum_discount_krw >= 1),
    total_cap             bigint CHECK (total_cap >= 1),
    registered            bigint NOT NULL DEFAULT 0,
    starts_at             timestamptz NOT NULL,
    ends_at               timestamptz NOT NULL,
    created_at            timestamptz NOT NULL,
    CONSTRAINT coupon_percent CHECK (kind = 'fixed' OR value <= 100),
    CONSTRAINT coupon_period CHECK (ends_at > starts_at),
    CONSTRAINT coupon_cap CHECK (registered <= coalesce(total_cap, registered))
);

CREATE TABLE registered_coupon (
    id             uuid PRIMARY KEY,
    coupon_id      uuid NOT NULL REFERENCES coupon,
    user_id        uuid NOT NULL,
    company_id     uuid NOT NULL,
    valid_until    timestamptz NOT NULL,
    used_at        timestamptz,
    order_id       uuid UNIQUE,
    registered_at  timestamptz NOT NULL,
    CONSTRAINT registered_coupon_once UNIQUE (coupon_id, user_id),
    CONSTRAINT registered_coupon_used CHECK ((used_at IS NULL) = (order_id IS NULL))
);
CREATE INDEX registered_coupon_by_user ON registered_coupon (user_id, id);

CREATE TABLE point_account (
    user_id      uuid PRIMARY KEY,
    company_id   uuid NOT NULL,
    balance_krw  bigint NOT NULL CONSTRAINT point_balance CHECK (balance_krw BETWEEN 0 AND 9007199254740991)
);

CREATE TABLE point_entry (
    id           uuid PRIMARY KEY,
    user_id      uuid NOT NULL REFERENCES point_account,
    company_id   uuid NOT NULL,
    kind         text NOT NULL CHECK (kind IN ('charge', 'order')),
    amount_krw   bigint NOT NULL,
    balance_krw  bigint NOT NULL CHECK (balance_krw >= 0),
    source_id    uuid NOT NULL,
    created_at   timestamptz NOT NULL,
    CONSTRAINT point_entry_source UNIQUE (source_id, kind)
);
CREATE INDEX point_entry_by_user ON point_entry (user_id, id);

CREATE TABLE orders (
    id                    uuid PRIMARY KEY,
    order_no              text NOT NULL CONSTRAINT order_no UNIQUE,
    user_id               uuid NOT NULL REFERENCES point_account,
    company_id            uuid NOT NULL,
    status                text NOT NULL CHECK (status IN ('paid', 'partially_refunded', 'refunded', 'cancelled')),
    total_krw             bigint NOT NULL CHECK (total_krw >= 0),
    discount_krw          bigint NOT NULL CHECK (discount_krw BETWEEN 0 AND total_krw),
    paid_krw              bigint NOT NULL,
    registered_coupon_id  uuid REFERENCES registered_coupon,
    line_count            int NOT NULL CHECK (line_count >= 1),
    first_product         text NOT NULL,
    created_at            timestamptz NOT NULL,
    CONSTRAINT order_sum CHECK (paid_krw = total_krw - discount_krw)
);
CREATE INDEX orders_by_user ON orders (user_id, id);

CREATE TABLE order_item (
    order_id        uuid NOT NULL REFERENCES orders,
    line_no         int NOT NULL,
    product_id      uuid NOT NULL REFERENCES product,
    name            text NOT NULL,
    unit_price_krw  bigint NOT NULL CHECK (unit_price_krw >= 0),
    quantity        int NOT NULL CHECK (quantity >= 1),
    amount_krw      bigint NOT NULL,
    discount_krw    bigint NOT NULL,
    PRIMARY KEY (order_id, line_no),
    CONSTRAINT order_item_amount CHECK (amount_krw = unit_price_krw * quantity),
    CONSTRAINT order_item_discount CHECK (discount_krw BETWEEN 0 AND amount_krw)
);

CREATE TABLE shipping (
    order_id         uuid PRIMARY KEY REFERENCES orders,
    status           text NOT NULL CHECK (status IN ('ordered', 'preparing', 'shipped', 'delivering', 'delivered')),
    carrier          text,
    tracking_number  text,
    recipient        text NOT NULL,
    phone            text NOT NULL,
    postal_code      text NOT NULL,
    address          text NOT NULL,
    address_detail   text,
    version          bigint NOT NULL,
    updated_at       timestamptz NOT NULL,
    CONSTRAINT shipping_tracked CHECK (status IN ('ordered', 'preparing')
        OR (carrier IS NOT NULL AND tracking_number IS NOT NULL))
);

-- Who moved it when; the state machine's own record.
CREATE TABLE shipping_move (
    order_id   uuid NOT NULL REFERENCES shipping,
    version    bigint NOT NULL,
    status     text NOT NULL,
    moved_by   uuid NOT NULL,
    moved_at   timestamptz NOT NULL,
    PRIMARY KEY (order_id, version)
);
