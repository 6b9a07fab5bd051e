-- The catalogue: categories as a tree, versions and images of products, discounts, what a coupon is for.

-- path: the ids from the root down to the category itself, so that a subtree is one index condition. Writers of
-- the tree hold pg_advisory_xact_lock('category') (category/*.sql): two moves at once could close a circle.
CREATE TABLE category (
    id          uuid PRIMARY KEY,
    parent_id   uuid CONSTRAINT category_parent REFERENCES category,
    name        text NOT NULL,
    slug        text NOT NULL CONSTRAINT category_slug UNIQUE,
    path        uuid[] NOT NULL,
    sort        int NOT NULL,
    version     bigint NOT NULL,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    CONSTRAINT category_depth CHECK (cardinality(path) BETWEEN 1 AND 8),
    CONSTRAINT category_path CHECK (path[cardinality(path)] = id
        AND coalesce(path[cardinality(path) - 1], id) = coalesce(parent_id, id))
);
CREATE INDEX category_by_parent ON category (parent_id);
CREATE INDEX category_by_path ON category USING gin (path);

-- The three categories that were words until now.
INSERT INTO category (id, name, slug, path, sort, version, created_at, updated_at)
SELECT c.id, c.name, c.slug, ARRAY[c.id], c.sort, 1, '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z'
  FROM (VALUES ('01926f00-0000-7000-8000-00000000c001'::uuid, '식품', 'grocery', 1),
               ('01926f00-0000-7000-8000-00000000c002', '의류', 'clothing', 2),
               ('01926f00-0000-7000-8000-00000000c003', '상품', 'products', 3)) AS c (id, name, slug, sort);

-- version is what If-Match compares: it counts changes of the product, not sales. The image has an id of its own
-- once an upload was accepted; its thumbnail is made by a job, which says why when it refuses the picture.
ALTER TABLE product
    ADD category_id   uuid CONSTRAINT product_category REFERENCES category,
    ADD version       bigint NOT NULL DEFAULT 1,
    ADD updated_at    timestamptz,
    ADD image_id      uuid,
    ADD image_type    text CHECK (image_type IN ('image/jpeg', 'image/png', 'image/webp')),
    ADD image_state   text CHECK (image_state IN ('processing', 'ready', 'refused')),
    ADD image_reason  text,
    ADD CONSTRAINT product_image CHECK ((image_id IS NULL) = (image_type IS NULL)
        AND (image_id IS NULL) = (image_state IS NULL)
        AND (image_reason IS NOT NULL) = (image_state IS NOT DISTINCT FROM 'refused'));
UPDATE product p SET category_id = c.id, updated_at = p.created_at FROM category c WHERE c.slug = p.category;
ALTER TABLE product
    DROP category,
    ALTER category_id SET NOT NULL,
    ALTER version DROP DEFAULT,
    ALTER updated_at SET NOT NULL;
CREATE INDEX product_by_category ON product (category_id, id) WHERE deleted_at IS NULL;

-- source_id is what moved the stock, a UUIDv7 in every case: the product (its opening stock), a receipt or a
-- correction by an operator, an order, a refund. One movement per product and source, listed by source, newest first.
ALTER TABLE stock_movement
    ADD reason    text,
    ADD moved_by  uuid,
    DROP CONSTRAINT stock_movement_kind_check,
    ADD CONSTRAINT stock_movement_kind CHECK (kind IN ('receipt', 'correction', 'order', 'return')),
    ADD CONSTRAINT stock_movement_reason CHECK (kind <> 'correction' OR reason IS NOT NULL),
    DROP CONSTRAINT stock_movement_pkey,
    ADD PRIMARY KEY (product_id, source_id);

-- Of a category with all below it, or of one product. Percent of the price of a piece, or KRW off each piece.
CREATE TABLE discount (
    id           uuid PRIMARY KEY,
    name         text NOT NULL,
    kind         text NOT NULL CHECK (kind IN ('percent', 'fixed')),
    value        bigint NOT NULL CHECK (value >= 1),
    category_id  uuid CONSTRAINT discount_category_id REFERENCES category,
    product_id   uuid REFERENCES product,
    priority     int NOT NULL,
    starts_at    timestamptz NOT NULL,
    ends_at      timestamptz NOT NULL,
    version      bigint NOT NULL,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    deleted_at   timestamptz,
    CONSTRAINT discount_percent CHECK (kind = 'fixed' OR value <= 100),
    CONSTRAINT discount_scope CHECK ((category_id IS NULL) <> (product_id IS NULL)),
    CONSTRAINT discount_period CHECK (ends_at > starts_at)
);
CREATE INDEX discount_by_category ON discount (category_id, ends_at) WHERE deleted_at IS NULL AND category_id IS NOT NULL;
CREATE INDEX discount_by_product ON discount (product_id, ends_at) WHERE deleted_at IS NULL AND product_id IS NOT NULL;

-- A coupon is for a category with all below it (category_id), for some products (rows of coupon_product), or, with
-- neither, for everything.
ALTER TABLE coupon ADD category_id uuid CONSTRAINT coupon_category REFERENCES category;
UPDATE coupon SET category_id = c.id FROM category c WHERE c.slug = coupon.category;
ALTER TABLE coupon DROP category;
CREATE INDEX coupon_by_category ON coupon (category_id) WHERE category_id IS NOT NULL;
CREATE TABLE coupon_product (
    coupon_id   uuid NOT NULL REFERENCES coupon,
    product_id  uuid NOT NULL REFERENCES product,
    PRIMARY KEY (coupon_id, product_id)
);

-- What a line's discount is made of: the discount that applied (its name kept as it was then) and the line's
-- share of the coupon.
ALTER TABLE order_item
    ADD reduced_krw    bigint NOT NULL DEFAULT 0 CHECK (reduced_krw >= 0),
    ADD coupon_krw     bigint NOT NULL DEFAULT 0 CHECK (coupon_krw >= 0),
    ADD discount_id    uuid REFERENCES discount,
    ADD discount_name  text;
UPDATE order_item SET coupon_krw = discount_krw;
ALTER TABLE order_item
    ALTER reduced_krw DROP DEFAULT,
    ALTER coupon_krw DROP DEFAULT,
    ADD CONSTRAINT order_item_parts CHECK (discount_krw = reduced_krw + coupon_krw),
    ADD CONSTRAINT order_item_reason CHECK ((discount_id IS NULL) = (discount_name IS NULL)
        AND (reduced_krw = 0 OR discount_id IS NOT NULL));
