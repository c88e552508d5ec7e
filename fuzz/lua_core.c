/*
** lua_core.c - fuzz target: cbr.core, called in any order with any arguments.
**
** Promises: whichever function is called with whichever arguments, from the
** main thread, from a coroutine or from a finalizer during another call,
** nothing crashes and nothing leaks; every error is a string; after lua_close
** no byte of the state and no descriptor is left. Any allocation of Lua may
** fail.
**
** The binding makes two assumptions about finalizers that run while a call reads
** the tables of a request: they do not change these tables, and they do not
** remove finalizers from metatables through the debug library. This target keeps
** both assumptions.
*/

#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* unsetenv */
#endif

#include "input.h"
#include "listener.h"
#include "values.h"

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_CALLS 60
#define MAX_MEMORY 8000000
#define MAX_DEPTH 3
#define MAX_WAIT 0.0005 /* seconds; a step waits at most this long, so that the fuzzer loses no time */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int luaopen_cbr_core(lua_State *L);

/* The state of the present input. */
static struct {
  input in;
  listener listener;
  int depth;           /* how many finalizers are running inside each other */
  unsigned calls;      /* calls made so far */
  size_t memory;       /* bytes that the Lua state has allocated */
  unsigned until_fail; /* after this many allocations, allocations fail; 0: no allocation fails */
} now;

static void drive(lua_State *L);

/* {======= memory ======= */

static void *allocate(void *user, void *block, size_t old, size_t size) {
  (void)user;
  if (block == NULL) old = 0; /* without a block, Lua's 'old' is the type of the object */
  if (size == 0) {
    free(block);
    now.memory -= old;
    return NULL;
  }
  if (size > old) { /* Lua requires that shrinking never fails */
    if (now.memory + size - old > MAX_MEMORY) return NULL;
    if (now.until_fail > 0 && --now.until_fail < 2) return NULL; /* two fail: Lua tries again after a collection */
  }
  void *moved = realloc(block, size);
  if (moved != NULL) now.memory += size - old;
  return moved;
}

/* }====================================================== */

/* {======= calls ======= */

/* Calls the function that is below 'count' arguments on the stack. Stores the function's first result in a slot. */
static void call(lua_State *L, int count, unsigned slot) {
  int status = lua_pcall(L, count, 1, 0);
  if (status != LUA_OK) {
    PROMISE(status == LUA_ERRRUN || status == LUA_ERRMEM);
    PROMISE(lua_type(L, -1) == LUA_TSTRING);
    lua_pop(L, 1);
    return;
  }
  values_keep(L, slot);
}

/* Does the same as call(), but in a coroutine. */
static void resume(lua_State *L, int count, unsigned slot) {
  lua_State *thread = lua_newthread(L);
  lua_insert(L, -count - 2);
  lua_xmove(L, thread, count + 1);
  int results = 0;
  int status = lua_resume(thread, L, count, &results);
  if (status != LUA_OK) {
    PROMISE(status != LUA_YIELD);
    PROMISE(lua_type(thread, -1) == LUA_TSTRING);
    lua_pop(L, 1);
    return;
  }
  if (results == 0)
    lua_pushnil(L);
  else
    lua_xmove(thread, L, 1); /* takes the last result, while call() takes the first */
  values_keep(L, slot);
  lua_pop(L, 1); /* remove the thread */
}

/* Limits the waiting time at index 'i' to MAX_WAIT. */
static void shorten_wait(lua_State *L, int i) {
  i = lua_absindex(L, i);
  if (lua_isnumber(L, i) && lua_tonumber(L, i) > MAX_WAIT) {
    lua_pushnumber(L, MAX_WAIT);
    lua_replace(L, i);
  }
}

static void call_any(lua_State *L, input *in) {
  static const struct {
    const char *class;
    const char *method; /* if 'class' is NULL: a function of the module */
  } callable[] = {
      {NULL, "pool"},
      {NULL, "sign"},
      {NULL, "keys"},
      {NULL, "monotonic"},
      {NULL, "readable_by_others"},
      {NULL, "read_file"},
      {NULL, "file_problem"},
      {NULL, "poll"},
      {NULL, "bell"},
      {NULL, "date"},
      {NULL, "is_signed_header"},
      {"cbr.bell", "fd"},
      {"cbr.bell", "arm"},
      {"cbr.bell", "ring"},
      {"cbr.bell", "listen"},
      {"cbr.bell", "accept"},
      {"cbr.bell", "close"},
      {"cbr.pool", "start"},
      {"cbr.pool", "step"},
      {"cbr.pool", "in_flight"},
      {"cbr.pool", "close"},
      {"cbr.pool", "fd"},
      {"cbr.pool", "timeout"},
      {"cbr.pool", "ended"},
      {"cbr.keys", "close"},
      {"cbr.transfer", "done"},
      {"cbr.transfer", "finish"},
      {"cbr.transfer", "close"},
      {"cbr.pool", "__tostring"},
      {"cbr.transfer", "__tostring"},
      {"cbr.pool", "__close"},
      {"cbr.transfer", "__close"},
      {"cbr.pool", "__gc"}, /* this and the next four are not called during another call */
      {"cbr.transfer", "__gc"},
      {"cbr.signed_request", "__gc"},
      {"cbr.keys", "__gc"},
      {"cbr.bell", "__gc"},
  };
  unsigned choice = input_choice(in, now.depth > 0 ? COUNT(callable) - 5 : COUNT(callable));
  bool in_thread = input_choice(in, 8) == 1;
  unsigned result = input_choice(in, VALUES_SLOTS);
  const char *class = callable[choice].class, *method = callable[choice].method;
  if (class == NULL) {
    lua_getfield(L, LUA_REGISTRYINDEX, "core");
  } else {
    luaL_getmetatable(L, class);
    if (method[0] != '_') {
      lua_getfield(L, -1, "__index");
      lua_remove(L, -2);
    }
  }
  lua_getfield(L, -1, method);
  lua_remove(L, -2);
  int count = 0;
  if (class != NULL) {
    values_push_slot(L, input_choice(in, VALUES_SLOTS));
    count++;
  }
  for (unsigned more = input_choice(in, 5); more > 0; more--, count++)
    values_push_argument(L, in);
  if ((strcmp(method, "step") == 0 || strcmp(method, "poll") == 0) && count >= 2) shorten_wait(L, -count + 1);
  (in_thread ? resume : call)(L, count, result);
}

/* Calls a method of the value in a slot, if the value is an object. */
static void call_method(lua_State *L, unsigned slot, const char *method, int more, unsigned result) {
  values_push_slot(L, slot);
  if (lua_type(L, -1) != LUA_TUSERDATA || !luaL_getmetafield(L, -1, "__index")) {
    lua_pop(L, 1 + more);
    return;
  }
  lua_getfield(L, -1, method);
  lua_remove(L, -2);
  lua_insert(L, -2 - more);
  lua_insert(L, -1 - more);
  call(L, 1 + more, result);
}

static void respond(input *in) {
  static const char *const responses[] = {
      "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nX-Request-Id: r\r\n\r\ngood",
      "HTTP/1.1 404 \r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort",
      "nonsense\r\n\r\n",
  };
  listener_take(&now.listener);
  unsigned choice = input_choice(in, COUNT(responses) + 2);
  if (choice < COUNT(responses))
    listener_respond(&now.listener, cbr_slice_of(responses[choice]));
  else if (choice == COUNT(responses))
    listener_respond(&now.listener, input_text(in));
  else
    for (size_t i = 0; i < now.listener.count; i++)
      listener_drop(&now.listener.peers[i], true);
}

/* Starts a request, lets the request end, and leaves the transfer in a slot. */
static void start_and_respond(lua_State *L, input *in) {
  unsigned pool = input_choice(in, VALUES_SLOTS), slot = input_choice(in, VALUES_SLOTS);
  values_push_request(L, in);
  call_method(L, pool, "start", 1, slot);
  for (int round = 0; round < 4; round++) {
    call_method(L, pool, "step", 0, VALUES_SLOTS);
    listener_take(&now.listener);
    listener_respond(&now.listener, cbr_slice_of("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nDate: d\r\n\r\ngood"));
  }
}

static void collect(lua_State *L, input *in) {
  if (now.until_fail > 0) return; /* without memory for the call of a finalizer, Lua drops the finalizer */
  switch (input_choice(in, 6)) {
  case 0: lua_gc(L, LUA_GCCOLLECT); break;
  case 1: lua_gc(L, LUA_GCSTEP, (int)input_byte(in)); break;
  case 2: lua_gc(L, LUA_GCGEN, 5, 5); break;
  case 3: lua_gc(L, LUA_GCINC, 1, 1000, 1); break; /* collects as often as possible */
  case 4: lua_gc(L, LUA_GCSTOP); break;
  default: lua_gc(L, LUA_GCRESTART); break;
  }
}

static void drive_once(lua_State *L, input *in) {
  static const char *const methods[] = {"step", "in_flight", "close", "done", "finish", "ended", "timeout"};
  unsigned slot;
  switch (input_choice(in, 11)) {
  case 0:
  case 1: call_any(L, in); break;
  case 2: start_and_respond(L, in); break;
  case 3:
    slot = input_choice(in, VALUES_SLOTS);
    call_method(L, slot, methods[input_choice(in, COUNT(methods))], 0, input_choice(in, VALUES_SLOTS + 1));
    break;
  case 4: respond(in); break;
  case 5: collect(L, in); break;
  case 6:
    values_push(L, in);
    values_keep(L, input_choice(in, VALUES_SLOTS));
    break;
  case 7:
    for (unsigned count = input_choice(in, 32); count > 0; count--) { /* makes garbage, whose finalizers run later */
      values_push_finalized(L);
      lua_pop(L, 1);
    }
    break;
  case 8:
    lua_getfield(L, LUA_REGISTRYINDEX, "core");
    lua_getfield(L, -1, "pool");
    lua_remove(L, -2);
    values_push_options(L, in);
    call(L, 1, input_choice(in, VALUES_SLOTS));
    break;
  case 9: /* lets finalizers run while finish() reads a response */
    slot = input_choice(in, VALUES_SLOTS);
    for (unsigned count = input_choice(in, 12); count > 0; count--) {
      values_push_finalized(L);
      lua_pop(L, 1);
    }
    lua_gc(L, LUA_GCINC, 1, 1000, 20);
    call_method(L, slot, "finish", 0, VALUES_SLOTS);
    break;
  default:
    values_push_slot(L, input_choice(in, VALUES_SLOTS));
    luaL_tolstring(L, -1, NULL);
    lua_pop(L, 2);
    break;
  }
}

/* Makes one call. This function has the form that lua_pcall needs. */
static int drive_protected(lua_State *L) {
  luaL_checkstack(L, 64, "too deep");
  drive_once(L, &now.in);
  return 0;
}

static void drive(lua_State *L) {
  if (now.in.size == 0 || now.calls >= MAX_CALLS || !lua_checkstack(L, 4)) return;
  now.calls++;
  int top = lua_gettop(L);
  lua_pushcfunction(L, drive_protected);
  if (lua_pcall(L, 0, 0, 0) != LUA_OK)
    PROMISE(lua_type(L, -1) == LUA_TSTRING); /* an allocation of this file has failed */
  lua_settop(L, top);
}

static int finalize(lua_State *L) {
  (void)L;
  if (now.depth >= MAX_DEPTH) return 0;
  now.depth++;
  drive(L);
  now.depth--;
  return 0;
}

/* }====================================================== */

static int begin(lua_State *L) {
  luaopen_cbr_core(L);
  lua_setfield(L, LUA_REGISTRYINDEX, "core");
  lua_createtable(L, VALUES_SLOTS, 0);
  lua_setfield(L, LUA_REGISTRYINDEX, "slots");
  return 0;
}

static void open_origins(void) {
  static const char *const proxies[] = {"http_proxy",  "https_proxy", "all_proxy",
                                        "HTTPS_PROXY", "ALL_PROXY",   "no_proxy"};
  static const char *const forms[] = {"http://127.0.0.1:%u",   "HTTP://127.0.0.1:%u", "http://user:word@127.0.0.1:%u",
                                      "http://127.0.0.1:%u/x", "http://127.1:%u",     "socks5://127.0.0.1:%u"};
  for (unsigned i = 0; i < COUNT(proxies); i++)
    unsetenv(proxies[i]);
  values_finalize = finalize;
  listener_open(&now.listener);
  for (unsigned i = 0; i < COUNT(values_origins); i++) {
    char *at = strchr(strcpy(values_origins[i], forms[i]), '%');
    char rest[8] = "";
    snprintf(rest, sizeof rest, "%s", at + 2);
    sprintf(at, "%u%s", now.listener.port, rest);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (now.listener.fd == 0) open_origins();
  now.in = (input){data, size};
  now.depth = 0;
  now.calls = 0;
  now.until_fail = 0;
  unsigned fails = input_byte(&now.in);
  int descriptor = listener_probe();
  lua_State *L = lua_newstate(allocate, NULL);
  PROMISE(L != NULL);
  lua_pushcfunction(L, begin);
  if (fails >= 128) {
    now.until_fail = 2 + (fails - 127) * 8;
    lua_gc(L, LUA_GCSTOP);
  }
  if (lua_pcall(L, 0, 0, 0) == LUA_OK) {
    while (now.in.size > 0 && now.calls < MAX_CALLS)
      drive(L);
  }
  now.in.size = 0; /* so that finalizers make no more calls */
  now.until_fail = 0;
  lua_close(L);
  PROMISE(now.memory == 0);
  listener_reset(&now.listener);
  PROMISE(listener_probe() == descriptor);
  return 0;
}
