-- Each payment against the record of its moves.
SELECT p.id::text, format('%s, the last move says %s', p.status, coalesce(m.status, 'nothing'))
  FROM payment p
  LEFT JOIN LATERAL (SELECT v.status FROM payment_move v WHERE v.payment_id = p.id ORDER BY v.id DESC LIMIT 1) m ON true
 WHERE m.status IS DISTINCT FROM p.status
UNION ALL
SELECT v.payment_id::text, 'settled ' || count(*) || ' times' FROM payment_move v WHERE v.status = 'paid'
 GROUP BY v.payment_id HAVING count(*) > 1;
