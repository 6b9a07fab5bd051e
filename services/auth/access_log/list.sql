-- access_log_page :rows
-- in:  user_id uuid?, before uuid, since uuid, session_id uuid?, ip text?, status int4?, ask int4
-- out: id uuid, request_id text, at timestamptz, user_id uuid?, company_id uuid?, session_id uuid?, method text,
--      path text, status int4, duration_us int8, ip text, agent text
-- PostgreSQL plans this one anew each time: a plan for "this user or anybody" is never the cheaper one.
SELECT id, request_id, at, user_id, company_id, session_id, method, path, status, duration_us, ip, agent
  FROM access_log
 WHERE ($1::uuid IS NULL OR user_id = $1) AND id < $2 AND id >= $3 AND ($4::uuid IS NULL OR session_id = $4)
   AND ($5::text IS NULL OR ip = $5) AND ($6::int4 IS NULL OR status = $6)
 ORDER BY id DESC LIMIT $7;
