-- A second role that a service may log in as, with a password of its own: how the password of a role is replaced while both are
-- good. Whoever logs in so is the first role from then on, so that rights and owners stay as they are.
--
-- As a superuser or the member of all roles that ran roles.sql. Takes psql's variables role (dure_commerce), login
-- (dure_commerce_b) and password, on standard input in front of this file. Run again it changes the password.
\set ON_ERROR_STOP on
SELECT format('CREATE ROLE %I', :'login') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'login') \gexec
SELECT format('ALTER ROLE %I WITH LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS CONNECTION LIMIT %s PASSWORD %L',
	:'login', rolconnlimit, :'password')
FROM pg_roles WHERE rolname = :'role' \gexec
SELECT format('GRANT %I TO %I', :'role', :'login') \gexec
SELECT format('ALTER ROLE %I SET role = %L', :'login', :'role') \gexec
SELECT format('ALTER ROLE %I SET search_path = %s', :'login', substring(setting FROM 13))
FROM pg_roles, unnest(rolconfig) AS setting WHERE rolname = :'role' AND setting LIKE 'search_path=%' \gexec
