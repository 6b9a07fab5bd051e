# Makes podman usable on a bare Debian: read by the other scripts of this folder with ".". Installs the packages of
# the set "containers" when they are missing and chooses settings of our own; starts nothing. Needs root.
# shellcheck shell=sh disable=SC2034
deploy_tests=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$deploy_tests/../.." && pwd)

complain() {
	echo "$0: $*" >&2
	exit 1
}

step() { echo "==> $(date -u +%H:%M:%S) $*"; }

# Runs a command that says much; what it said is shown only when it fails.
quietly() {
	said=$(mktemp)
	"$@" >"$said" 2>&1 || {
		tail -n 40 "$said" >&2
		rm -f "$said"
		complain "failed: $1 $2"
	}
	rm -f "$said"
}

[ "$(id -u)" -eq 0 ] || complain "must run as root"
"$root/deploy/dev/install" containers
export CONTAINERS_CONF="$deploy_tests/containers.conf"

# Version and commit of what is built, as the Makefile says them.
version=$(sed -n 's/^VERSION := //p' "$root/Makefile")
commit=$(git -C "$root" rev-parse --short=12 HEAD 2>/dev/null || echo unknown)

# build_image <service> <tag> [options]: an image of deploy/Dockerfile. The certificates of this machine are npm's too:
# its network may have a proxy of its own.
build_image() {
	built=$1
	built_as=$2
	shift 2
	quietly podman build --format docker --network host --build-arg SERVICE="$built" --build-arg VERSION="$version" \
	    --build-arg COMMIT="$commit" --build-arg NODE_EXTRA_CA_CERTS=/run/certificates \
	    --volume /etc/ssl/certs/ca-certificates.crt:/run/certificates:ro -t "$built_as" "$@" -f "$root/deploy/Dockerfile" "$root"
}
