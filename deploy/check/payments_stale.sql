-- The janitor decides within forty minutes; a deposit may take days.
SELECT p.id::text, format('%s since %s', p.status, to_char(p.created_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
  FROM payment p
 WHERE (p.status IN ('confirming', 'unknown')
        AND p.created_at < current_setting('check.now')::timestamptz - current_setting('check.older_than')::interval)
    OR (p.status = 'created'
        AND p.expires_at < current_setting('check.now')::timestamptz - current_setting('check.older_than')::interval)
 ORDER BY p.id;
