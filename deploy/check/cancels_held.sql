-- The points that each part given back has taken; a part that was only asked for may or may not have them yet.
SELECT c.id::text, CASE c.status WHEN 'requested' THEN NULL WHEN 'refused' THEN '0' WHEN 'failed' THEN '0'
       ELSE c.amount_krw::text END, c.status
  FROM cancellation c;
