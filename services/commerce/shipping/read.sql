-- shipping_find :maybe
-- in:  order_id uuid, user_id uuid, any_user bool
-- out: status text, carrier text?, tracking_number text?, recipient text, phone text, postal_code text,
--      address text, address_detail text?, version int8, updated_at timestamptz
SELECT s.status, s.carrier, s.tracking_number, s.recipient, s.phone, s.postal_code, s.address, s.address_detail,
       s.version, s.updated_at
  FROM shipping s JOIN orders o ON o.id = s.order_id
 WHERE s.order_id = $1 AND (o.user_id = $2 OR $3);
