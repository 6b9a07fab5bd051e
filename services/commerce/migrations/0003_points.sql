-- What else moves points: charges given back (held first, returned when the provider refuses), refunds of orders,
-- grants by operators, expiry. The ledger still has one entry per source and kind.
ALTER TABLE point_entry DROP CONSTRAINT point_entry_kind_check;
ALTER TABLE point_entry ADD CONSTRAINT point_entry_kind CHECK
    (kind IN ('charge', 'order', 'cancel', 'cancel_failed', 'refund', 'grant', 'expiry'));
ALTER TABLE point_entry ADD CONSTRAINT point_entry_sign CHECK (CASE
    WHEN kind IN ('order', 'cancel', 'expiry') THEN amount_krw <= 0 ELSE amount_krw >= 0 END);
