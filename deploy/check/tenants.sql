-- Rows of one user under two companies.
SELECT x.id::text, format('%s of company %s, its user %s is of %s', x.kind, x.company_id, x.user_id, a.company_id)
  FROM (SELECT 'an order' AS kind, o.id, o.user_id, o.company_id FROM orders o
        UNION ALL SELECT 'a ledger entry', e.id, e.user_id, e.company_id FROM point_entry e
        UNION ALL SELECT 'a coupon', r.id, r.user_id, r.company_id FROM registered_coupon r) x
  JOIN point_account a ON a.user_id = x.user_id
 WHERE a.company_id <> x.company_id
UNION ALL
SELECT o.id::text, format('used the coupon %s of the user %s', r.id, r.user_id)
  FROM orders o JOIN registered_coupon r ON r.id = o.registered_coupon_id WHERE r.user_id <> o.user_id;
