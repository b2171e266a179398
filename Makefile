# Makefile - the user interface of the source tree; `make help` lists the targets.
#
# B is the build folder: `make B=build/mine` keeps two builds apart. Objects, test
# programs, logs and reports all land there. CFLAGS is yours; warnings and include
# paths are added to it.

VERSION = 0.1.0
B ?= build
PREFIX ?= /usr/local
DESTDIR ?=
CFLAGS ?= -O2 -g -D_FORTIFY_SOURCE=3
# Against exploits; sanitizer builds go without.
HARDEN ?= -fPIE -fstack-protector-strong -fstack-clash-protection -fcf-protection
HARDEN_LINK ?= -pie -Wl,-z,relro,-z,now
ifeq ($(origin CC),default)
CC = gcc
endif
ifeq ($(origin CXX),default)
CXX = g++
endif
NODE ?= node

all: $(B)/ringi client-library

# Short lines, so that a warning is seen; `make V=1` shows the commands.
ifeq ($(V),)
Q = @printf '  %-3s %s\n' '$(1)' '$@'; $(2)
else
Q = $(2)
endif

# ---- how things are compiled
WARN = -Wall -Wextra -Werror -Wshadow -Wpointer-arith -Wvla -Wwrite-strings
PKGS = libuv sqlite3 libsodium libcrypto libssl libcurl libpcre2-8 libpq
ALL_CFLAGS = -std=c17 -D_GNU_SOURCE -DRINGI_VERSION='"$(VERSION)"' -pthread -fno-strict-aliasing \
	$(WARN) -Wstrict-prototypes -Wmissing-prototypes -Isrc -I$(B)/gen \
	$(shell pkg-config --cflags $(PKGS)) $(HARDEN) $(CFLAGS)
ALL_CXXFLAGS = -std=c++17 -pthread $(WARN) -Isrc $(shell pkg-config --cflags simdjson) $(HARDEN) \
	$(CFLAGS)
LINK = $(CC) $(HARDEN) $(HARDEN_LINK) $(CFLAGS)
LIBS = $(shell pkg-config --libs $(PKGS)) $(shell pkg-config --libs simdjson) \
	-lstdc++ -lm -lpthread

SRC_C = $(shell find src -name '*.c' | sort)
SRC_CC = $(shell find src -name '*.cc' | sort)
OBJ = $(SRC_C:%.c=$(B)/%.o) $(SRC_CC:%.cc=$(B)/%.o)
GEN = $(B)/gen/statements.h $(B)/gen/statements.c $(B)/gen/migrations.h $(B)/gen/migrations.c
LIB_OBJ = $(filter-out $(B)/src/main.o,$(OBJ)) $(B)/gen/statements.o $(B)/gen/migrations.o \
	$(B)/gen/openapi.o $(B)/gen/query_names.o $(B)/gen/claims.o $(B)/gen/company.o \
	$(B)/gen/console.o

# ---- test programs: one per test/**/*_test.c; *_tool.c are programs that node suites ask;
# what they share is the rest of test/
# (test/lib has programs for the client library, which its node suite compiles).
TEST_SRC := $(shell find test \( -name node_modules -o -path test/lib \) -prune -o \
	-name '*.c' -print | sort)
TESTS = $(patsubst %.c,$(B)/%,$(filter %_test.c,$(TEST_SRC)))
TEST_TOOLS = $(patsubst %.c,$(B)/%,$(filter %_tool.c,$(TEST_SRC)))
FUZZERS = $(patsubst %.c,$(B)/%,$(filter test/fuzz/%_fuzz.c,$(TEST_SRC)))
SIM_OBJ = $(patsubst %.c,$(B)/%.o,$(filter-out %_test.c,$(filter test/sim/%,$(TEST_SRC))))
HELP_OBJ = $(patsubst %.c,$(B)/%.o,$(filter-out %_test.c %_tool.c test/sim/% test/fuzz/% \
	test/crash/%,$(TEST_SRC)))
SIM = $(if $(SIM_OBJ),$(B)/test/sim/sim)

.SECONDARY:
SQL = $(sort $(wildcard src/store/sql/*.sql) $(wildcard src/store/migrations/*/*.sql))
$(GEN) &: $(SQL) tools/statements.mjs
	@mkdir -p $(B)/gen
	$(call Q,SQL,$(NODE) tools/statements.mjs $(B)/gen $(SQL))

$(B)/gen/openapi.c: src/api/rest/openapi.json tools/embed.mjs Makefile
	@mkdir -p $(B)/gen
	$(call Q,GEN,$(NODE) tools/embed.mjs $@ openapi_json $< $(VERSION))

$(B)/gen/query_names.c: src/api/rest/openapi.json tools/queries.mjs
	@mkdir -p $(B)/gen
	$(call Q,GEN,$(NODE) tools/queries.mjs $@ $<)

# The web console: packages when their list has changed (by content: a checkout touches it).
CONSOLE_SRC = $(shell find console -path console/node_modules -prune -o -type f -print)
console/node_modules/.ringi-lock.json: console/package-lock.json
	@cmp -s $< $@ || { npm ci --prefix console --no-audit --no-fund --loglevel=error && cp $< $@; }
	@touch $@
$(B)/gen/console.c: $(CONSOLE_SRC) console/node_modules/.ringi-lock.json tools/console.mjs Makefile
	@mkdir -p $(B)/gen
	$(call Q,WEB,cd console && node_modules/.bin/vite build --logLevel error \
		--outDir $(abspath $(B)/console))
	@$(NODE) tools/console.mjs $@ $(B)/console $(VERSION)

$(B)/gen/claims.c: src/cli/demo_claims.csv tools/embed.mjs Makefile
	@mkdir -p $(B)/gen
	$(call Q,GEN,$(NODE) tools/embed.mjs $@ demo_claims_csv $<)

$(B)/gen/company.c: src/cli/demo_company.jsonl tools/embed.mjs Makefile
	@mkdir -p $(B)/gen
	$(call Q,GEN,$(NODE) tools/embed.mjs $@ demo_company_jsonl $<)

$(B)/gen/%.o: $(B)/gen/%.c
	$(call Q,CC,$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<)
$(B)/src/%.o: src/%.c Makefile | $(GEN)
	@mkdir -p $(@D)
	$(call Q,CC,$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<)
$(B)/src/%.o: src/%.cc Makefile | $(GEN)
	@mkdir -p $(@D)
	$(call Q,CXX,$(CXX) $(ALL_CXXFLAGS) -MMD -MP -c -o $@ $<)
$(B)/test/%.o: test/%.c Makefile | $(GEN)
	@mkdir -p $(@D)
	$(call Q,CC,$(CC) $(ALL_CFLAGS) -Itest -MMD -MP -c -o $@ $<)

$(B)/libringi.a: $(LIB_OBJ)
	@rm -f $@
	$(call Q,AR,ar rcs $@ $^)
$(B)/libhelp.a: $(HELP_OBJ) | $(GEN)
	@rm -f $@
	$(call Q,AR,ar rcs $@ $(HELP_OBJ))
$(B)/ringi: $(B)/src/main.o $(B)/libringi.a
	$(call Q,LD,$(LINK) -o $@ $^ $(LIBS))
$(TESTS) $(TEST_TOOLS): %: %.o $(B)/libhelp.a $(B)/libringi.a
	$(call Q,LD,$(LINK) -o $@ $^ $(LIBS) -lcmocka)
$(B)/test/sim/sim: $(SIM_OBJ) $(B)/libhelp.a $(B)/libringi.a
	$(call Q,LD,$(LINK) -o $@ $^ $(LIBS) -lcmocka)
# Only with the compiler and flags that tools/run-tests.mjs passes for the step `fuzz`.
$(FUZZERS): %: %.o $(B)/libhelp.a $(B)/libringi.a
	$(call Q,LD,$(LINK) -fsanitize=fuzzer -o $@ $^ $(LIBS) -lcmocka -lhttp_parser)

-include $(shell find $(B)/src $(B)/test $(B)/gen -name '*.d' 2>/dev/null)

# ---- lib/: the client library for C, which shares nothing with the server
CLIENT = $(B)/lib/libringi-client
CLIENT_ABI = 0
CLIENT_SO = libringi-client.so.$(CLIENT_ABI)
CLIENT_OBJ = $(patsubst %.c,$(B)/%.o,$(sort $(wildcard lib/*.c)))
CLIENT_PKGS = libcurl libcjson
CLIENT_CFLAGS = -std=c11 -D_DEFAULT_SOURCE -D_POSIX_C_SOURCE=200809L -pthread -fPIC \
	-fvisibility=hidden -DRINGI_VERSION='"$(VERSION)"' $(WARN) -Wstrict-prototypes \
	-Wmissing-prototypes $(shell pkg-config --cflags $(CLIENT_PKGS)) \
	$(filter-out -fPIE,$(HARDEN)) $(CFLAGS)
CLIENT_LINK = $(CC) -shared -Wl,-soname,$(CLIENT_SO) $(filter-out -pie,$(HARDEN_LINK)) $(CFLAGS)
client-library: $(CLIENT).a $(B)/lib/$(CLIENT_SO)
$(B)/lib/%.o: lib/%.c Makefile
	@mkdir -p $(@D)
	$(call Q,CC,$(CC) $(CLIENT_CFLAGS) -MMD -MP -c -o $@ $<)
$(CLIENT).a: $(CLIENT_OBJ)
	@rm -f $@
	$(call Q,AR,ar rcs $@ $^)
$(B)/lib/$(CLIENT_SO): $(CLIENT_OBJ)
	$(call Q,LD,$(CLIENT_LINK) -o $@ $^ $(shell pkg-config --libs $(CLIENT_PKGS)) -pthread)
	@ln -sf $(CLIENT_SO) $(CLIENT).so
-include $(CLIENT_OBJ:.o=.d)

# Groups of the above, for tools/run-tests.mjs and for people who want only that.
programs: all $(TESTS) $(TEST_TOOLS) $(SIM)
tests: $(TESTS) $(TEST_TOOLS)
sim-program: $(SIM)
fuzzers: $(FUZZERS)
objects: $(OBJ) $(LIB_OBJ) $(CLIENT_OBJ) \
	$(patsubst %.c,$(B)/%.o,$(filter-out test/crash/%,$(TEST_SRC)))
list-tests:
	@printf '%s\n' $(TESTS)
list-fuzzers:
	@printf '%s\n' $(FUZZERS)

# ---- what people type
RUN = @B='$(B)' $(NODE) tools/run-tests.mjs
DEMO_FLAGS ?=
FUZZ_SECONDS ?= 5
SEEDS ?= 2000

deps:            ## install what is missing to build and test (Debian packages, npm)
	@sh tools/deps.sh all
deps-build:      ## install what is missing to build and run, nothing for tests
	@sh tools/deps.sh build
demo: deps-build ## build and open a company at work, with its console (DEMO_FLAGS="--once ...")
	@$(MAKE) --no-print-directory all
	$(B)/ringi demo $(DEMO_FLAGS)
screenshots: all ## every screen of the console into build/screenshots (SCREEN_FLAGS=...)
	RINGI=$(abspath $(B)/ringi) $(NODE) test/console/screenshots.mjs $(B)/screenshots \
		$(SCREEN_FLAGS)
test:            ## everything that proves the tree: ends with `N passed, N failed`
	$(RUN) deps gcc clang lint console asan node postgres node-asan sim fuzz crash
check:           ## the fast part of it: build, C tests, lint
	$(RUN) gcc lint console
test-postgres: all ## the tests with a store on PostgreSQL
	$(RUN) postgres-all
asan:            ## the C tests under AddressSanitizer and UBSan
	$(RUN) asan
tsan:            ## the C tests under ThreadSanitizer
	$(RUN) tsan
fuzz-smoke:      ## every fuzzer for FUZZ_SECONDS=5
	@FUZZ_SECONDS=$(FUZZ_SECONDS) B='$(B)' $(NODE) tools/run-tests.mjs fuzz
sim:             ## the simulator: SEEDS=2000 of them, or the one SEED=n
	@$(MAKE) --no-print-directory sim-program
	$(B)/test/sim/sim $(if $(SEED),--seed $(SEED),--seeds $(SEEDS))
races: all       ## 10,000 races of last votes on the real process (RACES=n)
	RINGI=$(abspath $(B)/ringi) RINGI_RACES=$(or $(RACES),10000) $(NODE) --test \
		--test-name-pattern=b01 test/compat/approvals.test.mjs
crash: all       ## kills, full disks, power cuts on the real process (CRASH_FLAGS=...)
	RINGI=$(abspath $(B)/ringi) $(NODE) test/crash/run.mjs $(CRASH_FLAGS)
soak: all        ## an hour of everything at once: flat memory, nothing lost (MINUTES=60)
	RINGI=$(abspath $(B)/ringi) $(NODE) test/crash/run.mjs soak --minutes $(or $(MINUTES),60)
bench-postgres: all ## ringi on PostgreSQL beside other queues on it (BENCH_FLAGS=...)
	RINGI=$(abspath $(B)/ringi) $(NODE) bench/postgres.mjs $(BENCH_FLAGS)
bench: all       ## side by side with other queues (BENCH_FLAGS=...)
	RINGI=$(abspath $(B)/ringi) $(NODE) bench/run.mjs $(BENCH_FLAGS)
lint:            ## layers, banned calls, comments, widths; the shape of the code
	@$(NODE) tools/lint.mjs
shape:           ## the same, and keep the figures in tools/shape.txt
	@$(NODE) tools/lint.mjs --keep
fmt:             ## clang-format all C, prettier the console, break wide lines of scripts
	clang-format -i $$(find $(wildcard src lib test bench docs/clients) \
		-name node_modules -prune -o \( -name '*.c' -o -name '*.h' -o -name '*.cc' \) -print)
	cd console && node_modules/.bin/prettier --write --log-level warn src vite.config.ts
	$(NODE) tools/wrap.mjs $$(find $(wildcard tools test bench) -name node_modules -prune -o \
		-name '*.mjs' -print)
install: all install-lib ## into DESTDIR and PREFIX=/usr/local
	install -D -m 755 $(B)/ringi $(DESTDIR)$(PREFIX)/bin/ringi
	install -D -m 644 packaging/ringi.conf $(DESTDIR)$(PREFIX)/share/ringi/ringi.conf
	install -D -m 644 packaging/grafana/ringi.json $(DESTDIR)$(PREFIX)/share/ringi/grafana.json
	install -D -m 644 packaging/prometheus/alerts.yml $(DESTDIR)$(PREFIX)/share/ringi/alerts.yml
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/system
	sed 's|/usr/bin/ringi|$(PREFIX)/bin/ringi|' packaging/ringi.service \
		> $(DESTDIR)$(PREFIX)/lib/systemd/system/ringi.service
LIBDIR ?= $(PREFIX)/lib
install-lib: client-library ## only the client library for C: header, libraries, ringi.pc
	install -D -m 644 lib/ringi.h $(DESTDIR)$(PREFIX)/include/ringi.h
	install -D -m 644 $(CLIENT).a $(DESTDIR)$(LIBDIR)/libringi-client.a
	install -D -m 644 $(B)/lib/$(CLIENT_SO) $(DESTDIR)$(LIBDIR)/$(CLIENT_SO)
	ln -sf $(CLIENT_SO) $(DESTDIR)$(LIBDIR)/libringi-client.so
	install -d $(DESTDIR)$(LIBDIR)/pkgconfig
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR)|' -e 's|@VERSION@|$(VERSION)|' \
		packaging/ringi.pc.in > $(DESTDIR)$(LIBDIR)/pkgconfig/ringi.pc
deb: all         ## a Debian package in the build folder
	@VERSION=$(VERSION) B='$(B)' sh packaging/deb.sh
clean:           ## remove the build folder
	rm -rf $(B)
help:            ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1\t\2/p' Makefile | expand -t 16

.PHONY: all screenshots programs tests sim-program fuzzers objects list-tests list-fuzzers deps \
	deps-build demo test test-postgres check asan tsan fuzz-smoke sim crash soak bench \
	bench-postgres lint shape fmt install races install-lib client-library deb clean help
