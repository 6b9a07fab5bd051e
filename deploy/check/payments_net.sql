-- What the provider should hold of each payment; undecided ones agree with anything.
SELECT p.order_id, CASE WHEN p.status IN ('created', 'confirming', 'unknown', 'waiting_deposit') THEN NULL
       WHEN p.status = 'paid' THEN p.amount_krw::text ELSE '0' END, p.status
  FROM payment p;
