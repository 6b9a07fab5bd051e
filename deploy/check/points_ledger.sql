-- Each account against its entries.
SELECT coalesce(a.user_id, e.user_id)::text, format('balance %s, ledger %s', coalesce(a.balance_krw, 0), coalesce(e.balance_krw, 0))
  FROM point_account a
  FULL JOIN (SELECT p.user_id, sum(p.amount_krw) AS balance_krw FROM point_entry p GROUP BY p.user_id) e ON e.user_id = a.user_id
 WHERE coalesce(a.balance_krw, 0) <> coalesce(e.balance_krw, 0) OR a.balance_krw < 0
UNION ALL
SELECT p.id::text, format('an entry that left a balance of %s', p.balance_krw) FROM point_entry p WHERE p.balance_krw < 0;
