-- How a coupon comes to its users: claimed by anybody (open), by a code, or from an operator only.
ALTER TABLE coupon
    ADD claim         text NOT NULL DEFAULT 'open' CHECK (claim IN ('open', 'code', 'operator')),
    ADD per_user_cap  int NOT NULL DEFAULT 1 CHECK (per_user_cap >= 1),
    ADD valid_days    int NOT NULL DEFAULT 7 CHECK (valid_days BETWEEN 1 AND 365),
    ADD version       bigint NOT NULL DEFAULT 1,
    ADD closed_at     timestamptz;
ALTER TABLE coupon
    ALTER claim DROP DEFAULT,
    ALTER per_user_cap DROP DEFAULT,
    ALTER valid_days DROP DEFAULT;

-- 16 letters of Crockford's base 32: 80 random bits.
CREATE TABLE coupon_code (
    id          uuid PRIMARY KEY,
    coupon_id   uuid NOT NULL REFERENCES coupon,
    code        text NOT NULL CONSTRAINT coupon_code_once UNIQUE CHECK (code ~ '^[0-9A-HJKMNP-TV-Z]{16}$'),
    uses_most   int NOT NULL CHECK (uses_most >= 1),
    uses        int NOT NULL DEFAULT 0,
    created_by  uuid NOT NULL,
    created_at  timestamptz NOT NULL,
    CONSTRAINT coupon_code_uses CHECK (uses BETWEEN 0 AND uses_most)
);
CREATE INDEX coupon_code_by_coupon ON coupon_code (coupon_id, id);

-- The n-th of its user: all registrations of a coupon hold its row, this stands behind it.
ALTER TABLE registered_coupon
    ADD nth      int NOT NULL DEFAULT 1 CHECK (nth >= 1),
    ADD claim    text NOT NULL DEFAULT 'open' CHECK (claim IN ('open', 'code', 'operator')),
    ADD code_id  uuid REFERENCES coupon_code,
    DROP CONSTRAINT registered_coupon_once,
    ADD CONSTRAINT registered_coupon_once UNIQUE (coupon_id, user_id, nth),
    ADD CONSTRAINT registered_coupon_code CHECK ((claim = 'code') = (code_id IS NOT NULL));
ALTER TABLE registered_coupon
    ALTER nth DROP DEFAULT,
    ALTER claim DROP DEFAULT;
