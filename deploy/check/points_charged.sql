-- What was credited for payments.
SELECT e.source_id::text, e.amount_krw::text, 'credited' FROM point_entry e WHERE e.kind = 'charge';
