#!/bin/sh
# Who may include whom. Prints every breach; exits 1 if there is one.
set -eu
cd "${1:-$(dirname "$0")/../..}"
bad=0
include='^[[:space:]]*#[[:space:]]*include[[:space:]]*'

say() {
	echo "rooms: $1"
	bad=1
}

# included <pattern> <depth> <folder>: what the sources under the folder include, cut to so many parts.
included() {
	grep -rhoE "$include\"$1" "$3" 2>/dev/null | sed 's/.*"//' | cut -d/ -f"$2" | sort -u
}

# One room above the other: a room includes itself and those before it.
order="core config log metrics trace json pack token session caller db bus outbox audit inbox jobs provider otlp http outside socketio svc"
seen=
for room in $order; do
	seen="$seen $room"
	for hit in $(included 'common/[a-z0-9_]+' 2 "common/$room"); do
		case " $seen " in
		*" $hit "*) ;;
		*) say "common/$room includes common/$hit, which stands above it" ;;
		esac
	done
done
for folder in common/*/; do
	room=$(basename "$folder")
	case " gen $order " in
	*" $room "*) ;;
	*) say "common/$room has no place in the order" ;;
	esac
done

# common knows no service and no contract, only what is generated from its own statements. The contracts of
# GET /api/events and of the audit log's event are its own as well: common/outside and common/audit speak for all.
for hit in $(included '(services/[a-z0-9_]+|gen/(services|proto)/[a-z0-9_]+|deploy/[a-z]+)' 1- common |
    grep -vE '^gen/proto/(events|audit)$' || true); do
	say "common includes $hit"
done
for hit in $(grep -rlE "$include\"gen/proto/" common | grep -vE '^common/(outside|audit)/' || true); do
	say "$hit includes a contract"
done

# A service knows itself, common and any contract, never a sibling.
for folder in services/*/; do
	me=$(basename "$folder")
	for hit in $(included 'services/[a-z0-9_]+' 2 "$folder") $(included 'gen/services/[a-z0-9_]+' 3 "$folder"); do
		[ "$hit" = "$me" ] || say "services/$me includes $hit"
	done
done

# The sandbox stands for other companies: it shares nothing with the suite. The checker judges it: it knows text and time
# as the suite does, but reads the rows by itself.
for hit in $(included '[^"]+' 1-2 deploy/sandbox | grep -v '^deploy/sandbox$' || true); do
	say "deploy/sandbox includes $hit"
done
for hit in $(included '[^"]+' 1-2 deploy/check | grep -vE '^(deploy/check|common/core)$' || true); do
	say "deploy/check includes $hit"
done

# The library for programs outside is built by itself, far from here.
for hit in $(included '[^"]+' 1- deploy/libdure-events | grep -v '^room.h$' || true); do
	say "deploy/libdure-events includes $hit"
done

# Only tests include tests.
for hit in $(grep -rlE "$include\"tests/" common services deploy || true); do
	say "$hit includes tests"
done

# A foreign library has one door.
door() { # header pattern, rooms
	for hit in $(grep -rlE "$include<($1)" common services || true); do
		case " $2 " in
		*" $(echo "$hit" | cut -d/ -f1-2) "*) ;;
		*) say "$hit includes <$1>, whose door is $2" ;;
		esac
	done
}
door 'civetweb\.h'           common/http
door '(postgresql/)?libpq'   common/db
door 'nng/'                  common/bus
door 'curl/'                 common/provider
door 'jansson\.h'            'common/json common/socketio'
door 'openssl/|jwt\.h|argon2\.h' common/token
door 'hiredis/'              common/session
door 'msgpack'               common/pack
door 'vips/'                  services/thumbnail
door 'libwebsockets\.h|uv\.h' common/socketio

# Contracts are data.
# shellcheck disable=SC2044
for hit in $(find proto -type f ! -name '*.yaml' ! -name '*.hex'); do
	say "$hit is neither a contract nor golden bytes"
done
exit $bad
