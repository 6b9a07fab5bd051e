-- audit_page :rows
-- in:  company_id uuid?, before uuid, action text?, subject_type text?, subject_id uuid?, actor_id uuid?,
--      since timestamptz?, until timestamptz?, ask int4
-- out: id uuid, at timestamptz, service text, company_id uuid?, actor_type text, actor_id uuid?, via text, action text,
--      subject_type text, subject_id uuid?, before jsonb?, after jsonb?, request_id text
SELECT id, at, service, company_id, actor_type, actor_id, via, action, subject_type, subject_id, before, after, request_id
  FROM audit
 WHERE ($1::uuid IS NULL OR company_id = $1) AND id < $2 AND ($3::text IS NULL OR action = $3)
   AND ($4::text IS NULL OR subject_type = $4) AND ($5::uuid IS NULL OR subject_id = $5)
   AND ($6::uuid IS NULL OR actor_id = $6) AND ($7::timestamptz IS NULL OR at >= $7)
   AND ($8::timestamptz IS NULL OR at < $8)
 ORDER BY id DESC LIMIT $9;
