-- user_create :queue
-- in:  user_id uuid, kind text, phone text, email text, name text, password_phc text, use_agree bool,
--      private_agree bool, marketing_agree bool, now timestamptz
INSERT INTO users (id, kind, phone, email, name, password_phc, use_agree, private_agree, marketing_agree, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- company_create :changed
-- in:  company_id uuid, code text, subdomains text[], owner_id uuid, now timestamptz, reset_at timestamptz,
--      owner_template uuid, owner_flags int8, member_template uuid, member_flags int8
-- The personal placeholder, its two built-in templates and the owner's membership. The first subdomain that nobody
-- has is taken.
WITH made AS (
    INSERT INTO company (id, code, name, subdomain, placeholder, owner_id, created_at, reset_at)
    SELECT $1, $2, '', s.free, true, $4, $5, $6
      FROM unnest($3::text[]) WITH ORDINALITY AS s (free, place)
     WHERE NOT EXISTS (SELECT FROM company c WHERE c.subdomain = s.free) ORDER BY s.place LIMIT 1
), templates AS (
    INSERT INTO permission_template (id, company_id, kind, name, flags, created_at)
    VALUES ($7, $1, 'owner', '소유주', $8, $5), ($9, $1, 'member', '팀원', $10, $5)
)
INSERT INTO membership (user_id, company_id, template_id, state, created_at) VALUES ($4, $1, $7, 'member', $5);
