# What the suite consists of and where each part listens. Read by the other scripts with ".";
# defines functions and words, does nothing.
# shellcheck shell=sh disable=SC2034

# In the order of their start; the gateway last, since it is no use before the others.
services="auth billing messaging commerce notification gateway"
# Those with a schema in PostgreSQL, which are also those that publish events.
schemas="auth billing messaging commerce notification"

# Those that programs outside may ask for public events: the publishers of proto/events/openapi.yaml.
heard_outside="auth billing commerce notification"

# Who calls whom on /internal/*, "caller-callee": each pair has a key of its own.
pairs="gateway-auth notification-auth billing-auth commerce-auth auth-auth"

# The usual port of a door: port_of <service> <http|manage|pub|ask|outpub|outask|socketio|smtp>.
port_of() {
	case $1 in
	gateway) port=8080 ;;
	auth) port=8101 ;;
	billing) port=8102 ;;
	messaging) port=8103 ;;
	commerce) port=8104 ;;
	notification) port=8105 ;;
	sandbox) port=8190 ;;
	esac
	case $2 in
	http) ;;
	pub) port=$((port + 100)) ;;
	ask) port=$((port + 200)) ;;
	outpub) port=$((port + 300)) ;;
	outask) port=$((port + 400)) ;;
	manage) port=$((port + 1000)) ;;
	socketio) port=$((port + 10)) ;;
	smtp) port=8125 ;;
	esac
	echo "$port"
}

# Every door of the suite, "service door" a line.
doors() {
	for service in $services; do
		echo "$service http"
		echo "$service manage"
	done
	for service in $schemas; do
		echo "$service pub"
		echo "$service ask"
	done
	for service in $heard_outside; do
		echo "$service outpub"
		echo "$service outask"
	done
	echo "notification socketio"
	echo "sandbox http"
	echo "sandbox smtp"
}

# The port that deploy/dev/environment gave a door: port_in <dir> <service> <door>.
port_in() {
	sed -n "s/^$2 $3 //p" "$1/env/ports"
}

complain() {
	echo "$0: $*" >&2
	exit 1
}
