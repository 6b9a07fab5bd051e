-- The janitor decides within forty minutes; a deposit may take days. Nothing stays on its way back.
WITH late AS (
	SELECT current_setting('check.now')::timestamptz - current_setting('check.older_than')::interval AS before
)
SELECT x.id::text, format('%s %s since %s', x.what, x.status, to_char(x.since, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
  FROM (SELECT p.id, 'a payment' AS what, p.status, p.created_at AS since FROM payment p
         WHERE p.status IN ('confirming', 'unknown')
        UNION ALL
        SELECT p.id, 'a payment', p.status, p.expires_at FROM payment p WHERE p.status = 'created'
        UNION ALL
        SELECT c.id, 'a cancellation', c.status, c.requested_at FROM cancellation c WHERE c.ended_at IS NULL
        UNION ALL
        SELECT r.id, 'a wrong capture', r.state, r.raised_at FROM payment_review r WHERE r.state = 'cancelling') x, late
 WHERE x.since < late.before
 ORDER BY x.id;
