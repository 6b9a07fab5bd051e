-- A source books once.
SELECT p.source_id::text, format('%s entries of kind %s, %s KRW in all', count(*), p.kind, sum(p.amount_krw))
  FROM point_entry p GROUP BY p.source_id, p.kind HAVING count(*) > 1 ORDER BY p.source_id;
