-- What an operator or a buyer has given back, and what an operator has given.
SELECT r.id::text, r.amount_krw::text, 'refund' FROM refund r
UNION ALL
SELECT e.source_id::text, e.amount_krw::text, 'grant' FROM point_entry e WHERE e.kind = 'grant';
