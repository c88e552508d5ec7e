/*
** lua_core.c - the Lua module cbr.core: signatures, pools and transfers.
** No other file includes Lua's headers, but for what it reads tables with.
**
** Three rules hold throughout: an object is a valid, closed userdata before it
** owns anything; no C memory outside of a userdata is held across a call that
** can raise; no C callback enters Lua.
*/

#include "linux.h"

#include "alarm.h"
#include "clock.h"
#include "compat.h"
#include "curl_setup.h"
#include "file_mode.h"
#include "lua_arguments.h"
#include "signed_request.h"
#include "transport.h"

#include <errno.h>          /* errno */
#include <nettle/version.h> /* NETTLE_VERSION_MAJOR */
#include <poll.h>           /* poll */
#include <string.h>         /* memset strerror */

#define POOL_CLASS "cbr.pool"
#define TRANSFER_CLASS "cbr.transfer"
#define SIGNED_REQUEST_CLASS "cbr.signed_request"
#define MOST_POLLED 1000000 /* descriptors; more than a process may open */
#define ALARM_CLASS "cbr.alarm"

/* {======= requests and signatures ======= */

/* A request's buffers live in a userdata, so that a raise loses none of them. */
static int request_gc(lua_State *L) {
  cbr_signed_request_free(luaL_checkudata(L, 1, SIGNED_REQUEST_CLASS));
  return 0;
}

/* Reads the request at 'r' and the credentials at 'c' (nil: unsigned). Leaves
** on the stack what anchors them. */
static cbr_signed_request *read_request(lua_State *L, int r, int c, int date) {
  luaL_checktype(L, r, LUA_TTABLE);
  luaL_checkstack(L, 16, "too many values");
  cbr_signed_request *o = lua_newuserdata(L, sizeof *o);
  memset(o, 0, sizeof *o);
  cbr_setmetatable(L, SIGNED_REQUEST_CLASS);
  o->method = cbr_required_text(L, r, "method");
  o->path = cbr_required_text(L, r, "path");
  o->body = cbr_optional_text(L, r, "body");
  o->query = cbr_read_query(L, r, &o->query_count);
  o->headers = cbr_read_headers(L, r, &o->header_count);
  if (lua_isnoneornil(L, c)) return o;
  luaL_checktype(L, c, LUA_TTABLE);
  o->is_signed = true;
  o->keys.access_key = cbr_required_text(L, c, "access_key");
  o->keys.secret_key = cbr_required_text(L, c, "secret_key");
  o->keys.algorithm = cbr_optional_text(L, c, "algorithm");
  if (o->keys.algorithm.data == NULL) o->keys.algorithm = cbr_slice_of("SDK-HMAC-SHA256");
  o->keys.region = cbr_optional_text(L, c, "region");
  o->keys.service = cbr_optional_text(L, c, "service");
  o->security_token = cbr_optional_text(L, c, "security_token");
  o->project_id = cbr_optional_text(L, c, "project_id");
  o->domain_id = cbr_optional_text(L, c, "domain_id");
  o->date = cbr_text_at(L, date, "the date");
  return o;
}

static void set_text(lua_State *L, const char *name, cbr_slice value) {
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
  cbr_signed_request *o = read_request(L, 1, 2, 3);
  o->host = cbr_required_text(L, 1, "host");
  cbr_signer_status status = cbr_signed_request_make(o, CBR_SIGN_EVERY_HEADER);
  if (status == CBR_SIGNER_NO_MEMORY) return luaL_error(L, "not enough memory");
  if (status != CBR_SIGNER_OK) {
    lua_pushnil(L);
    lua_pushstring(L, cbr_signer_reason(status));
    return 2;
  }
  lua_createtable(L, 0, 8);
  set_text(L, "url_path", cbr_buffer_slice(&o->url_path));
  set_text(L, "query_string", cbr_buffer_slice(&o->query_string));
  set_text(L, "canonical_request", cbr_buffer_slice(&o->signer.canonical_request));
  set_text(L, "signed_headers", cbr_buffer_slice(&o->signer.signed_headers));
  set_text(L, "string_to_sign", cbr_buffer_slice(&o->signer.string_to_sign));
  set_text(L, "signature", cbr_buffer_slice(&o->signer.signature));
  set_text(L, "authorization", cbr_buffer_slice(&o->signer.authorization));
  lua_createtable(L, 0, (int)o->header_count);
  for (size_t i = 0; i < o->header_count; i++) {
    cbr_slice value = cbr_slice_trim(o->headers[i].value); /* as it is sent */
    lua_pushlstring(L, o->headers[i].name.data, o->headers[i].name.size);
    lua_pushlstring(L, value.data, value.size);
    lua_rawset(L, -3);
  }
  lua_setfield(L, -2, "headers");
  cbr_signed_request_free(o); /* now, and not when the collector comes by */
  return 1;
}

/* }====================================================== */

/* {======= transfers ======= */

static const char *const result_names[] = {
    [CBR_RESULT_OK] = "ok",
    [CBR_RESULT_CONNECT] = "connect",
    [CBR_RESULT_TLS] = "tls",
    [CBR_RESULT_TIMEOUT] = "timeout",
    [CBR_RESULT_NETWORK] = "network",
    [CBR_RESULT_TOO_LARGE] = "too_large",
    [CBR_RESULT_PROTOCOL] = "protocol",
    [CBR_RESULT_CANCELLED] = "cancelled",
    [CBR_RESULT_FORKED] = "forked",
    [CBR_RESULT_BAD_URL] = "bad_url",
    [CBR_RESULT_NO_MEMORY] = "no_memory",
};

static const char *const reach_names[] = {
    [CBR_REACH_NOT_SENT] = "not_sent",
    [CBR_REACH_SENT] = "sent",
    [CBR_REACH_ANSWERED] = "answered",
};

typedef struct transfer_object {
  cbr_transfer *handle; /* NULL: closed */
  bool is_read;         /* its answer is being made into Lua values: no finalizer may free it now */
} transfer_object;

static transfer_object *to_transfer(lua_State *L) {
  transfer_object *t = luaL_checkudata(L, 1, TRANSFER_CLASS);
  if (t->handle == NULL) luaL_error(L, "attempt to use a closed transfer");
  return t;
}

static void close_transfer(transfer_object *t) {
  cbr_transfer_free(t->handle);
  t->handle = NULL;
}

/* transfer:close(): cancels what is under way */
static int transfer_close(lua_State *L) {
  transfer_object *t = luaL_checkudata(L, 1, TRANSFER_CLASS);
  if (!t->is_read) close_transfer(t);
  return 0;
}

static int transfer_gc(lua_State *L) {
  close_transfer(luaL_checkudata(L, 1, TRANSFER_CLASS));
  return 0;
}

/* transfer:done() -> boolean */
static int transfer_done(lua_State *L) {
  lua_pushboolean(L, cbr_transfer_is_done(to_transfer(L)->handle));
  return 1;
}

/*
** transfer:finish() -> answer {result, reason?, reach, status?, headers, body,
** seconds, sent, reused}. Raises on one that is under way. Closes the transfer.
*/
static int transfer_finish(lua_State *L) {
  transfer_object *t = to_transfer(L);
  if (!cbr_transfer_is_done(t->handle)) return luaL_error(L, "attempt to finish a transfer that is under way");
  cbr_response answer = cbr_transfer_response(t->handle);
  bool is_nested = t->is_read;
  t->is_read = true; /* every allocation below may run finalizers */
  lua_createtable(L, 0, 9);
  lua_pushstring(L, result_names[answer.result]);
  lua_setfield(L, -2, "result");
  lua_pushstring(L, reach_names[answer.reach]);
  lua_setfield(L, -2, "reach");
  if (answer.result != CBR_RESULT_OK) {
    lua_pushstring(L, answer.reason);
    lua_setfield(L, -2, "reason");
  }
  if (answer.status != 0) {
    lua_pushinteger(L, (lua_Integer)answer.status);
    lua_setfield(L, -2, "status");
  }
  set_text(L, "body", answer.body);
  lua_createtable(L, 0, CBR_HEADER_COUNT);
  for (size_t i = 0; i < CBR_HEADER_COUNT; i++)
    if (answer.headers[i].data != NULL) set_text(L, cbr_header_names[i].data, answer.headers[i]);
  lua_setfield(L, -2, "headers");
  lua_pushnumber(L, answer.seconds);
  lua_setfield(L, -2, "seconds");
  lua_pushinteger(L, (lua_Integer)answer.sent);
  lua_setfield(L, -2, "sent");
  lua_pushboolean(L, answer.reused);
  lua_setfield(L, -2, "reused");
  if (!is_nested) close_transfer(t);
  return 1;
}

static int transfer_tostring(lua_State *L) {
  const transfer_object *t = luaL_checkudata(L, 1, TRANSFER_CLASS);
  if (t->handle == NULL)
    lua_pushliteral(L, "cbr.transfer (closed)");
  else
    lua_pushfstring(L, "cbr.transfer (%s)", cbr_transfer_is_done(t->handle) ? "done" : "under way");
  return 1;
}

/* }====================================================== */

/* {======= pools ======= */

typedef struct pool_object {
  cbr_pool *handle; /* NULL: closed */
} pool_object;

static pool_object *to_pool(lua_State *L) {
  pool_object *p = luaL_checkudata(L, 1, POOL_CLASS);
  if (p->handle == NULL) luaL_error(L, "attempt to use a closed pool");
  return p;
}

/* pool:close(), and its finalizer: transfers under way end as cancelled */
static int pool_close(lua_State *L) {
  pool_object *p = luaL_checkudata(L, 1, POOL_CLASS);
  cbr_pool_close(p->handle);
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
  cbr_pool_options options = {
      .ca_file = cbr_optional_text(L, 1, "ca_file").data,
      .ca_path = cbr_optional_text(L, 1, "ca_path").data,
      .proxy = cbr_optional_text(L, 1, "proxy").data,
      .no_proxy = cbr_optional_text(L, 1, "no_proxy").data,
      .user_agent = cbr_optional_text(L, 1, "user_agent").data,
      .max_body = (size_t)cbr_count_field(L, 1, "max_body"),
      .max_head = (size_t)cbr_count_field(L, 1, "max_head"),
      .max_connections = cbr_count_field(L, 1, "max_connections"),
      .accept_any_certificate = cbr_flag_field(L, 1, "accept_any_certificate"),
  };
  pool_object *p = lua_newuserdata(L, sizeof *p);
  p->handle = NULL;
  cbr_setmetatable(L, POOL_CLASS);
  p->handle = cbr_pool_open(&options);
  if (p->handle == NULL) return luaL_error(L, "not enough memory");
  return 1;
}

/*
** pool:start(request [, credentials, date]) -> transfer, serial; or nil, result, reason
** request: {method, origin, path, query?, headers?, body?, timeout,
** connect_timeout}; seconds. With credentials it is signed, over host,
** content-type and every x-* header; the date is YYYYMMDDThhmmssZ.
*/
static int pool_start(lua_State *L) {
  (void)to_pool(L);
  lua_settop(L, 4);
  cbr_signed_request *o = read_request(L, 2, 3, 4);
  cbr_slice origin = cbr_required_text(L, 2, "origin");
  lua_Number timeout = cbr_seconds_field(L, 2, "timeout", 60);
  lua_Number connect_timeout = cbr_seconds_field(L, 2, "connect_timeout", 10);
  o->host = cbr_origin_host(origin);
  if (o->host.data == NULL) return luaL_error(L, "field 'origin' must be scheme://host[:port]");
  transfer_object *t = lua_newuserdata(L, sizeof *t);
  *t = (transfer_object){0};
  cbr_setmetatable(L, TRANSFER_CLASS);
  pool_object *p = to_pool(L); /* only now: what was allocated may have run a finalizer that closed it */

  cbr_result result = CBR_RESULT_NO_MEMORY;
  cbr_signer_status status = cbr_signed_request_make(o, CBR_SIGN_STABLE_HEADERS);
  if (status == CBR_SIGNER_OK) {
    cbr_request request = cbr_signed_request_to_send(o, origin);
    request.timeout = timeout;
    request.connect_timeout = connect_timeout;
    result = cbr_pool_start(p->handle, &request, &t->handle);
  }
  cbr_signed_request_free(o); /* now, and not when the collector comes by */
  if (result == CBR_RESULT_OK) {
    lua_pushnumber(L, (lua_Number)cbr_transfer_serial(t->handle));
    return 2;
  }
  lua_pushnil(L);
  if (status == CBR_SIGNER_OK || status == CBR_SIGNER_NO_MEMORY) {
    lua_pushstring(L, result_names[result]);
    lua_pushstring(L, result == CBR_RESULT_NO_MEMORY ? "not enough memory"
                      : result == CBR_RESULT_CONNECT ? "no descriptor is left in this process"
                                                     : "libcurl cannot read the URL");
  } else {
    lua_pushliteral(L, "bad_request");
    lua_pushstring(L, cbr_signer_reason(status));
  }
  return 3;
} /* pool_start() */

/* pool:step([seconds]) -> how many transfers are in flight, how many things happened; waits at most that long */
static int pool_step(lua_State *L) {
  pool_object *p = to_pool(L);
  lua_Number seconds = luaL_optnumber(L, 2, 0);
  cbr_pool_state state = cbr_pool_step(p->handle, seconds);
  lua_pushinteger(L, (lua_Integer)state.in_flight);
  lua_pushinteger(L, (lua_Integer)state.moved);
  return 2;
}

/* pool:ended() -> the serial number of a transfer that has ended since this was last asked; nil: none has, or it is
** closed */
static int pool_ended(lua_State *L) {
  const pool_object *p = luaL_checkudata(L, 1, POOL_CLASS);
  unsigned long long serial = p->handle != NULL ? cbr_pool_ended(p->handle) : 0;
  if (serial == 0) return 0;
  lua_pushnumber(L, (lua_Number)serial);
  return 1;
}

/* pool:fd() -> the descriptor that is readable when a step has something to do; nil: there is none */
static int pool_fd(lua_State *L) {
  int fd = cbr_pool_fd(to_pool(L)->handle);
  if (fd < 0) return 0;
  lua_pushinteger(L, fd);
  return 1;
}

/* pool:timeout() -> seconds after which a step is due in any case; nil: there is no such time */
static int pool_timeout(lua_State *L) {
  double seconds = cbr_pool_timeout(to_pool(L)->handle);
  if (seconds < 0) return 0;
  lua_pushnumber(L, seconds);
  return 1;
}

/* pool:in_flight() -> how many transfers are in flight; of a closed pool: none */
static int pool_in_flight(lua_State *L) {
  const pool_object *p = luaL_checkudata(L, 1, POOL_CLASS);
  lua_pushinteger(L, p->handle != NULL ? (lua_Integer)cbr_pool_in_flight(p->handle) : 0);
  return 1;
}

static int pool_tostring(lua_State *L) {
  const pool_object *p = luaL_checkudata(L, 1, POOL_CLASS);
  if (p->handle == NULL)
    lua_pushliteral(L, "cbr.pool (closed)");
  else
    lua_pushfstring(L, "cbr.pool (%d in flight)", (int)cbr_pool_in_flight(p->handle));
  return 1;
}

/* }====================================================== */

/* {======= alarms ======= */

static int alarm_close(lua_State *L) {
  cbr_alarm_close(luaL_checkudata(L, 1, ALARM_CLASS));
  return 0;
}

static cbr_alarm *to_alarm(lua_State *L) {
  cbr_alarm *a = luaL_checkudata(L, 1, ALARM_CLASS);
  if (a->fd < 0) luaL_error(L, "attempt to use a closed alarm");
  return a;
}

/* alarm:fd() -> the descriptor that is readable once its time has come, or the other one is */
static int alarm_fd(lua_State *L) {
  lua_pushinteger(L, to_alarm(L)->fd);
  return 1;
}

/* alarm:set([seconds]): its time is then, and not before; nil: never */
static int alarm_set(lua_State *L) {
  const cbr_alarm *a = to_alarm(L);
  cbr_alarm_set(a, luaL_optnumber(L, 2, -1));
  return 0;
}

/*
** core.alarm([fd]) -> alarm, for event loops that wait on nothing but
** descriptors; of an alarm, of the other one that is given, or of both at once.
** nil and a reason where there is none to be had.
*/
static int core_alarm(lua_State *L) {
  int other = (int)luaL_optinteger(L, 1, -1);
  cbr_alarm *a = lua_newuserdata(L, sizeof *a);
  *a = (cbr_alarm){-1, -1};
  cbr_setmetatable(L, ALARM_CLASS);
  if (cbr_alarm_open(a, other)) return 1;
  int reason = errno; /* calls of Lua may change it */
  lua_pushnil(L);
  lua_pushstring(L, strerror(reason));
  return 2;
}

/* }====================================================== */

static const luaL_Reg alarm_methods[] = {{"fd", alarm_fd}, {"set", alarm_set}, {"close", alarm_close}, {NULL, NULL}};

static const luaL_Reg alarm_metamethods[] = {{"__gc", alarm_close}, {"__close", alarm_close}, {NULL, NULL}};

static const luaL_Reg pool_methods[] = {
    {"start", pool_start},     {"step", pool_step},           {"ended", pool_ended}, {"fd", pool_fd},
    {"timeout", pool_timeout}, {"in_flight", pool_in_flight}, {"close", pool_close}, {NULL, NULL},
};

static const luaL_Reg pool_metamethods[] = {
    {"__gc", pool_close}, {"__close", pool_close}, {"__tostring", pool_tostring}, {NULL, NULL}};

static const luaL_Reg transfer_methods[] = {
    {"done", transfer_done}, {"finish", transfer_finish}, {"close", transfer_close}, {NULL, NULL}};

static const luaL_Reg transfer_metamethods[] = {
    {"__gc", transfer_gc}, {"__close", transfer_close}, {"__tostring", transfer_tostring}, {NULL, NULL}};

static const luaL_Reg request_metamethods[] = {{"__gc", request_gc}, {NULL, NULL}};

/* core.monotonic() -> seconds since some moment; no clock change moves it */
static int core_monotonic(lua_State *L) {
  lua_pushnumber(L, cbr_clock_monotonic());
  return 1;
}

/* core.poll({fd, ...}, seconds): waits until one of the descriptors is readable, or that long; a signal ends it early
 */
static int core_poll(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_Number seconds = luaL_checknumber(L, 2);
  size_t count = cbr_rawlen(L, 1);
  if (count > MOST_POLLED) return luaL_error(L, "too many descriptors"); /* a list with holes may claim any */
  struct pollfd *polls = lua_newuserdata(L, (count > 0 ? count : 1) * sizeof *polls);
  for (size_t i = 0; i < count; i++) {
    lua_rawgeti(L, 1, (int)i + 1);
    polls[i] = (struct pollfd){.fd = (int)lua_tointeger(L, -1), .events = POLLIN};
    lua_pop(L, 1); /* remove the descriptor */
  }
  (void)poll(polls, (nfds_t)count, seconds > 0 ? cbr_clock_milliseconds(seconds) : 0);
  return 0;
}

/* core.readable_by_others(file) -> boolean, or nil where there is no such file */
static int core_readable_by_others(lua_State *L) {
  int readable = cbr_file_readable_by_others(luaL_checkstring(L, 1));
  if (readable < 0)
    lua_pushnil(L);
  else
    lua_pushboolean(L, readable);
  return 1;
}

static const luaL_Reg core_functions[] = {{"pool", core_pool}, {"alarm", core_alarm},
                                          {"sign", core_sign}, {"monotonic", core_monotonic},
                                          {"poll", core_poll}, {"readable_by_others", core_readable_by_others},
                                          {NULL, NULL}};

static void new_class(lua_State *L, const char *name, const luaL_Reg *metamethods, const luaL_Reg *methods) {
  luaL_newmetatable(L, name);
  cbr_setfuncs(L, metamethods);
  lua_pushstring(L, name);
  lua_setfield(L, -2, "__name");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable"); /* a finalizer is not for callers */
  if (methods != NULL) {
    lua_newtable(L);
    cbr_setfuncs(L, methods);
    lua_setfield(L, -2, "__index");
  }
  lua_pop(L, 1); /* remove the metatable */
}

LUALIB_API int luaopen_cbr_core(lua_State *L);
LUALIB_API int luaopen_cbr_core(lua_State *L) {
  cbr_curl_pin();
  new_class(L, SIGNED_REQUEST_CLASS, request_metamethods, NULL);
  new_class(L, ALARM_CLASS, alarm_metamethods, alarm_methods);
  new_class(L, POOL_CLASS, pool_metamethods, pool_methods);
  new_class(L, TRANSFER_CLASS, transfer_metamethods, transfer_methods);
  lua_newtable(L);
  cbr_setfuncs(L, core_functions);
  lua_pushfstring(L, "libcurl/%s %s nettle/%d.%d", cbr_curl_version(), cbr_curl_tls_version(), NETTLE_VERSION_MAJOR,
                  NETTLE_VERSION_MINOR);
  lua_setfield(L, -2, "libraries");
  return 1;
}
