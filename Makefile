# The commands of the project. How things are compiled stands in deploy/build.mk.
#
#   make up / make down      the whole suite on this machine / stop it
#   make story               one customer from sign-up to a delivered alarm, step by step
#   make check-ledger        does the running suite add up? (CHECK="--json --older-than 60")
#   make gameday             breaks one thing at a time: what was expected, what was seen (GAMEDAY="Redis clock")
#   make drill               orders flow, the database is destroyed, restored and checked (DRILL=dump or wal)
#   make test                unit, integration and scenario tests on real PostgreSQL, Redis and nng
#   make socketio            the stock Socket.IO clients and raw frames against the conformance server
#   make lint                gcc and clang -Werror, formatting, cppcheck, clang-tidy, rooms, contracts
#   make asan tsan           the tests under the sanitizers
#   make bench bench-short   beside nginx, haproxy, pgbench, NATS, Redis, socket.io (ROWS=gateway,order); only that it runs
#   make chaos-short         customers and attackers while things break; make chaos: 500 faults (CHAOS_SEED=N CHAOS_FAULTS=N)
#   make nth-short           one call after the other fails, a sample of a minute; make nth: every one (NTH_SEED=N, NTH="--only order")
#   make fuzz-short          every fuzz target, five minutes shared
#   make golden docs         golden bytes of new events; generated parts of the READMEs
SHELL := /bin/sh
MAKEFLAGS += --no-print-directory
JOBS ?= $(shell nproc)
PYTHON ?= /usr/bin/python3
VERSION := 0.1.0
COMMIT := $(shell git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)
# What a bare machine lacks is installed by the way; INSTALL=true where all is there.
INSTALL ?= deploy/dev/install
BUILD = $(MAKE) -f deploy/build.mk -j$(JOBS) VERSION=$(VERSION) COMMIT=$(COMMIT)

.PHONY: build binaries up down check-ledger drill gameday story test unit integration scenario socketio socketio-conformance lint asan tsan fuzz \
	fuzz-short chaos chaos-short nth nth-short bench bench-short gen golden docs sandbox install-tools clean nightly

build: gen
	@$(BUILD) FLAVOUR=release binaries build/tests/socketio-conformance

# What is shipped and nothing else: deploy/Dockerfile.
binaries: gen
	@$(BUILD) FLAVOUR=release binaries

up:
	@deploy/dev/up

down:
	@deploy/dev/down

# The suite of make up, or another one: DURE_RUN_DIR.
check-ledger:
	@deploy/dev/service run $${DURE_RUN_DIR:-.run} check $(CHECK)

# A suite of its own; all faults, or those whose heading contains a word.
gameday:
	@deploy/gameday/run $(GAMEDAY)

# Suites of their own; both kinds of backup, or one.
drill:
	@deploy/drill/run $(DRILL)

gen: build/npm.stamp
	@$(PYTHON) common/gen/proto.py proto build/gen/proto
	@$(PYTHON) common/gen/sql.py . build/gen
	@$(PYTHON) common/gen/embed.py check_statements build/gen/deploy/check/statements.gen.c deploy/check/*.sql
	@$(PYTHON) common/gen/embed.py gateway_documents build/gen/services/gateway/documents.gen.c \
		build/gen/proto/openapi.json build/gen/proto/asyncapi.json build/gen/proto/events.html services/gateway/docs/index.html \
		services/gateway/docs/docs.js $(addprefix build/npm/node_modules/swagger-ui-dist/, \
		swagger-ui.css swagger-ui-bundle.js LICENSE)
	@$(PYTHON) common/gen/embed.py gateway_pay_files build/gen/services/gateway/pay.gen.c \
		$(addprefix services/gateway/pay/, pay.html pay.js pay.css)

# swagger-ui-dist, which the gateway serves at /docs, comes from the npm registry; versions are locked.
build/npm.stamp: services/gateway/docs/package.json services/gateway/docs/package-lock.json
	@$(INSTALL) npm
	@mkdir -p build/npm && cp $^ build/npm/ && cd build/npm && npm ci --loglevel=error --no-audit --no-fund --ignore-scripts
	@touch $@

# The stock clients beside the scripts that use them; versions are locked.
build/socketio/stamp: tests/socketio/package.json tests/socketio/package-lock.json $(wildcard tests/socketio/*.mjs)
	@$(INSTALL) npm
	@mkdir -p build/socketio && cp $^ build/socketio/ && cd build/socketio && npm ci --loglevel=error --no-audit --no-fund --ignore-scripts
	@touch $@

# The samples in node, with what they need, where the scenarios find them.
SAMPLES := $(patsubst deploy/samples/%/package.json,build/samples/%/stamp,$(wildcard deploy/samples/*/package.json))
build/samples/%/stamp: deploy/samples/%/package.json deploy/samples/%/package-lock.json deploy/samples/%/*.mjs
	@$(INSTALL) npm
	@mkdir -p $(@D) && cp $^ $(@D)/ && cd $(@D) && npm ci --loglevel=error --no-audit --no-fund --ignore-scripts
	@touch $@

golden:
	@GOLDEN_WRITE=1 $(PYTHON) common/gen/proto.py proto build/gen/proto

docs:
	@$(PYTHON) common/gen/docs.py

story: gen
	@$(BUILD) FLAVOUR=test binaries scenario
	@tests/run --story build/test/tests/scenario-story

# A server for anyone's Engine.IO or Socket.IO suite: build/tests/socketio-conformance [port]
socketio-conformance build/tests/socketio-conformance: gen
	@$(BUILD) FLAVOUR=release build/tests/socketio-conformance

# The scenarios have promtool judge what the services tell.
.PHONY: promtool
promtool:
	@$(INSTALL) metrics

test: gen build/socketio/stamp $(SAMPLES) promtool
	@$(BUILD) FLAVOUR=test binaries tests
	@tests/run build/test

socketio: gen build/socketio/stamp
	@$(BUILD) FLAVOUR=test socketio
	@tests/run build/test socketio

integration scenario: $(SAMPLES) build/socketio/stamp
scenario: promtool
unit integration scenario: gen
	@$(BUILD) FLAVOUR=test binaries $@
	@tests/run build/test $@

asan: gen build/socketio/stamp $(SAMPLES)
	@$(BUILD) FLAVOUR=asan binaries unit integration socketio
	@SANITIZED=1 tests/run build/asan unit integration socketio

# Criterion does not start under TSan: the services are built with it, the driver is not.
tsan: gen promtool
	@$(BUILD) FLAVOUR=tsan binaries
	@$(BUILD) FLAVOUR=test scenario
	@KIT_BIN=build/tsan/bin TSAN_OPTIONS="suppressions=$(CURDIR)/tests/tsan.supp halt_on_error=1 exitcode=66" \
		tests/run build/test scenario

chaos chaos-short: gen
	@$(BUILD) FLAVOUR=test binaries
	@$(INSTALL) chaos
	@tests/chaos/run $@

# The sanitizers look for leaks; the long form plays without them as well: there memory comes in blocks, as it does in use.
nth nth-short: gen
	@$(BUILD) FLAVOUR=asan binaries build/asan/nth/shim.so
	@KIT_BIN=$(CURDIR)/build/asan/bin tests/nth/run $@ $(NTH)
	@[ $@ = nth-short ] || $(BUILD) FLAVOUR=test binaries build/test/nth/shim.so
	@[ $@ = nth-short ] || KIT_BIN=$(CURDIR)/build/test/bin tests/nth/run $@ $(NTH)

fuzz-short: gen
	@$(BUILD) FLAVOUR=fuzz fuzzers
	@tests/fuzz/run $${FUZZ_SECONDS:-300}

fuzz: gen
	@$(BUILD) FLAVOUR=fuzz fuzzers
	@tests/fuzz/run $${FUZZ_SECONDS:-36000}

build/bench-npm/stamp: $(wildcard tests/bench/socketio/*)
	@deploy/dev/install npm
	@mkdir -p $(@D) && cp $^ $(@D)/ && cd $(@D) && npm ci --loglevel=error --no-audit --no-fund --ignore-scripts
	@touch $@

# Ten minutes on a machine that does nothing else; ROWS=gateway,order measures only those.
comma := ,
bench bench-short: gen build/bench-npm/stamp
	@deploy/dev/install bench
	@$(BUILD) FLAVOUR=release binaries bench build/release/socketio/conformance
	@tests/bench/run $(if $(filter bench-short,$@),--short) $(subst $(comma), ,$(ROWS))

nightly: lint test asan tsan fuzz

lint: gen
	@BUILD="$(BUILD)" JOBS=$(JOBS) tests/lint/run

clean:
	@rm -rf build
