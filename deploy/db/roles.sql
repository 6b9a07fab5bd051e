-- Makes the database, and for each service a schema, its owner and the role the service runs as.
--
-- Run as a superuser (or a role with CREATEDB and CREATEROLE) with psql; run again at will. Takes
-- two psql variables per service, <service>_owner_password and <service>_password, check_password, and optionally
--     database           name of the database, "dure"
--     connection_limit   connections a runtime role may hold at once, 34: of 200 connections three
--                        stay the superuser's, three each the five owners' and ten the checker's, two
--                        runs of five; the rest is shared
-- Give the passwords on standard input in front of this file (\set auth_password '…'), not as
-- "psql -v", where every user of the machine can read them. deploy/dev/databases shows how.
--
-- dure_<service>_owner owns the schema and is used by "migrate" alone. dure_<service> reads and
-- writes rows and calls functions of its own schema and can do nothing else. dure_check looks into all
-- schemas and reads what check.sql grants once the tables are there.

\set ON_ERROR_STOP on
\set QUIET on
\if :{?database} \else \set database dure \endif
\if :{?connection_limit} \else \set connection_limit 34 \endif

-- A password must never reach the server's log, not even with a statement that fails. Who is no
-- superuser may not switch that: he looks after his log himself.
SELECT current_setting('is_superuser') = 'on' AS may_switch_logging \gset
\if :may_switch_logging
SET log_min_error_statement = panic;
SET log_statement = none;
\endif
SET client_min_messages = warning;

CREATE TEMPORARY TABLE wanted (service text PRIMARY KEY, owner_password text, password text);
INSERT INTO wanted VALUES
	('auth',         :'auth_owner_password',         :'auth_password'),
	('billing',      :'billing_owner_password',      :'billing_password'),
	('messaging',    :'messaging_owner_password',    :'messaging_password'),
	('commerce',     :'commerce_owner_password',     :'commerce_password'),
	('notification', :'notification_owner_password', :'notification_password');

CREATE TEMPORARY TABLE wanted_role AS
	SELECT service, 'dure_' || service || '_owner' AS name, owner_password AS password, 3 AS connections
	FROM wanted
	UNION ALL
	SELECT service, 'dure_' || service, password, :connection_limit
	FROM wanted
	UNION ALL
	SELECT NULL, 'dure_check', :'check_password', CASE WHEN :connection_limit < 0 THEN -1 ELSE 10 END;

SELECT format('CREATE ROLE %I', name)
FROM wanted_role
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec

SELECT format('ALTER ROLE %I WITH LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION '
	'NOBYPASSRLS INHERIT CONNECTION LIMIT %s PASSWORD %L', name, connections, password)
FROM wanted_role \gexec

SELECT format('ALTER ROLE %I SET search_path = %I', name, service) FROM wanted_role WHERE service IS NOT NULL \gexec
ALTER ROLE dure_check SET default_transaction_read_only = on;

SELECT format('CREATE DATABASE %I ENCODING ''UTF8'' TEMPLATE template0', :'database')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec

SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', :'database') \gexec
SELECT format('GRANT CONNECT ON DATABASE %I TO %I', :'database', name) FROM wanted_role \gexec

-- From here on inside the database; the list of services is asked from the roles just made.
\connect :"database"
SET client_min_messages = warning;

CREATE TEMPORARY VIEW service AS
	SELECT name, 'dure_' || name || '_owner' AS owner, 'dure_' || name AS runtime
	FROM unnest(ARRAY['auth', 'billing', 'messaging', 'commerce', 'notification']) AS name;

REVOKE ALL ON SCHEMA public FROM PUBLIC;

-- Only a member of the owner may give it a schema; a superuser is one of everything.
SELECT format('GRANT %I TO CURRENT_USER', owner)
FROM service
WHERE NOT pg_has_role(current_user, owner, 'MEMBER') \gexec

SELECT format('CREATE SCHEMA IF NOT EXISTS %I AUTHORIZATION %I', name, owner) FROM service \gexec
SELECT format('REVOKE ALL ON SCHEMA %I FROM PUBLIC', name) FROM service \gexec
SELECT format('GRANT USAGE ON SCHEMA %I TO %I, dure_check', name, runtime) FROM service \gexec

-- Whatever migrations will create.
SELECT format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I '
	'GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO %I', owner, name, runtime)
FROM service \gexec
SELECT format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I '
	'GRANT USAGE, SELECT ON SEQUENCES TO %I', owner, name, runtime)
FROM service \gexec
SELECT format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I '
	'GRANT EXECUTE ON FUNCTIONS TO %I', owner, name, runtime)
FROM service \gexec
-- PUBLIC may call every new function by default; that can be taken back for all schemas only.
SELECT format('ALTER DEFAULT PRIVILEGES FOR ROLE %I REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC', owner)
FROM service \gexec
