-- What was taken for parts of payments that went back, less what returned.
SELECT e.source_id::text, (-sum(e.amount_krw))::text, 'taken' FROM point_entry e WHERE e.kind IN ('cancel', 'cancel_failed')
 GROUP BY e.source_id;
