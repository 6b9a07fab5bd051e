-- Each coupon against its claims, each claim against the orders.
SELECT c.id::text, format('counts %s claims of at most %s, there are %s', c.registered, coalesce(c.total_cap::text, 'any'),
       coalesce(r.claims, 0))
  FROM coupon c
  LEFT JOIN (SELECT g.coupon_id, count(*) AS claims FROM registered_coupon g GROUP BY g.coupon_id) r ON r.coupon_id = c.id
 WHERE c.registered <> coalesce(r.claims, 0) OR coalesce(r.claims, 0) > c.total_cap
UNION ALL
SELECT r.coupon_id::text, format('the user %s has %s of at most %s', r.user_id, count(*), c.per_user_cap)
  FROM registered_coupon r JOIN coupon c ON c.id = r.coupon_id
 GROUP BY r.coupon_id, r.user_id, c.per_user_cap HAVING count(*) > c.per_user_cap
UNION ALL
SELECT d.id::text, format('a code that counts %s uses of at most %s, there are %s', d.uses, d.uses_most, coalesce(r.claims, 0))
  FROM coupon_code d
  LEFT JOIN (SELECT g.code_id, count(*) AS claims FROM registered_coupon g GROUP BY g.code_id) r ON r.code_id = d.id
 WHERE d.uses <> coalesce(r.claims, 0) OR d.uses > d.uses_most
UNION ALL
SELECT r.id::text, 'used and not used at once' FROM registered_coupon r WHERE (r.used_at IS NULL) <> (r.order_id IS NULL)
UNION ALL
SELECT o.registered_coupon_id::text, format('used by %s orders', count(*))
  FROM orders o
 WHERE o.registered_coupon_id IS NOT NULL AND o.status IN ('paid', 'partially_refunded')
 GROUP BY o.registered_coupon_id HAVING count(*) > 1;
