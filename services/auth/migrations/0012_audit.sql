-- Who has changed what: written once and never again. auth's own rows are written with the change, those of the other
-- services when their audit.recorded is heard.
CREATE TABLE audit (
	id           uuid        PRIMARY KEY,
	at           timestamptz NOT NULL,
	service      text        NOT NULL,
	company_id   uuid,                            -- whose owner may read it; NULL: the operators alone
	actor_type   text        NOT NULL CHECK (actor_type IN
	                         ('staff', 'customer', 'partner', 'operator', 'command', 'service', 'anyone')),
	actor_id     uuid,
	via          text        NOT NULL,
	action       text        NOT NULL CHECK (action LIKE '%.%'),
	subject_type text        NOT NULL,            -- what stands in front of the action's dot
	subject_id   uuid,
	before       jsonb       CHECK (jsonb_typeof(before) = 'object'),
	after        jsonb       CHECK (jsonb_typeof(after) = 'object'),
	request_id   text        NOT NULL
);
CREATE INDEX audit_company ON audit (company_id, id);
CREATE INDEX audit_subject ON audit (subject_id, id);
CREATE INDEX audit_actor ON audit (actor_id, id);

-- Refused to everybody, the owner of the table and the superuser included; the service has not even the right to try.
CREATE FUNCTION audit_is_append_only() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'the audit log is append-only';
END $$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
	FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();

-- What of it must agree with the books of the other services (deploy/check), which are to see no more than that.
CREATE VIEW audit_money AS
	SELECT action, after ->> 'id' AS source_id, (after ->> 'amountKrw')::int8 AS amount_krw FROM audit
	WHERE action IN ('order.refunded', 'order.cancelled', 'points.granted', 'payment.refunded');

-- What roles.sql gives the service on every new table, less what it must not do with this one.
DO $$
DECLARE
	grantee text;
BEGIN
	FOR grantee IN SELECT DISTINCT g.grantee FROM information_schema.role_table_grants g
	    WHERE g.table_schema = current_schema() AND g.table_name = 'audit' AND g.grantee <> current_user LOOP
		EXECUTE format('REVOKE ALL ON audit, audit_money FROM %I', grantee);
		EXECUTE format('GRANT SELECT, INSERT ON audit TO %I', grantee);
	END LOOP;
END $$;
