/*
** binding.c - the Lua module cbr.core: signatures, pools and transfers.
** The only file that includes Lua's headers.
**
** Three rules hold throughout: an object is a valid, closed userdata before it
** owns anything; no C memory outside of a userdata is held across a call that
** can raise; no C callback enters Lua.
*/

#include "compat.h"
#include "outgoing.h"
#include "process.h"
#include "transport.h"

#include <nettle/version.h> /* NETTLE_VERSION_MAJOR */
#include <string.h>         /* memset */

#define POOL_CLASS "cbr.pool"
#define TRANSFER_CLASS "cbr.transfer"
#define OUTGOING_CLASS "cbr.outgoing"

/* {======= reading tables ======= */

/* Pushes t[name] without metamethods: what is read stays anchored in the table. */
static void raw_field(lua_State *L, int t, const char *name) {
  lua_pushstring(L, name);
  lua_rawget(L, t);
}

/* A string field as a slice that lives as long as the table; absent: data NULL. */
static slice optional_text(lua_State *L, int t, const char *name) {
  slice s = {NULL, 0};
  raw_field(L, t, name);
  if (lua_type(L, -1) == LUA_TSTRING)
    s.data = lua_tolstring(L, -1, &s.size);
  else if (!lua_isnil(L, -1))
    luaL_error(L, "field '%s' must be a string, not a %s", name, luaL_typename(L, -1));
  lua_pop(L, 1); /* remove the value */
  return s;
}

static slice required_text(lua_State *L, int t, const char *name) {
  slice s = optional_text(L, t, name);
  if (s.data == NULL) luaL_error(L, "field '%s' is missing", name);
  return s;
}

static lua_Number number_field(lua_State *L, int t, const char *name, lua_Number fallback) {
  raw_field(L, t, name);
  if (!lua_isnil(L, -1) && lua_type(L, -1) != LUA_TNUMBER) luaL_error(L, "field '%s' must be a number", name);
  lua_Number n = lua_isnil(L, -1) ? fallback : lua_tonumber(L, -1);
  lua_pop(L, 1); /* remove the value */
  return n;
}

/* A number field that counts something: 0 for one below 0 and for NaN, at most 2^31 - 1. */
static long count_field(lua_State *L, int t, const char *name) {
  lua_Number n = number_field(L, t, name, 0);
  if (!(n > 0)) return 0;
  return n < 2147483647.0 ? (long)n : 2147483647L;
}

static bool flag_field(lua_State *L, int t, const char *name) {
  raw_field(L, t, name);
  bool flag = lua_toboolean(L, -1);
  lua_pop(L, 1); /* remove the value */
  return flag;
}

/* The string at 'i', which must be one and not a number: a number would be
** turned into a string that nothing anchors. */
static slice text_at(lua_State *L, int i, const char *what) {
  if (lua_type(L, i) != LUA_TSTRING) luaL_error(L, "%s must be a string, not a %s", what, luaL_typename(L, i));
  slice s;
  s.data = lua_tolstring(L, i, &s.size);
  return s;
}

/* Pushes t[name] and checks that it is a table or nil; -> its index, 0 for nil. */
static int optional_table(lua_State *L, int t, const char *name) {
  raw_field(L, t, name);
  if (lua_isnil(L, -1)) return 0;
  if (!lua_istable(L, -1)) luaL_error(L, "field '%s' must be a table", name);
  return lua_gettop(L);
}

/* An array of pairs as a userdata, pushed. */
static pair *new_pairs(lua_State *L, size_t count) {
  return lua_newuserdata(L, (count > 0 ? count : 1) * sizeof(pair));
}

/* Pushes the pairs of t.query: name -> value, or name -> list of values. */
static pair *read_query(lua_State *L, int t, size_t *count) {
  int query = optional_table(L, t, "query");
  size_t room = 0;
  *count = 0;
  if (query != 0)
    for (lua_pushnil(L); lua_next(L, query); lua_pop(L, 1))
      room += lua_istable(L, -1) ? compat_rawlen(L, -1) : 1;
  pair *pairs = new_pairs(L, room);
  if (query == 0) return pairs;
  for (lua_pushnil(L); lua_next(L, query); lua_pop(L, 1)) {
    slice name = text_at(L, -2, "a query's name");
    if (!lua_istable(L, -1)) {
      pairs[(*count)++] = (pair){name, text_at(L, -1, "a query's value")};
      continue;
    }
    size_t length = compat_rawlen(L, -1);
    for (size_t i = 1; i <= length; i++) {
      lua_rawgeti(L, -1, (int)i);
      pairs[(*count)++] = (pair){name, text_at(L, -1, "a query's value")};
      lua_pop(L, 1); /* remove the value; its list anchors it */
    }
  }
  return pairs;
}

/* Pushes the pairs of t.headers: name -> value, with room for ours. */
static pair *read_headers(lua_State *L, int t, size_t *count) {
  int headers = optional_table(L, t, "headers");
  size_t room = OUTGOING_EXTRA_HEADERS;
  *count = 0;
  if (headers != 0)
    for (lua_pushnil(L); lua_next(L, headers); lua_pop(L, 1))
      room++;
  pair *pairs = new_pairs(L, room);
  if (headers != 0)
    for (lua_pushnil(L); lua_next(L, headers); lua_pop(L, 1))
      pairs[(*count)++] = (pair){text_at(L, -2, "a header's name"), text_at(L, -1, "a header's value")};
  return pairs;
}

/* }====================================================== */

/* {======= requests and signatures ======= */

/* A request's buffers live in a userdata, so that a raise loses none of them. */
static int outgoing_gc(lua_State *L) {
  outgoing_free(luaL_checkudata(L, 1, OUTGOING_CLASS));
  return 0;
}

/* Reads the request at 'r' and the credentials at 'c' (nil: unsigned). Leaves
** on the stack what anchors them. */
static outgoing *read_outgoing(lua_State *L, int r, int c, int date) {
  luaL_checktype(L, r, LUA_TTABLE);
  luaL_checkstack(L, 16, "too many values");
  outgoing *o = lua_newuserdata(L, sizeof *o);
  memset(o, 0, sizeof *o);
  compat_setmetatable(L, OUTGOING_CLASS);
  o->method = required_text(L, r, "method");
  o->path = required_text(L, r, "path");
  o->body = optional_text(L, r, "body");
  o->query = read_query(L, r, &o->query_count);
  o->headers = read_headers(L, r, &o->header_count);
  if (lua_isnoneornil(L, c)) return o;
  luaL_checktype(L, c, LUA_TTABLE);
  o->is_signed = true;
  o->keys.access_key = required_text(L, c, "access_key");
  o->keys.secret_key = required_text(L, c, "secret_key");
  o->keys.algorithm = optional_text(L, c, "algorithm");
  if (o->keys.algorithm.data == NULL) o->keys.algorithm = slice_of("SDK-HMAC-SHA256");
  o->keys.region = optional_text(L, c, "region");
  o->keys.service = optional_text(L, c, "service");
  o->security_token = optional_text(L, c, "security_token");
  o->project_id = optional_text(L, c, "project_id");
  o->domain_id = optional_text(L, c, "domain_id");
  o->date = text_at(L, date, "the date");
  return o;
}

static void set_text(lua_State *L, const char *name, slice value) {
  lua_pushlstring(L, value.data != NULL ? value.data : "", value.size);
  lua_setfield(L, -2, name);
}

/*
** core.sign(request, credentials, date)
** request: {method, host, path, query?, headers?, body?}; every header is signed.
** -> table of all stages, or nil and a reason.
*/
static int core_sign(lua_State *L) {
  lua_settop(L, 3);
  luaL_checktype(L, 2, LUA_TTABLE);
  outgoing *o = read_outgoing(L, 1, 2, 3);
  o->host = required_text(L, 1, "host");
  signer_status status = outgoing_make(o, OUTGOING_SIGN_ALL);
  if (status == SIGNER_NO_MEMORY) return luaL_error(L, "not enough memory");
  if (status != SIGNER_OK) {
    lua_pushnil(L);
    lua_pushstring(L, signer_reason(status));
    return 2;
  }
  lua_createtable(L, 0, 8);
  set_text(L, "url_path", buffer_slice(&o->url_path));
  set_text(L, "query_string", buffer_slice(&o->query_string));
  set_text(L, "canonical_request", buffer_slice(&o->signer.canonical_request));
  set_text(L, "signed_headers", buffer_slice(&o->signer.signed_headers));
  set_text(L, "string_to_sign", buffer_slice(&o->signer.string_to_sign));
  set_text(L, "signature", buffer_slice(&o->signer.signature));
  set_text(L, "authorization", buffer_slice(&o->signer.authorization));
  lua_createtable(L, 0, (int)o->header_count);
  for (size_t i = 0; i < o->header_count; i++) {
    slice value = slice_trim(o->headers[i].value); /* as it is sent */
    lua_pushlstring(L, o->headers[i].name.data, o->headers[i].name.size);
    lua_pushlstring(L, value.data, value.size);
    lua_rawset(L, -3);
  }
  lua_setfield(L, -2, "headers");
  return 1;
}

/* }====================================================== */

/* {======= transfers ======= */

static const char *const result_names[] = {
    [TRANSPORT_OK] = "ok",
    [TRANSPORT_CONNECT] = "connect",
    [TRANSPORT_TLS] = "tls",
    [TRANSPORT_TIMEOUT] = "timeout",
    [TRANSPORT_NETWORK] = "network",
    [TRANSPORT_TOO_LARGE] = "too_large",
    [TRANSPORT_PROTOCOL] = "protocol",
    [TRANSPORT_CANCELLED] = "cancelled",
    [TRANSPORT_FORKED] = "forked",
    [TRANSPORT_BAD_URL] = "bad_url",
    [TRANSPORT_NO_MEMORY] = "no_memory",
};

static const char *const reach_names[] = {
    [TRANSPORT_NOT_SENT] = "not_sent",
    [TRANSPORT_SENT] = "sent",
    [TRANSPORT_ANSWERED] = "answered",
};

typedef struct transfer {
  transport_transfer *handle; /* NULL: closed */
  bool is_read;               /* its answer is being made into Lua values: a finalizer may not close it now */
} transfer;

static transfer *to_transfer(lua_State *L) {
  transfer *t = luaL_checkudata(L, 1, TRANSFER_CLASS);
  if (t->handle == NULL) luaL_error(L, "attempt to use a closed transfer");
  return t;
}

static void close_transfer(transfer *t) {
  transport_free(t->handle);
  t->handle = NULL;
}

/* transfer:close(): cancels what is under way */
static int transfer_close(lua_State *L) {
  transfer *t = luaL_checkudata(L, 1, TRANSFER_CLASS);
  if (!t->is_read) close_transfer(t);
  return 0;
}

static int transfer_gc(lua_State *L) {
  close_transfer(luaL_checkudata(L, 1, TRANSFER_CLASS));
  return 0;
}

/* transfer:done() -> boolean */
static int transfer_done(lua_State *L) {
  lua_pushboolean(L, transport_is_done(to_transfer(L)->handle));
  return 1;
}

/*
** transfer:finish() -> answer {result, reason?, reach, status?, headers, body,
** seconds, sent, reused}. Raises on one that is under way. Closes the transfer.
*/
static int transfer_finish(lua_State *L) {
  transfer *t = to_transfer(L);
  if (!transport_is_done(t->handle)) return luaL_error(L, "attempt to finish a transfer that is under way");
  transport_answer answer = transport_finish(t->handle);
  t->is_read = true; /* every allocation below may run finalizers */
  lua_createtable(L, 0, 9);
  lua_pushstring(L, result_names[answer.result]);
  lua_setfield(L, -2, "result");
  lua_pushstring(L, reach_names[answer.reach]);
  lua_setfield(L, -2, "reach");
  if (answer.result != TRANSPORT_OK) {
    lua_pushstring(L, answer.reason);
    lua_setfield(L, -2, "reason");
  }
  if (answer.status != 0) {
    lua_pushinteger(L, (lua_Integer)answer.status);
    lua_setfield(L, -2, "status");
  }
  set_text(L, "body", answer.body);
  lua_createtable(L, 0, TRANSPORT_HEADERS);
  for (size_t i = 0; i < TRANSPORT_HEADERS; i++)
    if (answer.headers[i].data != NULL) set_text(L, transport_header_names[i], answer.headers[i]);
  lua_setfield(L, -2, "headers");
  lua_pushnumber(L, answer.seconds);
  lua_setfield(L, -2, "seconds");
  lua_pushinteger(L, (lua_Integer)answer.sent);
  lua_setfield(L, -2, "sent");
  lua_pushboolean(L, answer.reused);
  lua_setfield(L, -2, "reused");
  close_transfer(t);
  return 1;
}

static int transfer_tostring(lua_State *L) {
  const transfer *t = luaL_checkudata(L, 1, TRANSFER_CLASS);
  if (t->handle == NULL)
    lua_pushliteral(L, "cbr.transfer (closed)");
  else
    lua_pushfstring(L, "cbr.transfer (%s)", transport_is_done(t->handle) ? "done" : "under way");
  return 1;
}

/* }====================================================== */

/* {======= pools ======= */

typedef struct pool {
  transport_pool *handle; /* NULL: closed */
} pool;

static pool *to_pool(lua_State *L) {
  pool *p = luaL_checkudata(L, 1, POOL_CLASS);
  if (p->handle == NULL) luaL_error(L, "attempt to use a closed pool");
  return p;
}

/* pool:close(), and its finalizer: transfers under way end as cancelled */
static int pool_close(lua_State *L) {
  pool *p = luaL_checkudata(L, 1, POOL_CLASS);
  transport_close(p->handle);
  p->handle = NULL;
  return 0;
}

/*
** core.pool(options) -> pool
** options: {ca_file?, ca_path?, proxy?, no_proxy?, user_agent?, max_body,
** max_head, max_connections?, accept_any_certificate?}; sizes in bytes.
*/
static int core_pool(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  transport_options options = {
      .ca_file = optional_text(L, 1, "ca_file").data,
      .ca_path = optional_text(L, 1, "ca_path").data,
      .proxy = optional_text(L, 1, "proxy").data,
      .no_proxy = optional_text(L, 1, "no_proxy").data,
      .user_agent = optional_text(L, 1, "user_agent").data,
      .max_body = (size_t)count_field(L, 1, "max_body"),
      .max_head = (size_t)count_field(L, 1, "max_head"),
      .max_connections = count_field(L, 1, "max_connections"),
      .accept_any_certificate = flag_field(L, 1, "accept_any_certificate"),
  };
  pool *p = lua_newuserdata(L, sizeof *p);
  p->handle = NULL;
  compat_setmetatable(L, POOL_CLASS);
  p->handle = transport_open(&options);
  if (p->handle == NULL) return luaL_error(L, "not enough memory");
  return 1;
}

/*
** pool:start(request [, credentials, date]) -> transfer, or nil, result, reason
** request: {method, origin, path, query?, headers?, body?, timeout,
** connect_timeout}; seconds. With credentials it is signed, over host,
** content-type and every x-* header; the date is YYYYMMDDThhmmssZ.
*/
static int pool_start(lua_State *L) {
  (void)to_pool(L);
  lua_settop(L, 4);
  outgoing *o = read_outgoing(L, 2, 3, 4);
  slice origin = required_text(L, 2, "origin");
  lua_Number timeout = number_field(L, 2, "timeout", 60);
  lua_Number connect_timeout = number_field(L, 2, "connect_timeout", 10);
  o->host = outgoing_host(origin);
  if (o->host.data == NULL) return luaL_error(L, "field 'origin' must be scheme://host");
  transfer *t = lua_newuserdata(L, sizeof *t);
  *t = (transfer){0};
  compat_setmetatable(L, TRANSFER_CLASS);
  pool *p = to_pool(L); /* only now: what was allocated may have run a finalizer that closed it */

  transport_result result = TRANSPORT_NO_MEMORY;
  signer_status status = outgoing_make(o, OUTGOING_SIGN_FIRM);
  if (status == SIGNER_OK) {
    transport_request request = outgoing_request(o, origin);
    request.timeout = timeout;
    request.connect_timeout = connect_timeout;
    result = transport_start(p->handle, &request, &t->handle);
  }
  outgoing_free(o); /* now, and not when the collector comes by */
  if (result == TRANSPORT_OK) return 1;

  lua_pushnil(L);
  if (status == SIGNER_OK || status == SIGNER_NO_MEMORY) {
    lua_pushstring(L, result_names[result]);
    lua_pushstring(L, result == TRANSPORT_NO_MEMORY ? "not enough memory" : "libcurl cannot read the URL");
  } else {
    lua_pushliteral(L, "bad_request");
    lua_pushstring(L, signer_reason(status));
  }
  return 3;
} /* pool_start() */

/* pool:step([seconds]) -> how many transfers are in flight; waits at most that long */
static int pool_step(lua_State *L) {
  pool *p = to_pool(L);
  lua_Number seconds = luaL_optnumber(L, 2, 0);
  lua_pushinteger(L, (lua_Integer)transport_step(p->handle, seconds));
  return 1;
}

/* pool:in_flight() -> how many transfers are in flight */
static int pool_in_flight(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)transport_in_flight(to_pool(L)->handle));
  return 1;
}

static int pool_tostring(lua_State *L) {
  const pool *p = luaL_checkudata(L, 1, POOL_CLASS);
  if (p->handle == NULL)
    lua_pushliteral(L, "cbr.pool (closed)");
  else
    lua_pushfstring(L, "cbr.pool (%d in flight)", (int)transport_in_flight(p->handle));
  return 1;
}

/* }====================================================== */

static const luaL_Reg pool_methods[] = {
    {"start", pool_start}, {"step", pool_step}, {"in_flight", pool_in_flight}, {"close", pool_close}, {NULL, NULL},
};

static const luaL_Reg pool_metamethods[] = {
    {"__gc", pool_close}, {"__close", pool_close}, {"__tostring", pool_tostring}, {NULL, NULL}};

static const luaL_Reg transfer_methods[] = {
    {"done", transfer_done}, {"finish", transfer_finish}, {"close", transfer_close}, {NULL, NULL}};

static const luaL_Reg transfer_metamethods[] = {
    {"__gc", transfer_gc}, {"__close", transfer_close}, {"__tostring", transfer_tostring}, {NULL, NULL}};

static const luaL_Reg outgoing_metamethods[] = {{"__gc", outgoing_gc}, {NULL, NULL}};

/* core.monotonic() -> seconds since some moment; no clock change moves it */
static int core_monotonic(lua_State *L) {
  lua_pushnumber(L, process_monotonic());
  return 1;
}

/* core.readable_by_others(file) -> boolean, or nil where there is no such file */
static int core_readable_by_others(lua_State *L) {
  int readable = process_readable_by_others(luaL_checkstring(L, 1));
  if (readable < 0)
    lua_pushnil(L);
  else
    lua_pushboolean(L, readable);
  return 1;
}

static const luaL_Reg core_functions[] = {{"pool", core_pool},
                                          {"sign", core_sign},
                                          {"monotonic", core_monotonic},
                                          {"readable_by_others", core_readable_by_others},
                                          {NULL, NULL}};

static void new_class(lua_State *L, const char *name, const luaL_Reg *metamethods, const luaL_Reg *methods) {
  luaL_newmetatable(L, name);
  compat_setfuncs(L, metamethods);
  lua_pushstring(L, name);
  lua_setfield(L, -2, "__name");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable"); /* a finalizer is not for callers */
  if (methods != NULL) {
    lua_newtable(L);
    compat_setfuncs(L, methods);
    lua_setfield(L, -2, "__index");
  }
  lua_pop(L, 1); /* remove the metatable */
}

LUALIB_API int luaopen_cbr_core(lua_State *L);
LUALIB_API int luaopen_cbr_core(lua_State *L) {
  process_pin();
  new_class(L, OUTGOING_CLASS, outgoing_metamethods, NULL);
  new_class(L, POOL_CLASS, pool_metamethods, pool_methods);
  new_class(L, TRANSFER_CLASS, transfer_metamethods, transfer_methods);
  lua_newtable(L);
  compat_setfuncs(L, core_functions);
  lua_pushfstring(L, "libcurl/%s %s nettle/%d.%d", transport_version(), transport_tls(), NETTLE_VERSION_MAJOR,
                  NETTLE_VERSION_MINOR);
  lua_setfield(L, -2, "libraries");
  return 1;
}
