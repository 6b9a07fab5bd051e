# Compiles one flavour of everything into build/<flavour>; called by the Makefile after the generators.
#
# FLAVOUR=release  what is shipped          FLAVOUR=test   with fault points and a movable clock
# FLAVOUR=asan     test + ASan and UBSan    FLAVOUR=tsan   test + TSan (services only)
# FLAVOUR=clang    release, by clang        FLAVOUR=fuzz   by clang with libFuzzer
FLAVOUR ?= release
MAKEFLAGS += --no-builtin-rules
# make V=1 shows the commands
Q := $(if $(V),,@)
OUT := build/$(FLAVOUR)

WARNINGS := -Wall -Wextra -Wpedantic -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wold-style-definition -Wcast-qual -Wwrite-strings -Wformat=2 -Wvla -Wconversion -Wundef -Wpointer-arith \
	-Wswitch-enum -Wimplicit-fallthrough
CC := gcc
OPT := -O2 -D_FORTIFY_SOURCE=2
SANITIZE :=
ifneq ($(FLAVOUR),release)
DEFINES := -DDURE_TEST
endif
ifeq ($(FLAVOUR),asan)
OPT := -O1 -fno-omit-frame-pointer
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all
else ifeq ($(FLAVOUR),tsan)
OPT := -O1 -fno-omit-frame-pointer
SANITIZE := -fsanitize=thread
else ifeq ($(FLAVOUR),clang)
CC := clang
DEFINES :=
else ifeq ($(FLAVOUR),fuzz)
CC := clang
OPT := -O1 -fno-omit-frame-pointer
SANITIZE := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
endif
ifeq ($(CC),clang)
WARNINGS += -Wno-gnu-zero-variadic-macro-arguments
endif

CFLAGS := -std=c17 -D_GNU_SOURCE $(WARNINGS) $(OPT) -g -fno-common -fstack-protector-strong -fPIE \
	-ffunction-sections -fdata-sections $(SANITIZE) $(DEFINES) -I. -Ibuild \
	-DDURE_VERSION='"$(VERSION)"' -DDURE_COMMIT='"$(COMMIT)"'
LDFLAGS := $(SANITIZE) -pie -Wl,-z,relro,-z,now -Wl,--as-needed
# Only for what is shipped: Criterion finds its tests in a section that nothing refers to.
SHIPPED := -Wl,--gc-sections
LIBS := -lcivetweb -lpq -lnng -lmsgpackc -ljansson -lhiredis -lcurl -ljwt -largon2 -lcrypto -lwebsockets -luv -lpthread
# nng and Criterion's nanomsg export the same names; nanomsg must come first for Criterion to work.
TEST_LIBS := -Wl,--no-as-needed -l:libnanomsg.so.5 -lcriterion -lnng -Wl,--as-needed $(LIBS)

SERVICES := $(notdir $(patsubst %/main.c,%,$(wildcard services/*/main.c)))
find = $(shell find $(1) -name '*.c' 2>/dev/null | sort)
objects = $(patsubst %.c,$(OUT)/obj/%.o,$(1))

COMMON := $(call find,common)
COMMON_GEN := $(call find,build/gen/common) build/gen/proto/contract_types.gen.c build/gen/proto/events/events.gen.c \
	$(wildcard build/gen/proto/*/*_events.gen.c build/gen/proto/*/*_types.gen.c)
LIBRARY := $(OUT)/libdure.a
SANDBOX := $(wildcard deploy/sandbox/*.c)
CHECK := $(wildcard deploy/check/*.c) build/gen/deploy/check/statements.gen.c

# The gateway answers its own few paths out of the table of public routes, so it needs no doors.
service_sources = $(call find,services/$(1)) $(call find,build/gen/services/$(1)) \
	$(if $(filter gateway,$(1)),build/gen/proto/public_routes.gen.c,$(wildcard build/gen/proto/$(1)/$(1).gen.c))

BINARIES := $(SERVICES:%=$(OUT)/bin/dure-%) $(if $(SANDBOX),$(OUT)/bin/dure-sandbox) $(OUT)/bin/dure-thumbnail $(OUT)/bin/dure-check
KIT := $(call find,tests/kit)
UNIT_ROOMS := $(sort $(notdir $(patsubst %/,%,$(wildcard tests/unit/*/))))
INTEGRATION_ROOMS := $(filter-out sql,$(sort $(notdir $(patsubst %/,%,$(wildcard tests/integration/*/)))))
# The services with statements: their names may meet only in a binary of their own.
SQL_SERVICES := $(patsubst build/gen/services/%/statements.gen.c,%,$(wildcard build/gen/services/*/statements.gen.c))
SCENARIOS := $(basename $(notdir $(wildcard tests/scenario/*.c)))
BENCH := $(basename $(notdir $(wildcard tests/bench/*.c)))
FUZZERS := $(basename $(notdir $(wildcard tests/fuzz/*_fuzz.c)))

# Objects made on the way to a test or a fuzz target are kept.
.SECONDARY:
.PHONY: binaries tests unit integration scenario socketio fuzzers bench objects
binaries: $(BINARIES)
unit: $(UNIT_ROOMS:%=$(OUT)/tests/unit-%)
integration: $(INTEGRATION_ROOMS:%=$(OUT)/tests/integration-%) $(SQL_SERVICES:%=$(OUT)/tests/integration-sql-%)
scenario: $(SCENARIOS:%=$(OUT)/tests/scenario-%)
socketio: $(OUT)/tests/socketio-clients
tests: unit integration scenario socketio
fuzzers: $(FUZZERS:%=$(OUT)/fuzz/%)
bench: $(BENCH:%=$(OUT)/bench/%)
objects: $(LIBRARY)

$(OUT)/obj/build/gen/%.o: CFLAGS += -Wno-overlength-strings
$(OUT)/obj/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC $(FLAVOUR) $<"
	$(Q)$(CC) $(CFLAGS) -MMD -MP -c $< -o $@

$(LIBRARY): $(call objects,$(COMMON) $(COMMON_GEN))
	@rm -f $@ && ar rcs $@ $^

define service_binary
$(OUT)/bin/dure-$(1): $(call objects,$(call service_sources,$(1))) $(LIBRARY)
	@mkdir -p $$(@D)
	@echo "  LD $$@"
	$$(Q)$(CC) $(LDFLAGS) $(SHIPPED) $$^ -o $$@ $(LIBS)
endef
$(foreach s,$(SERVICES),$(eval $(call service_binary,$(s))))

# The one program that knows libvips, and knows nothing else.
VIPS_CFLAGS := $(patsubst -I%,-isystem %,$(shell pkg-config --cflags vips))
$(OUT)/obj/services/thumbnail/%.o: CFLAGS += $(VIPS_CFLAGS)
ifeq ($(FLAVOUR),tsan)
# Its own code has one thread; those of libvips TSan cannot see into.
$(OUT)/obj/services/thumbnail/%.o: CFLAGS := $(filter-out $(SANITIZE),$(CFLAGS)) $(VIPS_CFLAGS)
$(OUT)/bin/dure-thumbnail: LDFLAGS := $(filter-out $(SANITIZE),$(LDFLAGS))
endif
$(OUT)/bin/dure-thumbnail: $(call objects,services/thumbnail/thumbnail.c)
	@mkdir -p $(@D)
	@echo "  LD $@"
	$(Q)$(CC) $(LDFLAGS) $^ -o $@ $(shell pkg-config --libs vips)

$(OUT)/bin/dure-sandbox: $(call objects,$(SANDBOX))
	@mkdir -p $(@D)
	@echo "  LD $@"
	$(Q)$(CC) $(LDFLAGS) $^ -o $@ -lcivetweb -ljansson -lcrypto -lcurl -lpthread

$(OUT)/bin/dure-check: $(call objects,$(CHECK)) $(LIBRARY)
	@mkdir -p $(@D)
	@echo "  LD $@"
	$(Q)$(CC) $(LDFLAGS) $(SHIPPED) $^ -o $@ -lpq -ljansson -lcurl -lcrypto -lpthread

# The library for programs outside stands by itself (its own Makefile); here it is built into its tests.
LIBEVENTS := $(wildcard deploy/libdure-events/*.c)
$(OUT)/obj/deploy/libdure-events/%.o $(OUT)/obj/tests/integration/outside/%.o: CFLAGS += -Ideploy/libdure-events

# A room's tests; those of a service are linked with the service, less its main().
define room_tests
$(OUT)/tests/$(1)-$(2): $(call objects,$(call find,tests/$(1)/$(2)) $(KIT) \
		$(if $(filter $(2),$(SERVICES)),$(filter-out services/$(2)/main.c,$(call service_sources,$(2)))) \
		$(if $(filter proto,$(2)),build/gen/proto/golden.gen.c) \
		$(if $(filter outside,$(2)),$(LIBEVENTS))) $(LIBRARY)
	@mkdir -p $$(@D)
	@echo "  LD $$@"
	$$(Q)$(CC) $(LDFLAGS) $$^ -o $$@ $(TEST_LIBS)
endef
$(foreach r,$(UNIT_ROOMS),$(eval $(call room_tests,unit,$(r))))
$(foreach r,$(INTEGRATION_ROOMS),$(eval $(call room_tests,integration,$(r))))

# Every statement of a service against its migrated schema: the same test, told the service.
SQL_OBJECTS := $(SQL_SERVICES:%=$(OUT)/obj/tests/integration/sql/%.o)
$(SQL_OBJECTS): $(OUT)/obj/tests/integration/sql/%.o: tests/integration/sql/statements_test.c
	@mkdir -p $(@D)
	@echo "  CC $(FLAVOUR) $< ($*)"
	$(Q)$(CC) $(CFLAGS) -DSERVICE=$* -MMD -MP -c $< -o $@

define sql_test
$(OUT)/tests/integration-sql-$(1): $(OUT)/obj/tests/integration/sql/$(1).o \
		$(call objects,$(call find,build/gen/services/$(1)) $(KIT)) $(LIBRARY)
	@mkdir -p $$(@D)
	@echo "  LD $$@"
	$$(Q)$(CC) $(LDFLAGS) $$^ -o $$@ $(TEST_LIBS)
endef
$(foreach s,$(SQL_SERVICES),$(eval $(call sql_test,$(s))))

# What the scenarios share stands in folders below them.
PLAYS := $(call find,$(wildcard tests/scenario/*/))
$(OUT)/tests/scenario-%: $(OUT)/obj/tests/scenario/%.o $(call objects,$(PLAYS) $(KIT)) $(LIBRARY)
	@mkdir -p $(@D)
	@echo "  LD $@"
	$(Q)$(CC) $(LDFLAGS) $^ -o $@ $(TEST_LIBS)

# Which goes through all routes.
$(OUT)/tests/scenario-tenants: $(OUT)/obj/build/gen/proto/public_routes.gen.o

$(OUT)/socketio/conformance: $(OUT)/obj/tests/socketio/conformance.o $(LIBRARY)
	@mkdir -p $(@D)
	@echo "  LD $@"
	$(Q)$(CC) $(LDFLAGS) $^ -o $@ $(LIBS)

# Where whoever wants to point a protocol suite at it looks.
build/tests/socketio-conformance: $(OUT)/socketio/conformance
	@mkdir -p $(@D) && cp $< $@

# The stock clients against it: a script that counts as Criterion does.
$(OUT)/tests/socketio-clients: tests/socketio/run $(OUT)/socketio/conformance
	@mkdir -p $(@D) && cp $< $@

# The programs of make bench: load generators, and peers that no package brings.
$(OUT)/bench/%: $(OUT)/obj/tests/bench/%.o $(call objects,$(call find,tests/bench/kit)) $(LIBRARY)
	@mkdir -p $(@D)
	@echo "  LD $@"
	$(Q)$(CC) $(LDFLAGS) $^ -o $@ $(LIBS) -lnats

# Preloaded into the services by make nth: of no flavour, since it stands before a sanitizer.
$(OUT)/nth/shim.so: CFLAGS := $(filter-out $(SANITIZE) -fPIE,$(CFLAGS)) -fPIC
$(OUT)/nth/shim.so: $(call objects,$(wildcard tests/nth/*.c))
	@mkdir -p $(@D)
	@echo "  LD $@"
	$(Q)$(CC) -shared $^ -o $@ -ldl

# What a target needs of a service, beside the library.
$(OUT)/fuzz/gateway_frame_fuzz: $(call objects,services/gateway/tunnel/frame.c)
$(OUT)/fuzz/upstream_answer_fuzz: $(call objects,services/gateway/upstream/answer.c services/gateway/upstream/pool.c)
$(OUT)/fuzz/%: $(OUT)/obj/tests/fuzz/%.o $(LIBRARY)
	@mkdir -p $(@D)
	@echo "  LD $@"
	$(Q)$(CC) $(LDFLAGS) -fsanitize=fuzzer $(filter %.o,$^) $(LIBRARY) -o $@ $(LIBS)

-include $(shell find $(OUT)/obj -name '*.d' 2>/dev/null)
