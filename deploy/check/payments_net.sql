-- What the provider should hold for each order id of ours. What is on its way (no value) agrees with anything: an
-- undecided payment, a part that is being given back, a wrong capture that is being cancelled.
SELECT k.order_id, CASE WHEN bool_or(k.net IS NULL) THEN NULL ELSE sum(k.net)::text END, string_agg(k.what, ', ')
  FROM (SELECT p.order_id, p.status AS what,
               CASE WHEN p.status IN ('created', 'confirming', 'unknown', 'waiting_deposit') OR EXISTS (
                         SELECT FROM cancellation c WHERE c.payment_id = p.id AND c.status IN ('held', 'unknown')) THEN NULL
                    WHEN p.paid_at IS NOT NULL THEN p.amount_krw - p.refunded_krw ELSE 0 END AS net
          FROM payment p
        UNION ALL
        SELECT r.order_id, r.code || ' ' || r.state,
               CASE r.state WHEN 'cancelling' THEN NULL WHEN 'cancelled' THEN 0 ELSE r.captured_krw END
          FROM payment_review r) k
 GROUP BY k.order_id;
