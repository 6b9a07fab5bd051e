-- access_log_record :queue
-- in:  id uuid[], request_id text[], at_us int8[], user_id uuid[], company_id uuid[], session_id uuid[], method text[],
--      path text[], status int4[], duration_us int8[], ip text[], agent text[]
-- The nil uuid stands for none.
INSERT INTO access_log (id, request_id, at, user_id, company_id, session_id, method, path, status, duration_us, ip, agent)
SELECT r.id, r.request_id, 'epoch'::timestamptz + r.at_us * interval '1 microsecond', nullif(r.user_id, nobody.id),
       nullif(r.company_id, nobody.id), nullif(r.session_id, nobody.id), r.method, r.path, r.status, r.duration_us, r.ip,
       r.agent
  FROM (VALUES ('00000000-0000-0000-0000-000000000000'::uuid)) AS nobody (id),
       unnest($1::uuid[], $2::text[], $3::int8[], $4::uuid[], $5::uuid[], $6::uuid[], $7::text[], $8::text[], $9::int4[],
              $10::int8[], $11::text[], $12::text[])
           AS r (id, request_id, at_us, user_id, company_id, session_id, method, path, status, duration_us, ip, agent);

-- access_log_record_again :queue
-- in:  id uuid[], request_id text[], at_us int8[], user_id uuid[], company_id uuid[], session_id uuid[], method text[],
--      path text[], status int4[], duration_us int8[], ip text[], agent text[]
-- The same, and looks for each row first, which costs half as much again.
INSERT INTO access_log (id, request_id, at, user_id, company_id, session_id, method, path, status, duration_us, ip, agent)
SELECT r.id, r.request_id, 'epoch'::timestamptz + r.at_us * interval '1 microsecond', nullif(r.user_id, nobody.id),
       nullif(r.company_id, nobody.id), nullif(r.session_id, nobody.id), r.method, r.path, r.status, r.duration_us, r.ip,
       r.agent
  FROM (VALUES ('00000000-0000-0000-0000-000000000000'::uuid)) AS nobody (id),
       unnest($1::uuid[], $2::text[], $3::int8[], $4::uuid[], $5::uuid[], $6::uuid[], $7::text[], $8::text[], $9::int4[],
              $10::int8[], $11::text[], $12::text[])
           AS r (id, request_id, at_us, user_id, company_id, session_id, method, path, status, duration_us, ip, agent)
ON CONFLICT (id) DO NOTHING;
