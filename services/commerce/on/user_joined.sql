-- account_open :queue
-- in:  user_id uuid, company_id uuid
-- A charge may have opened it already: events of two publishers have no order between them.
INSERT INTO point_account (user_id, company_id, balance_krw) VALUES ($1, $2, 0) ON CONFLICT (user_id) DO NOTHING;
