-- reconciliation_begin :queue
-- in:  id uuid, day date
WITH entries AS (DELETE FROM reconciliation_entry WHERE day = $2),
     differences AS (DELETE FROM reconciliation_difference WHERE day = $2)
INSERT INTO reconciliation (id, day) VALUES ($1, $2)
ON CONFLICT (day) DO UPDATE SET ran_at = NULL, acknowledged_by = NULL, acknowledged_at = NULL, acknowledgement = NULL;

-- The last of the days between the one that was compared before this one and this one, as the keys of their jobs; there
-- are none before the first of all.
-- reconciliation_missed :rows
-- in:  day date, most int4
-- out: key text
SELECT to_char(missed + interval '1 day', 'YYYY-MM-DD') AS key
  FROM (SELECT max(day) AS day FROM reconciliation WHERE day < $1) last,
       generate_series(greatest(last.day + 1, $1::date - $2::int4), $1::date - 1, interval '1 day') missed
 WHERE last.day IS NOT NULL;

-- reconciliation_add :queue
-- in:  day date, keys text[], orders text[], provider_keys text[], amounts int8[]
INSERT INTO reconciliation_entry (day, transaction_key, order_id, provider_key, amount_krw)
SELECT $1, t.key, t.order_id, t.provider_key, t.amount
  FROM unnest($2::text[], $3::text[], $4::text[], $5::int8[]) AS t (key, order_id, provider_key, amount)
ON CONFLICT DO NOTHING;

-- reconciliation_compare :queue
-- in:  day date, from timestamptz, to timestamptz
WITH theirs AS (
    SELECT order_id, provider_key, coalesce(sum(amount_krw) FILTER (WHERE amount_krw > 0), 0)::int8 AS captured,
           coalesce(-sum(amount_krw) FILTER (WHERE amount_krw < 0), 0)::int8 AS refunded
      FROM reconciliation_entry e
     WHERE day = $1 AND NOT EXISTS (SELECT FROM payment_review r WHERE r.provider_key = e.provider_key)
     GROUP BY order_id, provider_key
), moved AS (
    SELECT id AS payment_id, amount_krw AS captured, 0::int8 AS refunded FROM payment
     WHERE captured_at >= $2 AND captured_at < $3
    UNION ALL
    SELECT payment_id, 0, amount_krw FROM cancellation WHERE cancelled_at >= $2 AND cancelled_at < $3
), ours AS (
    SELECT p.id, p.order_id, p.provider_key, sum(m.captured)::int8 AS captured, sum(m.refunded)::int8 AS refunded
      FROM moved m JOIN payment p ON p.id = m.payment_id GROUP BY p.id
)
INSERT INTO reconciliation_difference (day, order_id, provider_key, payment_id, ours_krw, theirs_krw, ours_refunded_krw,
                                       theirs_refunded_krw)
SELECT $1, coalesce(o.order_id, t.order_id), coalesce(o.provider_key, t.provider_key),
       coalesce(o.id, (SELECT id FROM payment WHERE order_id = t.order_id)),
       coalesce(o.captured, 0), coalesce(t.captured, 0), coalesce(o.refunded, 0), coalesce(t.refunded, 0)
  FROM ours o FULL JOIN theirs t ON t.order_id = o.order_id AND t.provider_key = o.provider_key
 WHERE (o.captured, o.refunded) IS DISTINCT FROM (t.captured, t.refunded);

-- reconciliation_end :one
-- in:  day date, from timestamptz, to timestamptz, ran_at timestamptz
-- out: differences int4, ours_krw int8, theirs_krw int8
WITH sums AS (
    SELECT (SELECT count(*) FROM reconciliation_entry WHERE day = $1)::int4 AS transactions,
           (SELECT coalesce(sum(amount_krw), 0) FROM reconciliation_entry WHERE day = $1)::int8 AS theirs,
           (SELECT coalesce(sum(amount_krw), 0) FROM payment WHERE captured_at >= $2 AND captured_at < $3)::int8
           - (SELECT coalesce(sum(amount_krw), 0) FROM cancellation WHERE cancelled_at >= $2 AND cancelled_at < $3)::int8
           AS ours,
           (SELECT count(*) FROM reconciliation_difference WHERE day = $1)::int4 AS differences
), forgotten AS (
    DELETE FROM reconciliation_entry WHERE day = $1
)
UPDATE reconciliation r SET ran_at = $4, transactions = s.transactions, ours_krw = s.ours, theirs_krw = s.theirs,
       differences = s.differences
  FROM sums s WHERE r.day = $1
RETURNING r.differences, r.ours_krw, r.theirs_krw;

-- difference_list :rows
-- in:  day date, most int4
-- out: order_id text, provider_key text, payment_id uuid?, ours_krw int8, theirs_krw int8, ours_refunded_krw int8,
--      theirs_refunded_krw int8, status text?, own_key text?
SELECT d.order_id, d.provider_key, d.payment_id, d.ours_krw, d.theirs_krw, d.ours_refunded_krw, d.theirs_refunded_krw,
       p.status, p.provider_key AS own_key
  FROM reconciliation_difference d LEFT JOIN payment p ON p.id = d.payment_id
 WHERE d.day = $1 ORDER BY d.order_id, d.provider_key LIMIT $2;

-- reconciliation_page :rows
-- in:  before uuid, ask int4
-- out: id uuid, day text, ran_at timestamptz?, transactions int4, ours_krw int8, theirs_krw int8, differences int4,
--      acknowledged_by uuid?, acknowledged_at timestamptz?, acknowledgement text?
SELECT id, to_char(day, 'YYYY-MM-DD'), ran_at, transactions, ours_krw, theirs_krw, differences, acknowledged_by,
       acknowledged_at, acknowledgement
  FROM reconciliation WHERE id < $1 ORDER BY id DESC LIMIT $2;

-- reconciliation_find :maybe
-- in:  day date
-- out: id uuid, day text, ran_at timestamptz?, transactions int4, ours_krw int8, theirs_krw int8, differences int4,
--      acknowledged_by uuid?, acknowledged_at timestamptz?, acknowledgement text?
SELECT id, to_char(day, 'YYYY-MM-DD'), ran_at, transactions, ours_krw, theirs_krw, differences, acknowledged_by,
       acknowledged_at, acknowledgement
  FROM reconciliation WHERE day = $1;

-- reconciliation_acknowledge :changed
-- in:  day date, by uuid?, at timestamptz, reason text
UPDATE reconciliation SET acknowledged_by = $2, acknowledged_at = $3, acknowledgement = $4
 WHERE day = $1 AND ran_at IS NOT NULL;

-- guard_read :one
-- out: automatic_cancels bool, reason text, changed_at timestamptz
SELECT automatic_cancels, reason, changed_at FROM guard;

-- guard_off :queue
-- in:  reason text, at timestamptz
UPDATE guard SET automatic_cancels = false, reason = $1, changed_at = $2;

-- guard_on :changed
-- in:  day date, reason text, at timestamptz
UPDATE guard g SET automatic_cancels = true, reason = $2, changed_at = $3
  FROM reconciliation r WHERE r.day = $1 AND r.ran_at > g.changed_at AND NOT g.automatic_cancels;

-- daily_totals :rows
-- in:  from date, to date, company_id uuid?
-- out: day text, settled_count int8, settled_krw int8, refunded_count int8, refunded_krw int8, failed_count int8,
--      cancelled_count int8
WITH days AS (
    SELECT d::date AS day, d AT TIME ZONE 'Asia/Seoul' AS begins, (d + interval '1 day') AT TIME ZONE 'Asia/Seoul' AS ends
      FROM generate_series($1::date::timestamp, $2::date::timestamp, interval '1 day') d
)
SELECT to_char(day, 'YYYY-MM-DD'), s.n, s.krw, r.n, r.krw, e.failed, e.cancelled
  FROM days,
       LATERAL (SELECT count(*) AS n, coalesce(sum(amount_krw), 0)::int8 AS krw FROM payment
                 WHERE paid_at >= begins AND paid_at < ends AND ($3::uuid IS NULL OR company_id = $3)) s,
       LATERAL (SELECT count(*) AS n, coalesce(sum(amount_krw), 0)::int8 AS krw FROM cancellation
                 WHERE ended_at >= begins AND ended_at < ends AND status = 'refunded'
                   AND ($3::uuid IS NULL OR company_id = $3)) r,
       LATERAL (SELECT count(*) FILTER (WHERE status = 'failed') AS failed,
                       count(*) FILTER (WHERE status = 'cancelled') AS cancelled FROM payment
                 WHERE ended_at >= begins AND ended_at < ends AND ($3::uuid IS NULL OR company_id = $3)) e
 ORDER BY day;
