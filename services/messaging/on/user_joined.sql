-- wallet_open :queue
-- in:  company_id uuid, now timestamptz
INSERT INTO wallet (company_id, balance_krw, opened_at) VALUES ($1, 0, $2) ON CONFLICT (company_id) DO NOTHING;
