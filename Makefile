# Makefile - the user interface of the source tree; `make help` lists the targets.
B ?= build
CC ?= gcc
CXX ?= g++

all: $(B)/ringi

WARN = -Wall -Wextra -Werror -Wshadow -Wpointer-arith -Wvla -Wwrite-strings
CFLAGS ?= -O2 -g
PKGS = libuv sqlite3 libsodium libcrypto libssl libcurl
ALL_CFLAGS = -std=c17 -D_GNU_SOURCE -pthread -fno-strict-aliasing $(WARN) -Wstrict-prototypes \
	-Wmissing-prototypes -Isrc -I$(B)/gen $(shell pkg-config --cflags $(PKGS)) $(CFLAGS)
ALL_CXXFLAGS = -std=c++17 -pthread $(WARN) -Isrc $(shell pkg-config --cflags simdjson) $(CFLAGS)
LIBS = $(shell pkg-config --libs $(PKGS)) -lhttp_parser $(shell pkg-config --libs simdjson) -lstdc++ -lm -lpthread

SRC_C = $(shell find src -name '*.c' | sort)
SRC_CC = $(shell find src -name '*.cc' | sort)
OBJ = $(SRC_C:%.c=$(B)/%.o) $(SRC_CC:%.cc=$(B)/%.o)
GEN = $(B)/gen/statements.h $(B)/gen/statements.c
LIB_OBJ = $(filter-out $(B)/src/main.o,$(OBJ)) $(B)/gen/statements.o

$(B)/gen/statements.h $(B)/gen/statements.c &: $(sort $(wildcard src/store/sql/*.sql)) tools/statements.mjs
	@mkdir -p $(B)/gen
	node tools/statements.mjs $(B)/gen src/store/sql/*.sql

$(B)/%.o: %.c $(GEN)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<
$(B)/gen/%.o: $(B)/gen/%.c
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<
$(B)/%.o: %.cc
	@mkdir -p $(@D)
	$(CXX) $(ALL_CXXFLAGS) -MMD -MP -c -o $@ $<

$(B)/libringi.a: $(LIB_OBJ)
	@rm -f $@
	ar rcs $@ $^
$(B)/ringi: $(B)/src/main.o $(B)/libringi.a
	$(CC) $(CFLAGS) -o $@ $^ $(LIBS)
# One test program per test/**/*_test.c
$(B)/test/%: $(B)/test/%.o $(B)/libringi.a
	$(CC) $(CFLAGS) -o $@ $^ $(LIBS) -lcmocka

-include $(shell find $(B) -name '*.d' 2>/dev/null)
