-- What dure-check may read: the tables that its statements name (deploy/check/*.sql) and nothing else. Of people it sees
-- ids only.
--
-- Run behind the migrations, as a superuser or as the owners' member that ran roles.sql; run again at will. Takes the
-- psql variable database, "dure".

\set ON_ERROR_STOP on
\set QUIET on
\if :{?database} \else \set database dure \endif
\connect :"database"
SET client_min_messages = warning;

-- Events are numbered and heard in every schema alike.
SELECT format('GRANT SELECT ON %I.outbox, %I.outbox_head, %I.inbox_cursor, %I.inbox_parked TO dure_check', s, s, s, s)
FROM unnest(ARRAY['auth', 'billing', 'messaging', 'commerce', 'notification']) AS s \gexec

-- Of the audit log the amounts alone.
GRANT SELECT ON auth.audit_money TO dure_check;
GRANT SELECT ON commerce.product, commerce.coupon, commerce.registered_coupon, commerce.point_account, commerce.orders,
	commerce.order_item, commerce.order_move, commerce.refund_line, commerce.shipping_move
	TO dure_check;
-- Neither the code nor the address.
GRANT SELECT (id, coupon_id, uses_most, uses) ON commerce.coupon_code TO dure_check;
GRANT SELECT (order_id, status, version) ON commerce.shipping TO dure_check;
-- Not the reasons that somebody gave.
GRANT SELECT (product_id, source_id, kind, delta) ON commerce.stock_movement TO dure_check;
GRANT SELECT (id, user_id, company_id, kind, amount_krw, balance_krw, source_id, created_at) ON commerce.point_entry
	TO dure_check;
GRANT SELECT (id, order_id, status, amount_krw, cumulative_krw, restocked, created_at) ON commerce.refund TO dure_check;
GRANT SELECT ON billing.payment, billing.payment_move TO dure_check;
-- Nor who decided and why.
GRANT SELECT (id, payment_id, amount_krw, status, requested_at, ended_at) ON billing.cancellation TO dure_check;
GRANT SELECT (id, code, order_id, captured_krw, state, raised_at) ON billing.payment_review TO dure_check;
