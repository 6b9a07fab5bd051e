-- shipping_lock :maybe
-- in:  order_id uuid
-- out: status text, carrier text?, tracking_number text?, recipient text, phone text, postal_code text,
--      address text, address_detail text?, version int8, updated_at timestamptz, order_no text, user_id uuid,
--      company_id uuid, first_product text, order_status text
-- The buyer's points row is locked with it: it is the key of the buyer's events. The order is, too: it may be given back
-- while we wait.
WITH buyer AS MATERIALIZED (
    SELECT a.user_id FROM point_account a
     WHERE a.user_id = (SELECT o.user_id FROM orders o WHERE o.id = $1) FOR NO KEY UPDATE
)
SELECT s.status, s.carrier, s.tracking_number, s.recipient, s.phone, s.postal_code, s.address, s.address_detail,
       s.version, s.updated_at, o.order_no, o.user_id, o.company_id, o.first_product,
       o.status
  FROM buyer b JOIN orders o ON o.id = $1 AND o.user_id = b.user_id JOIN shipping s ON s.order_id = o.id
   FOR UPDATE OF o, s;

-- shipping_write :queue
-- in:  order_id uuid, status text, carrier text?, tracking_number text?, version int8, moved_by uuid,
--      moved_at timestamptz
WITH moved AS (
    UPDATE shipping SET status = $2, carrier = $3, tracking_number = $4, version = $5, updated_at = $7
     WHERE order_id = $1 AND version + 1 = $5
)
INSERT INTO shipping_move (order_id, version, status, moved_by, moved_at) VALUES ($1, $5, $2, $6, $7);
