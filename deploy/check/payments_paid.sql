-- What was captured for points.
SELECT p.id::text, p.amount_krw::text, p.status FROM payment p WHERE p.paid_at IS NOT NULL AND p.purpose = 'points';
