# make help says what there is. Variables by convention: PREFIX, DESTDIR, LUA_VERSION (5.1 to 5.4), LUA_INCDIR, CC, CFLAGS.

LUA_VERSION ?= 5.4
PREFIX ?= /usr/local
LUA_CMOD ?= $(PREFIX)/lib/lua/$(LUA_VERSION)
LUA_LMOD ?= $(PREFIX)/share/lua/$(LUA_VERSION)
PKG_CONFIG ?= pkg-config
INSTALL ?= install
CFLAGS ?= -O2 -g

WARNINGS = -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wmissing-prototypes
LIBRARIES = libcurl nettle
LUA_INCLUDE = $(if $(LUA_INCDIR),-I$(LUA_INCDIR),$(shell $(PKG_CONFIG) --cflags lua$(LUA_VERSION)))
# VARIANT keeps builds with other flags apart (sanitizers): build/5.4-asan
BUILD = build/$(LUA_VERSION)$(VARIANT)
SOURCES = $(wildcard src/*.c)
OBJECTS = $(SOURCES:src/%.c=$(BUILD)/%.o)
CORE = $(BUILD)/cbr/core.so
BENCHMARKS = $(patsubst %.c,build/%,$(wildcard bench/*.c))
MODULES = $(patsubst lua/%,%,$(wildcard lua/*.lua lua/*/*.lua lua/*/*/*.lua))

all: $(CORE)

$(CORE): $(OBJECTS)
	@mkdir -p $(@D)
	$(CC) -shared $(CFLAGS) $(LDFLAGS) -Wl,-z,nodelete -o $@ $(OBJECTS) $(shell $(PKG_CONFIG) --libs $(LIBRARIES))

$(BUILD)/%.o: src/%.c Makefile
	@mkdir -p $(@D)
	$(CC) -std=c11 $(CFLAGS) $(WARNINGS) -fPIC -MMD $(LUA_INCLUDE) $(shell $(PKG_CONFIG) --cflags $(LIBRARIES)) -c -o $@ $<

-include $(OBJECTS:.o=.d)

# a header that was deleted since: the objects that were made from it are made again
src/%.h: ;

deps: ## install what building, the sandbox, tests and checks need (Debian, root)
	@tools/deps build sandbox test check

demo: ## run the main job against the sandbox: a replication and a sync
	@tools/deps build sandbox
	@$(MAKE) --no-print-directory -s LUA_VERSION=5.4
	@LUA_PATH="lua/?.lua;;" LUA_CPATH="build/5.4/?.so;;" INTERVAL=0.5 CBR_SANDBOX_TIME_SCALE=40 \
	  sandbox/run sh examples/demo lua5.4

demo-nginx: ## replicate vaults on a schedule in nginx, with a status page, against the sandbox
	@tools/deps build sandbox automation
	@sh examples/nginx/run

test: ## run all specs under Lua 5.1, 5.2, 5.3, 5.4 and LuaJIT
	@tools/deps build sandbox test
	@tools/check specs

check: ## test, and linters, sanitizers, valgrind, installation, the rock
	@tools/deps build sandbox test check
	@tools/check all

fuzz: ## fuzz the C core for long: FUZZ_SECONDS (1800) per target, two at a time
	@tools/deps build check
	@fuzz/run long

coverage: ## which lines of the C core specs, fuzz corpora and failing memory reach
	@tools/deps build sandbox test check
	@tools/check coverage

campaign: ## place many orders under random faults: nothing lost, nothing doubled? ORDERS, SEED
	@tools/deps build sandbox test
	@$(MAKE) --no-print-directory -s LUA_VERSION=5.4
	@CBR_LUA=lua5.4 LUA_PATH="$(CURDIR)/lua/?.lua;$(CURDIR)/?.lua;;" LUA_CPATH="$(CURDIR)/build/5.4/?.so;;" \
	  sandbox/run lua5.4 spec/campaign/run.lua --orders $(or $(ORDERS),10000) $(if $(SEED),--seed $(SEED))

bench: ## cbr beside bare libcurl, the official Node SDK and lua-http; PARTS="sequence sign"
	@tools/deps build sandbox bench
	@$(MAKE) --no-print-directory -s LUA_VERSION=5.4
	@$(MAKE) --no-print-directory -s $(BENCHMARKS)
	@sh spec/official/install || echo "the official SDK could not be installed: no figures of it"
	@LUA_PATH="$(CURDIR)/lua/?.lua;$(CURDIR)/?.lua;;" LUA_CPATH="$(CURDIR)/build/5.4/?.so;;" \
	  sandbox/run lua5.4 bench/run $(PARTS)

build/bench/%: bench/%.c Makefile
	@mkdir -p $(@D)
	$(CC) -std=c11 $(CFLAGS) $(WARNINGS) $(shell $(PKG_CONFIG) --cflags libcurl) -o $@ $< $(shell $(PKG_CONFIG) --libs libcurl)

sandbox: ## start the sandbox and leave it running, until Ctrl-C
	@tools/deps build sandbox
	@$(MAKE) --no-print-directory -s LUA_VERSION=5.4
	@LUA=lua5.4 LUA_PATH="$(CURDIR)/lua/?.lua;;" LUA_CPATH="$(CURDIR)/build/5.4/?.so;;" sandbox/run

install: $(CORE) ## install for LUA_VERSION below PREFIX
	@# a core in use is replaced, not overwritten: its pages may be mapped
	$(INSTALL) -d "$(DESTDIR)$(LUA_CMOD)/cbr"
	rm -f "$(DESTDIR)$(LUA_CMOD)/cbr/core.so"
	$(INSTALL) -m 755 $(CORE) "$(DESTDIR)$(LUA_CMOD)/cbr/core.so"
	@set -e; for module in $(MODULES); do \
	  $(INSTALL) -d "$(DESTDIR)$(LUA_LMOD)/$$(dirname $$module)"; \
	  $(INSTALL) -m 644 "lua/$$module" "$(DESTDIR)$(LUA_LMOD)/$$module"; \
	done

uninstall: ## remove what install put there
	rm -rf "$(DESTDIR)$(LUA_CMOD)/cbr" "$(DESTDIR)$(LUA_LMOD)/cbr"
	rm -f "$(DESTDIR)$(LUA_LMOD)/cbr.lua"

clean: ## remove what was built
	rm -rf build

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

.PHONY: all deps demo demo-nginx test check fuzz coverage campaign bench sandbox install uninstall clean help
