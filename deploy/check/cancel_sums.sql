-- Each payment against the parts of it that went back.
SELECT p.id::text, format('%s of %s, %s given back and %s reserved, its parts say %s and %s', p.status, p.amount_krw,
       p.refunded_krw, p.reserved_krw, coalesce(c.refunded, 0), coalesce(c.reserved, 0))
  FROM payment p
  LEFT JOIN (SELECT a.payment_id, sum(a.amount_krw) FILTER (WHERE a.status = 'refunded') AS refunded,
                    sum(a.amount_krw) FILTER (WHERE a.status NOT IN ('refused', 'failed')) AS reserved
               FROM cancellation a GROUP BY a.payment_id) c ON c.payment_id = p.id
 WHERE p.refunded_krw <> coalesce(c.refunded, 0) OR p.reserved_krw <> coalesce(c.reserved, 0)
    OR p.reserved_krw > p.amount_krw
    OR (p.paid_at IS NOT NULL AND p.status <> CASE p.refunded_krw WHEN 0 THEN 'paid' WHEN p.amount_krw THEN 'refunded'
                                              ELSE 'partially_refunded' END);
