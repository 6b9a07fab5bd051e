-- What the provider should hold of each payment; undecided ones, and those of which a part is on its way back, agree with
-- anything.
SELECT p.order_id, CASE WHEN p.status IN ('created', 'confirming', 'unknown', 'waiting_deposit') THEN NULL
       WHEN p.reserved_krw > p.refunded_krw THEN NULL
       WHEN p.paid_at IS NOT NULL THEN (p.amount_krw - p.refunded_krw)::text ELSE '0' END, p.status
  FROM payment p;
