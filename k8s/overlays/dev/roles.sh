#!/bin/sh
# At PostgreSQL's first start: schemas and roles by deploy/db/roles.sql, which gets the passwords by its standard input.
set -eu
password() { printf '\\set %s %s\n' "$1" "$(cat "/run/secrets/dure/$1")"; }

{
	printf '\\set connection_limit 60\n'
	for service in auth billing messaging commerce notification; do
		password "${service}_password"
		password "${service}_owner_password"
	done
	password check_password
	cat /etc/dure/database/roles.sql
} | psql --no-psqlrc --quiet --username=postgres --file=-
