/*
** memory.c - makes the n-th allocation of the core, of libcurl or of Lua fail,
** for n = 1, 2, 3 and so on until a run makes fewer than n allocations.
**
** There are two scenarios: one makes C calls, the other uses the Lua module. Each
** scenario runs with three kinds of failure: only the n-th allocation fails, or
** the n-th and the next (Lua tries a second time after a collection), or the n-th
** and all later allocations.
**
** Promises: every call ends with a correct response, or with an error that
** names the lack of memory; nothing hangs or leaks; a POST reaches the server
** at most once. When there is memory again, both the same pool and a new pool
** work.
**
** Usage: memory [core|lua [n [way]]]. Without arguments, everything runs. One
** argument selects a scenario, and two or three arguments select one run.
*/

#include "clock.h"
#include "input.h"
#include "listener.h"
#include "signed_request.h"

#include <curl/curl.h>
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONG_TIMEOUT 30.0 /* seconds; no transfer takes this long */

int luaopen_cbr_core(lua_State *L);

/* {======= memory ======= */

typedef enum failing { ONE, TWO_IN_A_ROW, ALL_THE_REST, WAYS } failing;

/* The counters are atomic, because libcurl may start a thread: without memory for an address, it resolves "127.0.0.1"
** in a thread that can outlive the transfer. */
static struct {
  atomic_bool is_on;
  failing way;
  size_t first;         /* number of the first allocation that fails */
  atomic_size_t asked;  /* number of allocations so far, whether failed or not */
  atomic_size_t failed; /* number of allocations that have failed */
  atomic_size_t live;   /* number of blocks that libcurl and the core have not freed */
} memory;

static bool fails(void) {
  if (!memory.is_on) return false;
  size_t number = ++memory.asked;
  bool now = number >= memory.first;
  if (memory.way == ONE) now = number == memory.first;
  if (memory.way == TWO_IN_A_ROW) now = now && number <= memory.first + 1;
  if (now) memory.failed++;
  return now;
}

static void begin_failing(size_t first, failing way) {
  memory.is_on = true;
  memory.way = way;
  memory.first = first;
  memory.asked = memory.failed = 0;
}

static void end_failing(void) {
  memory.is_on = false;
}

/* The linker replaces malloc, calloc and free by the next functions (--wrap). */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void __real_free(void *block);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void __wrap_free(void *block);

static void *counted(void *block) {
  if (block != NULL) memory.live++;
  return block;
}

void *__wrap_malloc(size_t size) {
  return fails() ? NULL : counted(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size) {
  return fails() ? NULL : counted(__real_calloc(count, size));
}

void __wrap_free(void *block) {
  if (block != NULL) memory.live--;
  __real_free(block);
}

static void *resized(void *block, size_t size) {
  if (fails()) return NULL;
  void *moved = realloc(block, size);
  if (block == NULL) counted(moved);
  return moved;
}

static char *copied(const char *text) {
  size_t size = strlen(text) + 1;
  char *copy = __wrap_malloc(size);
  if (copy != NULL) memcpy(copy, text, size);
  return copy;
}

/* The bytes that Lua has allocated. Lua's allocations are counted in bytes instead of blocks. */
static size_t lua_bytes;

static void *allocate(void *user, void *block, size_t old, size_t size) {
  (void)user;
  if (block == NULL) old = 0;
  if (size > old && fails()) return NULL;
  lua_bytes += size - old;
  if (size == 0) {
    __real_free(block);
    return NULL;
  }
  return realloc(block, size);
}

/* }====================================================== */

static listener server;
static size_t runs, good_responses, error_responses;
static size_t results[CBR_RESULT_NO_MEMORY + 1];
static const char *scenario;

static const char response_text[] = "HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\nX-Request-Id: r-1\r\n"
                                    "Date: Mon\r\nContent-Type: application/json\r\n\r\n"
                                    "4\r\ngood\r\n5\r\n news\r\n0\r\n\r\n";

static void serve(void) {
  listener_take(&server);
  listener_respond(&server, cbr_slice_of(response_text));
}

/* Checks a promise. If the promise does not hold, prints first which allocation failed. */
#define HOLDS(promise)                                                                                                 \
  do {                                                                                                                 \
    if (!(promise)) {                                                                                                  \
      fprintf(stderr, "%s, allocation %zu, way %d: ", scenario, memory.first, (int)memory.way);                        \
      PROMISE(promise);                                                                                                \
    }                                                                                                                  \
  } while (0)

static void check_posts(void) {
  for (int i = 0; i < 8; i++) {
    char line[32];
    snprintf(line, sizeof line, "POST /r%d/", i);
    HOLDS(listener_count(&server, line) <= 1);
  }
}

/* {======= C calls ======= */

static cbr_transfer *core_start(cbr_pool *pool, const char *method, int number) {
  char origin[64], path[32];
  snprintf(origin, sizeof origin, "http://127.0.0.1:%u", server.port);
  snprintf(path, sizeof path, "/r%d/a b", number);
  cbr_pair query[] = {{cbr_slice_of("name"), cbr_slice_of("value")}, {cbr_slice_of("a"), cbr_slice_of("b")}};
  cbr_pair headers[2 + CBR_EXTRA_HEADERS] = {{cbr_slice_of("Accept"), cbr_slice_of("*/*")},
                                             {cbr_slice_of("X-Empty"), cbr_slice_of("")}};
  cbr_signed_request o = {
      .method = cbr_slice_of(method),
      .host = cbr_origin_host(cbr_slice_of(origin)),
      .path = cbr_slice_of(path),
      .query = query,
      .query_count = 2,
      .headers = headers,
      .header_count = 2,
      .is_signed = true,
      .keys = {cbr_slice_of(number % 2 == 0 ? "V11-HMAC-SHA256" : "SDK-HMAC-SHA256"), cbr_slice_of("AK"),
               cbr_slice_of("SK"), cbr_slice_of("eu-de"), cbr_slice_of("cbr"),
               number % 3 == 0 ? NULL : cbr_signer_cache_new()},
      .date = cbr_slice_of("20240102T030405Z"),
      .project_id = cbr_slice_of("p"),
  };
  if (method[0] == 'P') o.body = cbr_slice_of("{\"replicate\":1}");
  cbr_transfer *t = NULL;
  cbr_signer_status status = cbr_signed_request_make(&o, CBR_SIGN_COVERED_HEADERS);
  HOLDS(status == CBR_SIGNER_OK || status == CBR_SIGNER_NO_MEMORY);
  if (status == CBR_SIGNER_OK) {
    cbr_request request = cbr_signed_request_to_send(&o, cbr_slice_of(origin));
    request.timeout = request.connect_timeout = LONG_TIMEOUT;
    cbr_result result = cbr_pool_start(pool, &request, &t);
    HOLDS(result == CBR_RESULT_OK ? t != NULL : t == NULL);
    HOLDS(result == CBR_RESULT_OK || result == CBR_RESULT_NO_MEMORY);
  }
  cbr_signed_request_free(&o);
  cbr_signer_cache_free(o.keys.cache);
  return t;
}

/* Checks that a transfer has a correct response, or an error that a lack of memory explains. Returns true for a
** response. */
static bool core_finish(cbr_transfer *t, const char *method, int number) {
  if (t == NULL) return false;
  HOLDS(cbr_transfer_is_done(t));
  cbr_response a = cbr_transfer_response(t);
  char line[32];
  snprintf(line, sizeof line, "%s /r%d/", method, number);
  listener_take(&server);
  if (listener_count(&server, line) > 0) HOLDS(a.reach != CBR_REACH_NOT_SENT);
  results[a.result]++;
  bool is_good = a.result == CBR_RESULT_OK;
  if (is_good) {
    HOLDS(a.status == 202 && a.body.size == 9 && memcmp(a.body.data, "good news", 9) == 0);
    HOLDS(a.headers[CBR_HEADER_REQUEST_ID].size == 3);
  } else {
    if (a.result == CBR_RESULT_TOO_LARGE) /* a header line was too long, or memory ran out */
      HOLDS(a.reach != CBR_REACH_NOT_SENT && strstr(a.reason, "or memory ran out") != NULL);
    else
      HOLDS(a.result == CBR_RESULT_NO_MEMORY || a.result == CBR_RESULT_CONNECT || a.result == CBR_RESULT_NETWORK);
    HOLDS(a.reason != NULL && a.reason[0] != '\0');
  }
  *(is_good ? &good_responses : &error_responses) += 1;
  cbr_transfer_free(t);
  return is_good;
}

static void core_await(cbr_pool *pool, cbr_transfer *const *transfers, int count) {
  double began = cbr_clock_monotonic();
  int round = 0;
  for (int i = 0; i < count; i++)
    while (transfers[i] != NULL && !cbr_transfer_is_done(transfers[i])) {
      cbr_pool_step(pool, round++ < 50 ? 0 : 0.001);
      serve();
      HOLDS(cbr_clock_monotonic() - began < LONG_TIMEOUT);
    }
}

static bool core_one(cbr_pool *pool, const char *method, int number) {
  cbr_transfer *t = core_start(pool, method, number);
  core_await(pool, &t, 1);
  return core_finish(t, method, number);
}

/* Runs the scenario of C calls. Returns how many requests got a response. */
static int run_core(void) {
  int good = 0;
  cbr_pool_options options = {.proxy = "",
                              .plain_proxy = "",
                              .no_proxy = "a",
                              .user_agent = "cbr",
                              .max_body = 1000,
                              .max_head = 4096,
                              .max_connections = 2};
  cbr_pool *pool = cbr_pool_open(&options);
  if (pool == NULL) {
    HOLDS(memory.failed > 0);
    return 0;
  }
  cbr_transfer *both[2] = {core_start(pool, "POST", 1), core_start(pool, "GET", 2)};
  core_await(pool, both, 2);
  good += core_finish(both[0], "POST", 1);
  good += core_finish(both[1], "GET", 2);
  good += core_one(pool, "POST", 3); /* this request uses an open connection */
  cbr_transfer *cancelled = core_start(pool, "POST", 4);
  cbr_pool_step(pool, 0);
  if (cancelled != NULL) cbr_transfer_cancel(cancelled);
  cbr_transfer_free(cancelled);
  good += core_one(pool, "GET", 5);
  cbr_transfer *left = core_start(pool, "POST", 6);
  cbr_pool_step(pool, 0);
  if (memory.way != ALL_THE_REST || memory.first == 0) {
    end_failing();
    HOLDS(core_one(pool, "POST", 7)); /* the same pool works when there is memory again */
    good++;
  }
  cbr_pool_close(pool);
  if (left != NULL) HOLDS(cbr_transfer_is_done(left));
  cbr_transfer_free(left);
  end_failing();
  return good;
} /* run_core() */

/* }====================================================== */

/* {======= through Lua ======= */

static int lua_serve(lua_State *L) {
  (void)L;
  serve();
  return 0;
}

static const char script[] =
    "local core, origin, serve, kept = ...\n"
    "local keys = { access_key = 'AK', secret_key = 'SK', project_id = 'p', security_token = 't' }\n"
    "local date = '20240102T030405Z'\n"
    "local function start(method, number)\n"
    "  return kept.pool:start({ method = method, origin = origin, path = '/r' .. number .. '/a b',\n"
    "    query = { name = 'value', list = { 'b', 'a' } }, headers = { ['X-Empty'] = '' },\n"
    "    body = method == 'POST' and '{}' or nil, timeout = 30, connect_timeout = 30 }, keys, date)\n"
    "end\n"
    "local function finish(t)\n"
    "  local began, round = core.monotonic(), 0\n"
    "  while not t:done() do\n"
    "    round = round + 1\n"
    "    kept.pool:step(round < 50 and 0 or 0.001)\n"
    "    serve()\n"
    "    if core.monotonic() - began > 30 then error 'HANGS' end\n"
    "  end\n"
    "  local response = t:finish()\n"
    "  if response.result ~= 'ok' then error('response: ' .. response.result .. ': ' .. response.reason) end\n"
    "  if response.body ~= 'good news' or response.status ~= 202 or response.headers['x-request-id'] ~= 'r-1' then\n"
    "    error 'WRONG RESPONSE'\n"
    "  end\n"
    "end\n"
    "local function one(method, number)\n"
    "  local t, result, reason = start(method, number)\n"
    "  if not t then error('start: ' .. result .. ': ' .. reason) end\n"
    "  kept[number] = t\n"
    "  finish(t)\n"
    "end\n"
    "function kept.last() one('POST', 7) return true end\n"
    "kept.pool = core.pool { max_body = 1000, max_head = 4096, proxy = '', user_agent = 'cbr' }\n"
    "local signed = core.sign({ method = 'GET', host = 'h', path = '/', query = { a = 'b' } }, keys, date)\n"
    "if not core.read_file('/proc/self/status', 65536) then error 'UNREAD FILE' end\n"
    "if #signed.signature ~= 64 then error 'WRONG SIGNATURE' end\n"
    "local a, b = start('POST', 1), start('GET', 2)\n"
    "kept[1], kept[2] = a, b\n"
    "if a then finish(a) end\n"
    "if b then finish(b) end\n"
    "one('POST', 3)\n"
    "local t = start('POST', 4)\n"
    "kept.pool:step(0)\n"
    "if t then t:close() end\n"
    "if tostring(kept.pool):sub(1, 8) ~= 'cbr.pool' then error 'WRONG NAME' end\n"
    "kept.done = true\n";

/* Loads the libraries that the script needs, and runs the script. */
static int lua_scenario(lua_State *L) {
  luaL_requiref(L, "_G", luaopen_base, 1);
  luaL_requiref(L, "string", luaopen_string, 1);
  lua_settop(L, 1);
  if (luaL_loadbuffer(L, script, sizeof script - 1, "=script") != LUA_OK) return lua_error(L);
  lua_pushcfunction(L, luaopen_cbr_core);
  lua_call(L, 0, 1);
  lua_pushfstring(L, "http://127.0.0.1:%d", (int)server.port);
  lua_pushcfunction(L, lua_serve);
  lua_pushvalue(L, 1);
  lua_call(L, 4, 0);
  return 0;
}

static void check_raised(lua_State *L) {
  HOLDS(lua_type(L, -1) == LUA_TSTRING);
  const char *message = lua_tostring(L, -1);
  bool explained = strstr(message, "not enough memory") != NULL || strstr(message, "response: ") != NULL;
  if (!explained || getenv("SHOW") != NULL) fprintf(stderr, "raised: %s\n", message);
  HOLDS(explained);
  HOLDS(memory.failed > 0);
}

/* Checks that every object that the script made can still be used and closed. */
static void check_objects(lua_State *L) {
  for (int i = 1; i <= 4; i++) {
    lua_rawgeti(L, 1, i);
    if (!lua_isnil(L, -1)) {
      luaL_tolstring(L, -1, NULL);
      lua_pop(L, 1);
      lua_getfield(L, -1, "close");
      lua_insert(L, -2);
      HOLDS(lua_pcall(L, 1, 0, 0) == LUA_OK);
    } else {
      lua_pop(L, 1);
    }
  }
  lua_getfield(L, 1, "pool");
  if (lua_isnil(L, -1)) return;
  lua_getfield(L, 1, "last");
  if (lua_pcall(L, 0, 1, 0) != LUA_OK) {
    fprintf(stderr, "raised: %s\n", lua_tostring(L, -1));
    HOLDS(lua_isnil(L, -1)); /* the same pool works when there is memory again */
  }
}

/* Runs the scenario in Lua. Returns 1 if the script ran to its end. */
static int run_lua(void) {
  lua_State *L = lua_newstate(allocate, NULL);
  if (L == NULL) {
    HOLDS(memory.failed > 0);
    end_failing();
    return 0;
  }
  bool has_table = lua_checkstack(L, 20);
  int done = 0;
  end_failing(); /* no more failures: what follows is not a protected call */
  if (has_table) {
    lua_newtable(L);
    lua_pushcfunction(L, lua_scenario);
    lua_pushvalue(L, 1);
    memory.is_on = memory.first > 0;
    int status = lua_pcall(L, 1, 0, 0);
    if (status != LUA_OK) check_raised(L);
    end_failing();
    lua_settop(L, 1);
    lua_getfield(L, 1, "done");
    done = lua_toboolean(L, -1);
    check_objects(L);
  }
  lua_close(L);
  return done;
}

/* }====================================================== */

/* Whether no block leaked, once libcurl's remaining threads have ended. */
static bool nothing_leaked(size_t live) {
  for (int round = 0; memory.live != live && round < 10000; round++)
    poll(NULL, 0, 1);
  return memory.live == live;
}

/* Runs a scenario in which the n-th allocation fails. Returns whether there was an n-th allocation. */
static bool run_failing(int (*run)(void), size_t first, failing way, int whole) {
  size_t live = memory.live;
  int descriptor = listener_probe();
  begin_failing(first, way);
  (void)run();
  end_failing();
  bool reached = memory.failed > 0;
  HOLDS(nothing_leaked(live));
  HOLDS(lua_bytes == 0);
  check_posts();
  listener_reset(&server);
  memory.first = 0;
  memory.failed = 0;
  HOLDS(run() == whole); /* the second run has enough memory */
  HOLDS(nothing_leaked(live));
  check_posts();
  listener_reset(&server);
  HOLDS(listener_probe() == descriptor);
  memory.failed = reached;
  runs++;
  return reached;
}

static void fail_each(const char *name, int (*run)(void), int whole) {
  scenario = name;
  memory.way = ONE;
  for (int i = 0; i < 2; i++) { /* the first runs make the allocations that are made once per process */
    HOLDS(run() == whole);
    listener_reset(&server);
  }
  for (int w = ONE; w < WAYS; w++) {
    size_t n = 1;
    while (run_failing(run, n, (failing)w, whole))
      n++;
    printf(
        "ok: %s: %zu allocations, %s\n", name, n - 1,
        (const char *const[]){"each failed alone", "each failed with the next", "each failed with all later ones"}[w]);
  }
}

int main(int count, char **arguments) {
  listener_open(&server);
  if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, __wrap_malloc, __wrap_free, resized, copied, __wrap_calloc) != CURLE_OK)
    return 2;
  const char *only = count > 1 ? arguments[1] : "";
  if (count > 2) {
    bool is_lua = strcmp(only, "lua") == 0;
    scenario = only;
    (void)(is_lua ? run_lua : run_core)();
    listener_reset(&server);
    run_failing(is_lua ? run_lua : run_core, strtoul(arguments[2], NULL, 10),
                (failing)(count > 3 ? strtoul(arguments[3], NULL, 10) : 0), is_lua ? 1 : 5);
    puts("passed");
    return 0;
  }
  if (strcmp(only, "lua") != 0) fail_each("core", run_core, 5);
  if (strcmp(only, "core") != 0) fail_each("lua", run_lua, 1);
  printf("%zu runs; transfers of the C calls: %zu with a response, %zu with an error:", runs, good_responses,
         error_responses);
  for (size_t i = 0; i < sizeof results / sizeof *results; i++)
    if (results[i] > 0 && i != CBR_RESULT_OK) printf(" %zu of result %zu", results[i], i);
  printf("\n");
  return 0;
}
