-- Per partition the kept numbers run from the oldest to the last one without a hole, and nothing waits for a number.
SELECT 'partition ' || h.partition, format('%s to %s were given out, %s of %s to %s are there', h.oldest_seq, h.seq,
       coalesce(o.n, 0), coalesce(o.first, 0), coalesce(o.last, 0))
  FROM outbox_head h
  LEFT JOIN (SELECT b.partition, count(*) AS n, min(b.seq) AS first, max(b.seq) AS last FROM outbox b
              WHERE b.seq IS NOT NULL GROUP BY b.partition) o ON o.partition = h.partition
 WHERE coalesce(o.n, 0) <> h.seq - h.oldest_seq + 1 OR o.first <> h.oldest_seq OR o.last <> h.seq
UNION ALL
SELECT b.event_id::text, b.type || ' has no number' FROM outbox b WHERE b.seq IS NULL;
