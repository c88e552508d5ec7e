# "make help" lists the targets. Variables: PREFIX, DESTDIR, LUA_VERSION (5.1 to 5.5), LUA_INCDIR, CC, CFLAGS, LDFLAGS,
# LIBS (default: the libraries that pkg-config names).

ifneq ($(shell uname -s),Linux)
$(error cbr is for Linux)
endif

LUA_VERSION ?= 5.4
PREFIX ?= /usr/local
LUA_CMOD ?= $(PREFIX)/lib/lua/$(LUA_VERSION)
LUA_LMOD ?= $(PREFIX)/share/lua/$(LUA_VERSION)
PKG_CONFIG ?= pkg-config
INSTALL ?= install
CFLAGS ?= -O2 -g

WARNINGS = -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wmissing-prototypes
LIBRARIES = libcurl nettle
LIBS ?= $(or $(shell $(PKG_CONFIG) --libs $(LIBRARIES) 2>/dev/null),-lcurl -lnettle)
INCLUDES = $(shell $(PKG_CONFIG) --cflags $(LIBRARIES) 2>/dev/null)
# Debian and Alpine name Lua's package lua5.4, other systems lua-5.4, lua54 or lua.
LUA_PACKAGE = $(firstword $(foreach name,lua$(LUA_VERSION) lua-$(LUA_VERSION) lua$(subst .,,$(LUA_VERSION)) lua,\
  $(shell $(PKG_CONFIG) --exists $(name) 2>/dev/null && echo $(name))))
LUA_INCLUDE = $(if $(LUA_INCDIR),-I$(LUA_INCDIR),$(shell $(PKG_CONFIG) --cflags $(LUA_PACKAGE) 2>/dev/null))
# With VARIANT=-asan, a build with other flags goes into a directory of its own, such as build/5.4-asan.
BUILD = build/$(LUA_VERSION)$(VARIANT)
SOURCES = $(wildcard src/*.c)
OBJECTS = $(SOURCES:src/%.c=$(BUILD)/%.o)
CORE = $(BUILD)/cbr/core.so
BENCHMARKS = $(patsubst %.c,build/%,$(wildcard bench/*.c))
TYPES = $(patsubst types/%,%,$(shell find types -name '*.lua'))
COMMAND = $(patsubst cli/%,%,$(shell find cli -name '*.lua'))
SANDBOX = $(shell find sandbox -type f)
# The interpreter that the installed command names; `make install LUA=/usr/bin/luajit` names another one. For nginx, there
# may be no interpreter of this version.
LUA ?= $(or $(shell command -v lua$(LUA_VERSION)),$(shell lua -e 'assert(_VERSION == "Lua $(LUA_VERSION)")' 2>/dev/null \
  && command -v lua),/usr/bin/lua$(LUA_VERSION))
MODULES = $(patsubst lua/%,%,$(shell find lua -name '*.lua'))

all: $(CORE)

$(CORE): $(OBJECTS)
	@mkdir -p $(@D)
	$(CC) -shared $(CFLAGS) $(LDFLAGS) -Wl,-z,nodelete -o $@ $(OBJECTS) $(LIBS)

$(BUILD)/%.o: src/%.c Makefile | $(BUILD)/requirements
	$(CC) -std=c11 $(CFLAGS) $(WARNINGS) -fPIC -MMD $(LUA_INCLUDE) $(INCLUDES) -c -o $@ $<

# Checks that the compiler, headers and libraries that a build needs are there. The file records the flags of the check.
$(BUILD)/requirements:
	@tools/requirements $(LUA_VERSION) "$(CC)" "$(LUA_INCLUDE) $(INCLUDES) $(CFLAGS) $(LDFLAGS)" "$(LIBS)"
	@mkdir -p $(@D)
	@echo "$(CC) $(LUA_INCLUDE) $(INCLUDES) $(LIBS)" >$@

-include $(OBJECTS:.o=.d)

# If a header was deleted, the objects that included it are compiled again.
src/%.h: ;

demo: ## run a demo against the sandbox: replicate a vault, sync another vault, find and copy a missing backup
	@tools/deps build sandbox
	@$(MAKE) --no-print-directory -s LUA_VERSION=5.4
	@LUA_PATH="lua/?.lua;;" LUA_CPATH="build/5.4/?.so;;" INTERVAL=0.5 CBR_SANDBOX_TIME_SCALE=40 \
	  sandbox/run sh examples/demo lua5.4

demo-nginx: ## run the nginx example against the sandbox: scheduled replications and a status page
	@tools/deps build sandbox automation
	@sh examples/nginx/run

# --- checks -----------------------------------------------------------------------------------------------------------
# The last line of each target counts its checks: "N passed, N failed". The exit status is 1 if a check failed.

test: ## run all specs under Lua 5.1, 5.2, 5.3, 5.4 and LuaJIT; variables: LUAS="5.4 jit", SPECS="spec/core/*_spec.lua", SURROUNDINGS=
check: ## run test, and the checks from lint to packaging (15 to 20 minutes)
lint: ## check the sources (C, Lua, shell), the layout and the rock
sanitizers: ## run the specs with AddressSanitizer and UndefinedBehaviorSanitizer
valgrind: ## run the specs under valgrind
threads: ## use cbr in eight threads under ThreadSanitizer
fuzz-short: ## run the fuzz corpora, then 10 seconds of new inputs for each fuzz target
memory: ## test the C core while each of its memory allocations fails once
model: ## check the protocol of orders with the model checker spin, with all assumptions and without each of them
packaging: ## install cbr with make and with luarocks, and run a recipe with each installation
coverage: ## print which lines of the C core no spec, fuzz corpus or memory test reaches

CHECKS = check lint sanitizers valgrind threads fuzz-short memory model packaging coverage other-checks
LUAS ?= 5.4 jit 5.1 5.2 5.3
CORES := $(shell getconf _NPROCESSORS_ONLN)
SPEC_JOBS := $(shell expr $(CORES) \* 6)# specs mostly wait
SLOW_SPEC_JOBS := $(shell expr $(CORES) \* 2)# under valgrind and sanitizers they mostly compute
STEP = @tools/step
build = $(MAKE) -s -j$(CORES)

test:
	@tools/deps build sandbox test docs
	@tools/count $(MAKE) --no-print-directory run-test

$(CHECKS):
	@tools/deps build sandbox test check docs
	@tools/count $(MAKE) --no-print-directory -k run-$@

run-check:
	@$(MAKE) --no-print-directory -k run-test run-other-checks

# All checks except "test". The slow specs run at the same time as the other checks.
OTHERS = run-lint run-docs run-threads run-fuzz-short run-memory run-model run-packaging
run-other-checks: core-5.4 core-asan locales
	@tools/run_specs --beside "$(MAKE) --no-print-directory -k $(OTHERS)" --without "$(PURE_LUA)" $(SLOW_SPEC_JOBS) \
	  $(VALGRIND) $(SANITIZERS)

# Specs with the tag "wire" test what is sent and received. This is the same in every Lua version, so these specs run
# only under Lua 5.4 and LuaJIT.
TAGS_5.1 = --exclude-tags=wire
TAGS_5.2 = --exclude-tags=wire
TAGS_5.3 = --exclude-tags=wire

# All specs run once more in the surroundings of tools/surroundings. One run has all of them at once, because each run
# takes two minutes. Specs with the tag "descriptors" need more than the 64 descriptors of "few". Specs with the tag
# "once" take long, and run programs for Lua 5.4 whatever Lua runs the spec.
SURROUNDINGS ?= turkish+west+few
TAGS_5.1-turkish+west+few = --exclude-tags=wire,descriptors,once
TAGS_5.4-turkish+west+few = --exclude-tags=descriptors,once
in_surroundings = $(foreach lua,$(filter 5.1 5.4,$(LUAS)),$(foreach way,$(SURROUNDINGS),\
  $(lua)-$(way) "tools/surroundings $(way) tools/with_lua $(lua) busted $(TAGS_$(lua)-$(way))"))

run-test: locales
	@sh spec/official/install || echo "the official SDK cannot be installed: its spec stays pending"
	@for version in $(sort $(LUAS:jit=5.1)); do $(build) LUA_VERSION=$$version || exit 1; done
	@tools/run_specs $(SPEC_JOBS) $(foreach lua,$(LUAS),$(lua) "tools/with_lua $(lua) busted $(TAGS_$(lua))") \
	  $(in_surroundings)

LINT_LUA = lua cli cli/cbr sandbox spec docs/recipes examples bench bench/run tools rockspec/*.rockspec --no-unused-secondaries
LINT_CPPCHECK = -q --std=c11 --enable=warning,style,performance,portability --inline-suppr \
  --suppress=missingIncludeSystem --error-exitcode=1 -Isrc
LINT_SHELL = $(shell grep -rl '^\#!/bin/sh' --exclude-dir=node_modules .ci bench docs examples fuzz model sandbox spec tools)

run-lint: core-5.4
	$(STEP) "gcc reports no warning" $(MAKE) strict CC=gcc
	$(STEP) "clang reports no warning" $(MAKE) strict CC=clang
	$(STEP) "the core compiles against the headers of musl" tools/other_targets musl
	$(STEP) "the core compiles for 32 bits" tools/other_targets 32bit
	$(STEP) "cppcheck reports nothing" cppcheck $(LINT_CPPCHECK) $(shell $(PKG_CONFIG) --cflags-only-I lua5.4) src
	$(STEP) "clang-format changes nothing" clang-format --dry-run -Werror src/*.[ch] bench/*.c fuzz/*.[ch]
	$(STEP) "shellcheck reports nothing" shellcheck -S warning $(LINT_SHELL)
	$(STEP) "luacheck reports nothing" luacheck -q $(LINT_LUA)
	$(STEP) "Lua code keeps the rules of form" lua5.4 tools/style.lua
	$(STEP) "Lua code keeps the rules of Lua 5.5" lua5.4 tools/lua55.lua
	$(STEP) "functions take at most five arguments" lua5.4 tools/arguments.lua
	$(STEP) "requires and includes keep the layers" lua5.4 tools/requires.lua
	$(STEP) "a call moves between few files" tools/with_lua 5.4 lua5.4 tools/moves.lua
	$(STEP) "one function sets the fields of an error that depend on its call" lua5.4 tools/error_fields.lua
	$(STEP) "cbr.Context declares the fields of a context" lua5.4 tools/context.lua
	$(STEP) "the locale changes nothing in lua/cbr" lua5.4 tools/locale.lua
	$(STEP) "every module has its spec" lua5.4 tools/specs.lua
	$(STEP) "global C names have the prefix" lua5.4 tools/symbols.lua
	$(STEP) "the rockspec lists the modules" lua5.4 tools/rockspec.lua
	$(STEP) "docs/reference and types are up to date with the data" \
	  tools/with_lua 5.4 lua5.4 tools/reference/run.lua --check
	$(STEP) "the release rockspecs equal the output of tools/dist rockspec" sh -c "for rock in cbr cbr-cli; do \
	  tools/dist rockspec \$$rock | diff - rockspec/\$$rock-[0-9]*.rockspec || exit 1; done"
	$(STEP) "luarocks accepts the rockspecs" sh -c "for file in rockspec/*.rockspec; do luarocks lint \$$file || exit 1; done"

docs: ## build the site of the documentation in build/site, and check its links
	@tools/deps build docs
	@tools/count $(MAKE) --no-print-directory -k run-docs

run-docs:
	$(STEP) "mkdocs builds the site, with each page and each linked file" mkdocs build --strict
	$(STEP) "each link of the site leads to an existing file or heading" lua5.4 tools/site/links.lua build/site

pictures: core-5.4 ## make docs/pictures: the command in a terminal, and the status page in a browser
	@tools/deps build sandbox command automation pictures
	@tools/pictures/run

reference: core-5.4 ## write docs/reference/ and types/ from the data in lua/cbr
	@tools/with_lua 5.4 lua5.4 tools/reference/run.lua

strict:
	@rm -rf build/5.1-strict-$(CC) build/5.4-strict-$(CC)
	@$(build) LUA_VERSION=5.1 VARIANT=-strict-$(CC) CFLAGS="-O2 -Werror"
	@$(build) LUA_VERSION=5.4 VARIANT=-strict-$(CC) CFLAGS="-O2 -Werror"

core-5.4:
	@$(build) LUA_VERSION=5.4

# The locales are made before a process runs under a sanitizer, because the children of such a process cannot make
# locales.
locales:
	@tools/locales

core-asan:
	@$(build) LUA_VERSION=5.4 VARIANT=-asan \
	  CFLAGS="-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"

# The folders of specs whose modules reach the C core only through the methods of a client, or not at all. These
# specs reach no line of src/ that the other specs do not reach (make coverage checks this). So valgrind and the
# sanitizers leave these specs out, unless SPECS names them.
PURE_LUA = campaign cli diagnose docs dr endpoint follow lost_orders nginx objects official operations preflight sandbox util

# Specs with the tag "process" start programs of their own. Specs with the tag "many" repeat one test for many values.
SLOW_BUSTED = lua5.4 $(shell command -v busted) --exclude-tags=process,many
SANITIZERS = sanitizers "tools/with_lua 5.4-asan env LD_PRELOAD=$(shell gcc -print-file-name=libasan.so) \
  ASAN_OPTIONS=detect_leaks=1:abort_on_error=0 \
  LSAN_OPTIONS=suppressions=$(CURDIR)/tools/leaks.supp:print_suppressions=0 $(SLOW_BUSTED)"
VALGRIND = valgrind "tools/with_lua 5.4 env CBR_SPEC_PATIENCE=3 valgrind -q --error-exitcode=9 --leak-check=full \
  --show-leak-kinds=definite --errors-for-leak-kinds=definite --suppressions=$(CURDIR)/tools/valgrind.supp \
  --track-fds=no $(SLOW_BUSTED)"

run-sanitizers: core-asan locales
	@tools/run_specs --without "$(PURE_LUA)" $(SLOW_SPEC_JOBS) $(SANITIZERS)

run-valgrind: core-5.4 locales
	@tools/run_specs --without "$(PURE_LUA)" $(SLOW_SPEC_JOBS) $(VALGRIND)

run-threads:
	$(STEP) "ThreadSanitizer finds no race in eight threads (gcc)" $(MAKE) threads-gcc
	$(STEP) "ThreadSanitizer finds no race in eight threads (clang)" $(MAKE) threads-clang

# The interpreter must be built with ThreadSanitizer too, so these tests run in a C program that contains Lua.
threads-%:
	@$(build) LUA_VERSION=5.4 VARIANT=-tsan-$* CC=$* CFLAGS="-O1 -g -fsanitize=thread"
	@$* -std=c11 -O1 -g -fsanitize=thread -o build/5.4-tsan-$*/threads spec/helpers/programs/threads.c -rdynamic \
	  $(shell $(PKG_CONFIG) --cflags --libs lua5.4) -lpthread
	@tools/with_lua 5.4-tsan-$* env TSAN_OPTIONS=halt_on_error=0:exitcode=66 build/5.4-tsan-$*/threads \
	  8 4 spec/helpers/programs/threads.lua

run-fuzz-short: $(patsubst fuzz/corpus/%,run-fuzz-short-%,$(wildcard fuzz/corpus/*))

run-fuzz-short-%:
	$(STEP) "fuzz target $*: its corpus, then 10 seconds of new inputs" fuzz/run short $*

run-memory:
	$(STEP) "the C core survives a failure of each allocation" sh -c "$(MAKE) -s -f fuzz/Makefile && build/fuzz/memory"

run-model:
	@model/run

run-packaging:
	$(STEP) "make install and make uninstall" tools/packaging make
	$(STEP) "luarocks make for Lua 5.4" tools/packaging rock 5.4
	$(STEP) "luarocks make for Lua 5.1" tools/packaging rock 5.1
	$(STEP) "make dist, and luarocks install of the rock that it made" tools/packaging dist
	$(STEP) "a build that lacks a library or a header names the packages" tools/packaging missing

run-coverage:
	@tools/coverage $(SLOW_SPEC_JOBS) "$(PURE_LUA)"

# --- long runs --------------------------------------------------------------------------------------------------------

fuzz: ## fuzz the C core; variable: FUZZ_SECONDS (1800) for each fuzz target
	@tools/deps build check
	@fuzz/run long

campaign: ## place orders under random faults, check that none is lost or doubled; variables: ORDERS (10000), ROUNDS (200), RUNS (2000), SEED
	@tools/deps build sandbox test
	@$(MAKE) --no-print-directory -s LUA_VERSION=5.4
	@tools/with_lua 5.4 lua5.4 spec/campaign/run.lua --orders $(or $(ORDERS),10000) $(if $(SEED),--seed $(SEED))
	@tools/with_lua 5.4 lua5.4 spec/campaign/concurrent.lua --rounds $(or $(ROUNDS),200) $(if $(SEED),--seed $(SEED))
	@tools/with_lua 5.4 lua5.4 spec/campaign/recovery_run.lua --runs $(or $(RUNS),2000) $(if $(SEED),--seed $(SEED))

mutants: ## change the code in small ways, print the changes that no spec notices; variables: SAMPLE (150), SEED, FILES, AGAIN
	@tools/deps build sandbox test
	@tools/mutants/run $(if $(AGAIN),again,$(or $(SAMPLE),150) $(or $(SEED),$(shell date +%Y%m%d)) $(FILES))

peers: ## test the sandbox with openstacksdk, the official Node core, and the official Python SDK in HUAWEI_PYTHON_SDK
	@tools/deps build sandbox test peers
	@$(MAKE) --no-print-directory -s LUA_VERSION=5.4
	@tools/count spec/peers/run

platforms: ## run specs on Debian 13, other CPUs, Lua 5.5, GnuTLS, another libcurl, OpenResty; variable: PLATFORMS="i386 curl"
	@tools/platforms/run $(PLATFORMS)

bench: ## compare the speed of cbr, bare libcurl, the official Node and Python SDKs, and lua-http; variable: PARTS="sequence sign"
	@tools/deps build sandbox bench
	@$(MAKE) --no-print-directory -s LUA_VERSION=5.4
	@$(MAKE) --no-print-directory -s $(BENCHMARKS)
	@sh spec/official/install || echo "the official SDK cannot be installed: no figures for it"
	@LUA_PATH="$(CURDIR)/lua/?.lua;$(CURDIR)/?.lua;;" LUA_CPATH="$(CURDIR)/build/5.4/?.so;;" \
	  sandbox/run lua5.4 bench/run $(PARTS)

build/bench/%: bench/%.c Makefile
	@mkdir -p $(@D)
	$(CC) -std=c11 $(CFLAGS) $(WARNINGS) $(shell $(PKG_CONFIG) --cflags libcurl) -o $@ $< $(shell $(PKG_CONFIG) --libs libcurl)

sandbox: ## run the sandbox until Ctrl-C
	@tools/deps build sandbox
	@$(MAKE) --no-print-directory -s LUA_VERSION=5.4
	@LUA=lua5.4 LUA_PATH="$(CURDIR)/lua/?.lua;;" LUA_CPATH="$(CURDIR)/build/5.4/?.so;;" sandbox/run

# --- installation -----------------------------------------------------------------------------------------------------

install: $(CORE) ## install for LUA_VERSION below PREFIX; the command is cbr-LUA_VERSION, and cbr links to the newest
	@# The old core is removed first: overwriting it would change the pages of processes that have mapped the file.
	$(INSTALL) -d "$(DESTDIR)$(LUA_CMOD)/cbr"
	rm -f "$(DESTDIR)$(LUA_CMOD)/cbr/core.so"
	$(INSTALL) -m 755 $(CORE) "$(DESTDIR)$(LUA_CMOD)/cbr/core.so"
	@set -e; for module in $(MODULES); do \
	  $(INSTALL) -d "$(DESTDIR)$(LUA_LMOD)/$$(dirname $$module)"; \
	  $(INSTALL) -m 644 "lua/$$module" "$(DESTDIR)$(LUA_LMOD)/$$module"; \
	done; \
	for module in $(COMMAND); do \
	  $(INSTALL) -d "$(DESTDIR)$(LUA_LMOD)/$$(dirname $$module)"; \
	  $(INSTALL) -m 644 "cli/$$module" "$(DESTDIR)$(LUA_LMOD)/$$module"; \
	done; \
	for file in $(SANDBOX); do \
	  $(INSTALL) -d "$(DESTDIR)$(PREFIX)/share/cbr/$$(dirname $$file)"; \
	  $(INSTALL) -m "$$(test -x $$file && echo 755 || echo 644)" $$file "$(DESTDIR)$(PREFIX)/share/cbr/$$file"; \
	done; \
	$(INSTALL) -d "$(DESTDIR)$(PREFIX)/bin"; \
	tools/command $(LUA_VERSION) "$(LUA)" "$(LUA_LMOD)" "$(LUA_CMOD)" >"$(DESTDIR)$(PREFIX)/bin/cbr-$(LUA_VERSION)"; \
	chmod 755 "$(DESTDIR)$(PREFIX)/bin/cbr-$(LUA_VERSION)"; \
	tools/link_command "$(DESTDIR)$(PREFIX)/bin"; \
	for file in $(TYPES); do \
	  $(INSTALL) -d "$(DESTDIR)$(PREFIX)/share/cbr/types/$$(dirname $$file)"; \
	  $(INSTALL) -m 644 "types/$$file" "$(DESTDIR)$(PREFIX)/share/cbr/types/$$file"; \
	done

uninstall: ## remove the installed files of LUA_VERSION
	rm -rf "$(DESTDIR)$(LUA_CMOD)/cbr" "$(DESTDIR)$(LUA_LMOD)/cbr" "$(DESTDIR)$(LUA_LMOD)/cbr_cli"
	rm -f "$(DESTDIR)$(LUA_LMOD)/cbr.lua" "$(DESTDIR)$(PREFIX)/bin/cbr-$(LUA_VERSION)"
	@# The sandbox and the types are shared by all Lua versions.
	@if [ -d "$(DESTDIR)$(PREFIX)/bin" ]; then \
	  tools/link_command "$(DESTDIR)$(PREFIX)/bin"; \
	  [ -L "$(DESTDIR)$(PREFIX)/bin/cbr" ] || rm -rf "$(DESTDIR)$(PREFIX)/share/cbr"; \
	fi

dist: ## write the archive, rockspecs and rocks of a release into build/dist, from the last commit; variable: SOURCE_URL
	@tools/dist build/dist $(SOURCE_URL)

clean: ## remove the build directory
	rm -rf build

deps: ## install what building, specs, checks and documentation need (Debian, as root)
	@tools/deps build sandbox command automation test check docs

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s  %s\n", $$1, $$2 }' Makefile

# Make may run only compilations in parallel: other targets share a build directory, and must not run at the same time.
ifneq ($(filter-out all build/%,$(MAKECMDGOALS)),)
.NOTPARALLEL:
endif

.PHONY: all demo demo-nginx test $(CHECKS) docs run-docs pictures reference strict core-5.4 locales core-asan fuzz campaign mutants peers \
  platforms bench sandbox install uninstall dist clean deps help
