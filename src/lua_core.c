/*
** lua_core.c - the Lua module cbr.core: signatures, pools and transfers. The
** module's functions for the operating system are in lua_system.c.
**
** Three rules hold throughout: an object is a valid, closed userdata before it
** owns anything; no C memory outside of a userdata is held across a call that
** can raise; no C callback enters Lua.
**
** In the comments, "->" stands before the results of a Lua function. Every
** function raises an error for an argument of a wrong type.
*/

#include "linux.h"

#include "compat.h"
#include "curl_setup.h"
#include "lua_arguments.h"
#include "lua_keys.h"
#include "lua_system.h"
#include "signed_request.h"
#include "transport.h"

#include <nettle/version.h> /* nettle_version_major nettle_version_minor */
#include <string.h>         /* memset */

#define POOL_CLASS "cbr.pool"
#define TRANSFER_CLASS "cbr.transfer"
#define SIGNED_REQUEST_CLASS "cbr.signed_request"

/* {======= requests and signatures ======= */

/* The buffers of a request are in a userdata, so that an error cannot leak the buffers. */
static int request_gc(lua_State *L) {
  cbr_signed_request_free(luaL_checkudata(L, 1, SIGNED_REQUEST_CLASS));
  return 0;
}

/* Room on the C stack for the pairs of most requests. */
typedef struct pair_room {
  cbr_pair query[CBR_FEW_PAIRS], headers[CBR_FEW_PAIRS];
} pair_room;

/* Reads the request table at index 'r', the credentials at r + 1 (nil: the request is not signed) and the date at r + 2
** into 'request', whose fields must be zero. Pushes values that must stay on the stack as long as 'request' is used;
** 'room' must last as long, too. */
static void read_request(lua_State *L, int r, pair_room *room, cbr_signed_request *request) {
  luaL_checktype(L, r, LUA_TTABLE);
  luaL_checkstack(L, 16, "too many values");
  request->method = cbr_required_text(L, r, "method");
  request->path = cbr_required_text(L, r, "path");
  request->body = cbr_optional_text(L, r, "body");
  request->query = cbr_read_query(L, r, room->query, &request->query_count);
  request->headers = cbr_read_headers(L, r, CBR_EXTRA_HEADERS, room->headers, &request->header_count);
  if (lua_isnoneornil(L, r + 1)) return;
  cbr_lua_read_keys(L, r + 1, request);
  request->date = cbr_text_at(L, r + 2, "the date");
}

static void set_text(lua_State *L, const char *name, cbr_slice value) {
  lua_pushlstring(L, value.data != NULL ? value.data : "", value.size);
  lua_setfield(L, -2, name);
}

/*
** core.sign(request, credentials, date) -> signature; or nil, reason
** request: {method, host, path, query?, headers?, body?}. 'path' and 'query' are
** not percent-encoded. 'query' has a value or a list of values for each name.
** credentials: {access_key, secret_key, algorithm?, region?, service?,
** security_token?, project_id?, domain_id?}, or what core.keys made of them.
** security_token, project_id and domain_id become headers.
** date: YYYYMMDDThhmmssZ.
** signature: {url_path, query_string, canonical_request, signed_headers,
** string_to_sign, signature, authorization, headers}; every header is signed.
*/
static int core_sign(lua_State *L) {
  lua_settop(L, 3);
  if (lua_type(L, 2) != LUA_TUSERDATA) luaL_checktype(L, 2, LUA_TTABLE);
  pair_room room;
  cbr_signed_request *request = lua_newuserdata(L, sizeof *request);
  memset(request, 0, sizeof *request);
  cbr_setmetatable(L, SIGNED_REQUEST_CLASS);
  read_request(L, 1, &room, request);
  request->host = cbr_required_text(L, 1, "host");
  if (lua_type(L, 2) == LUA_TUSERDATA) cbr_lua_read_keys(L, 2, request); /* again: a finalizer may have run */
  cbr_signer_status status = cbr_signed_request_make(request, CBR_SIGN_EVERY_HEADER);
  if (status == CBR_SIGNER_NO_MEMORY) return luaL_error(L, "not enough memory");
  if (status != CBR_SIGNER_OK) {
    lua_pushnil(L);
    lua_pushstring(L, cbr_signer_reason(status));
    return 2;
  }
  lua_createtable(L, 0, 8);
  set_text(L, "url_path", cbr_buffer_slice(&request->url_path));
  set_text(L, "query_string", cbr_buffer_slice(&request->query_string));
  set_text(L, "canonical_request", cbr_buffer_slice(&request->signer.canonical_request));
  set_text(L, "signed_headers", cbr_buffer_slice(&request->signer.signed_headers));
  set_text(L, "string_to_sign", cbr_buffer_slice(&request->signer.string_to_sign));
  set_text(L, "signature", cbr_buffer_slice(&request->signer.signature));
  set_text(L, "authorization", cbr_buffer_slice(&request->signer.authorization));
  lua_createtable(L, 0, (int)request->header_count);
  for (size_t i = 0; i < request->header_count; i++) {
    cbr_slice value = cbr_slice_trim(request->headers[i].value); /* the value as it is sent */
    lua_pushlstring(L, request->headers[i].name.data, request->headers[i].name.size);
    lua_pushlstring(L, value.data, value.size);
    lua_rawset(L, -3);
  }
  lua_setfield(L, -2, "headers");
  cbr_signed_request_free(request); /* wipes the request now: its collection may be late */
  return 1;
}

/* }====================================================== */

/* {======= transfers ======= */

static const char *const result_names[] = {
    [CBR_RESULT_OK] = "ok",
    [CBR_RESULT_CONNECT] = "connect",
    [CBR_RESULT_PROXY] = "proxy",
    [CBR_RESULT_TLS] = "tls",
    [CBR_RESULT_TIMEOUT] = "timeout",
    [CBR_RESULT_NETWORK] = "network",
    [CBR_RESULT_TOO_LARGE] = "too_large",
    [CBR_RESULT_PROTOCOL] = "protocol",
    [CBR_RESULT_CANCELLED] = "cancelled",
    [CBR_RESULT_FORKED] = "forked",
    [CBR_RESULT_BAD_URL] = "bad_url",
    [CBR_RESULT_NO_DESCRIPTOR] = "no_descriptor",
    [CBR_RESULT_NO_MEMORY] = "no_memory",
};

static const char *const reach_names[] = {
    [CBR_REACH_NOT_SENT] = "not_sent",
    [CBR_REACH_SENT] = "sent",
    [CBR_REACH_RESPONDED] = "responded",
};

typedef struct transfer_object {
  cbr_transfer *handle; /* NULL if the object is closed */
  bool is_read;         /* finish() is reading the response, so a finalizer must not free the response */
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

/* transfer:close(): closes the transfer, and cancels a transfer in progress. May be called again. */
static int transfer_close(lua_State *L) {
  transfer_object *t = luaL_checkudata(L, 1, TRANSFER_CLASS);
  if (!t->is_read) close_transfer(t);
  return 0;
}

/* transfer:cancel(): ends a transfer in progress with the result "cancelled", so that finish() can be called. Does
** nothing to a transfer that is done. */
static int transfer_cancel(lua_State *L) {
  cbr_transfer_cancel(to_transfer(L)->handle);
  return 0;
}

static int transfer_gc(lua_State *L) {
  close_transfer(luaL_checkudata(L, 1, TRANSFER_CLASS));
  return 0;
}

/* transfer:done() -> whether the transfer has ended */
static int transfer_done(lua_State *L) {
  lua_pushboolean(L, cbr_transfer_is_done(to_transfer(L)->handle));
  return 1;
}

/* Adds the fields that only logs and errors need. */
static void add_details(lua_State *L, const cbr_response *response) {
  lua_pushstring(L, reach_names[response->reach]);
  lua_setfield(L, -2, "reach");
  lua_pushnumber(L, response->seconds);
  lua_setfield(L, -2, "seconds");
  lua_pushinteger(L, (lua_Integer)response->sent);
  lua_setfield(L, -2, "sent");
  lua_pushboolean(L, response->reused);
  lua_setfield(L, -2, "reused");
}

/*
** transfer:finish([is_brief]) -> {result, reason?, reach, status?, headers, body,
** seconds, sent, reused}
** result: see cbr_result in transport.h, for example "ok". reason: why the result
** is not "ok". reach: "not_sent", "sent" or "responded". headers: by name in lower
** case. sent: number of bytes written. reused: the connection was open before.
** If 'is_brief' is true, a response with status 2xx has no reach, seconds, sent
** and reused, which are for logs and errors.
** Closes the transfer. Raises an error if the transfer is in progress.
*/
static int transfer_finish(lua_State *L) {
  transfer_object *t = to_transfer(L);
  if (!cbr_transfer_is_done(t->handle)) return luaL_error(L, "attempt to finish a transfer in progress");
  cbr_response response = cbr_transfer_response(t->handle);
  bool is_nested = t->is_read;
  bool is_brief = lua_toboolean(L, 2) && response.result == CBR_RESULT_OK && response.status < 300;
  t->is_read = true;                        /* any allocation below may run a finalizer */
  lua_createtable(L, 0, is_brief ? 5 : 10); /* room for a field that the caller may add */
  lua_pushstring(L, result_names[response.result]);
  lua_setfield(L, -2, "result");
  if (response.result != CBR_RESULT_OK) {
    lua_pushstring(L, response.reason);
    lua_setfield(L, -2, "reason");
  }
  if (response.status != 0) {
    lua_pushinteger(L, (lua_Integer)response.status);
    lua_setfield(L, -2, "status");
  }
  set_text(L, "body", response.body);
  int header_count = 0;
  for (size_t i = 0; i < CBR_HEADER_COUNT; i++)
    header_count += response.headers[i].data != NULL;
  lua_createtable(L, 0, header_count);
  for (size_t i = 0; i < CBR_HEADER_COUNT; i++)
    if (response.headers[i].data != NULL) set_text(L, cbr_header_names[i].data, response.headers[i]);
  lua_setfield(L, -2, "headers");
  if (!is_brief) add_details(L, &response);
  if (!is_nested) close_transfer(t);
  return 1;
}

static int transfer_tostring(lua_State *L) {
  const transfer_object *t = luaL_checkudata(L, 1, TRANSFER_CLASS);
  if (t->handle == NULL)
    lua_pushliteral(L, "cbr.transfer (closed)");
  else
    lua_pushfstring(L, "cbr.transfer (%s)", cbr_transfer_is_done(t->handle) ? "done" : "in progress");
  return 1;
}

/* }====================================================== */

/* {======= pools ======= */

typedef struct pool_object {
  cbr_pool *handle; /* NULL if the object is closed */
} pool_object;

static pool_object *to_pool(lua_State *L) {
  pool_object *p = luaL_checkudata(L, 1, POOL_CLASS);
  if (p->handle == NULL) luaL_error(L, "attempt to use a closed pool");
  return p;
}

/* pool:close(), also the finalizer: cancels the transfers in progress. May be called again. */
static int pool_close(lua_State *L) {
  pool_object *p = luaL_checkudata(L, 1, POOL_CLASS);
  cbr_pool_close(p->handle);
  p->handle = NULL;
  return 0;
}

/*
** core.pool(options) -> pool
** options: {ca_file?, ca_path?, proxy?, plain_proxy?, no_proxy?, user_agent?,
** max_body, max_head?, max_connections?, idle_seconds?, accept_any_certificate?}; see
** cbr_pool_options in transport.h. Sizes are in bytes. Without max_body, no body is allowed.
*/
static int core_pool(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  cbr_pool_options options = {
      .ca_file = cbr_optional_text(L, 1, "ca_file").data,
      .ca_path = cbr_optional_text(L, 1, "ca_path").data,
      .proxy = cbr_optional_text(L, 1, "proxy").data,
      .plain_proxy = cbr_optional_text(L, 1, "plain_proxy").data,
      .no_proxy = cbr_optional_text(L, 1, "no_proxy").data,
      .user_agent = cbr_optional_text(L, 1, "user_agent").data,
      .max_body = (size_t)cbr_count_field(L, 1, "max_body"),
      .max_head = (size_t)cbr_count_field(L, 1, "max_head"),
      .max_connections = cbr_count_field(L, 1, "max_connections"),
      .idle_seconds = cbr_count_field(L, 1, "idle_seconds"),
      .accept_any_certificate = cbr_flag_field(L, 1, "accept_any_certificate"),
  };
  pool_object *p = lua_newuserdata(L, sizeof *p);
  p->handle = NULL;
  cbr_setmetatable(L, POOL_CLASS);
  p->handle = cbr_pool_open(&options);
  if (p->handle == NULL) return luaL_error(L, "not enough memory");
  return 1;
}

static int client_was_closed(lua_State *L) {
  lua_pushnil(L);
  lua_pushliteral(L, "network");
  lua_pushliteral(L, "the client was closed");
  return 3;
}

/*
** pool:start(request [, credentials, date]) -> transfer, serial; or nil, result, reason
** request: {method, origin, path, query?, headers?, body?, timeout?,
** connect_timeout?}; origin is scheme://host[:port], the times are in seconds (60
** and 10 by default). With credentials (see core.sign) the request is signed over
** those headers that core.is_signed_header names.
** result: "bad_request" (the request cannot be signed or sent), "bad_url",
** "network" (a finalizer has closed the pool or the credentials),
** "no_descriptor" or "no_memory".
*/
static int pool_start(lua_State *L) {
  (void)to_pool(L);
  lua_settop(L, 4);
  if (cbr_lua_keys_are_closed(L, 3)) return client_was_closed(L);
  cbr_signed_request on_stack = {0}, *request = &on_stack; /* 'request' owns nothing before cbr_signed_request_make */
  pair_room room;
  read_request(L, 2, &room, request);
  cbr_slice origin = cbr_required_text(L, 2, "origin");
  lua_Number timeout = cbr_seconds_field(L, 2, "timeout", 60);
  lua_Number connect_timeout = cbr_seconds_field(L, 2, "connect_timeout", 10);
  request->host = cbr_origin_host(origin);
  if (request->host.data == NULL) return luaL_error(L, "field 'origin' must be scheme://host[:port]");
  transfer_object *t = lua_newuserdata(L, sizeof *t);
  *t = (transfer_object){0};
  cbr_setmetatable(L, TRANSFER_CLASS);
  /* The pool and the keys are read only now: in the allocations above, a finalizer may have closed either. */
  pool_object *p = luaL_checkudata(L, 1, POOL_CLASS);
  if (p->handle == NULL || cbr_lua_keys_are_closed(L, 3)) return client_was_closed(L);
  if (lua_type(L, 3) == LUA_TUSERDATA) cbr_lua_read_keys(L, 3, request);

  cbr_result result = CBR_RESULT_NO_MEMORY;
  cbr_signer_status status = cbr_signed_request_make(request, CBR_SIGN_COVERED_HEADERS);
  if (status == CBR_SIGNER_OK) {
    cbr_request to_send = cbr_signed_request_to_send(request, origin);
    to_send.timeout = timeout;
    to_send.connect_timeout = connect_timeout;
    result = cbr_pool_start(p->handle, &to_send, &t->handle);
  }
  cbr_signed_request_free(request); /* wipes the request now: its collection may be late */
  if (result == CBR_RESULT_OK) {
    lua_pushnumber(L, (lua_Number)cbr_transfer_serial(t->handle));
    return 2;
  }
  lua_pushnil(L);
  if (status == CBR_SIGNER_OK || status == CBR_SIGNER_NO_MEMORY) {
    lua_pushstring(L, result_names[result]);
    lua_pushstring(L, result == CBR_RESULT_NO_MEMORY       ? "not enough memory"
                      : result == CBR_RESULT_NO_DESCRIPTOR ? cbr_no_descriptor_left
                                                           : "libcurl cannot use this URL or the proxy's URL");
  } else {
    lua_pushliteral(L, "bad_request");
    lua_pushstring(L, cbr_signer_reason(status));
  }
  return 3;
} /* pool_start() */

/* pool:release() -> whether the pool has no transfer in flight. Without a transfer in flight, the pool closes its
** connections and descriptors until the next start. */
static int pool_release(lua_State *L) {
  lua_pushboolean(L, cbr_pool_release(to_pool(L)->handle));
  return 1;
}

/* pool:step([seconds]) -> transfers in flight; waits for up to 'seconds' (0) for an event */
static int pool_step(lua_State *L) {
  pool_object *p = to_pool(L);
  lua_Number seconds = luaL_optnumber(L, 2, 0);
  lua_pushinteger(L, (lua_Integer)cbr_pool_step(p->handle, seconds));
  return 1;
}

/* pool:ended() -> the serial number of a transfer that has ended, each once; nil: no more, or the pool is closed */
static int pool_ended(lua_State *L) {
  const pool_object *p = luaL_checkudata(L, 1, POOL_CLASS);
  unsigned long long serial = p->handle != NULL ? cbr_pool_ended(p->handle) : 0;
  if (serial == 0) return 0;
  lua_pushnumber(L, (lua_Number)serial);
  return 1;
}

/* pool:fd() -> the descriptor that is readable when a step has something to do; nil before the first start */
static int pool_fd(lua_State *L) {
  int fd = cbr_pool_fd(to_pool(L)->handle);
  if (fd < 0) return 0;
  lua_pushinteger(L, fd);
  return 1;
}

/* pool:timeout() -> seconds until a step is due even if the descriptor is not readable; 0: now, or pool:ended() has a
** transfer to report; nil: no such time, or the pool is closed */
static int pool_timeout(lua_State *L) {
  const pool_object *p = luaL_checkudata(L, 1, POOL_CLASS);
  double seconds = p->handle != NULL ? cbr_pool_timeout(p->handle) : -1;
  if (seconds < 0) return 0;
  lua_pushnumber(L, seconds);
  return 1;
}

/* pool:in_flight() -> how many transfers are in progress; 0 for a closed pool */
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

static const luaL_Reg pool_methods[] = {
    {"start", pool_start},     {"step", pool_step},       {"ended", pool_ended},
    {"fd", pool_fd},           {"timeout", pool_timeout}, {"in_flight", pool_in_flight},
    {"release", pool_release}, {"close", pool_close},     {NULL, NULL},
};

static const luaL_Reg pool_metamethods[] = {
    {"__gc", pool_close}, {"__close", pool_close}, {"__tostring", pool_tostring}, {NULL, NULL}};

static const luaL_Reg transfer_methods[] = {
    {"done", transfer_done},
    {"finish", transfer_finish},
    {"cancel", transfer_cancel},
    {"close", transfer_close},
    {NULL, NULL},
};

static const luaL_Reg transfer_metamethods[] = {
    {"__gc", transfer_gc}, {"__close", transfer_close}, {"__tostring", transfer_tostring}, {NULL, NULL}};

static const luaL_Reg request_metamethods[] = {{"__gc", request_gc}, {NULL, NULL}};

/* core.is_signed_header(name) -> whether a signature covers this header in requests that pool:start sends: true for
** host, content-type and every x-*, in capitals or small letters. */
static int core_is_signed_header(lua_State *L) {
  lua_pushboolean(L, cbr_signer_covers(cbr_text_at(L, 1, "the name of a header")));
  return 1;
}

/*
** core.algorithms: for the name of each algorithm, {needs_scope = whether the
** algorithm needs credentials.region and credentials.service}.
** core.default_algorithm: the name of the algorithm that is used if
** credentials.algorithm is absent.
*/
static void push_algorithms(lua_State *L) {
  lua_newtable(L);
  for (size_t i = 0; cbr_signer_algorithm_name(i) != NULL; i++) {
    lua_createtable(L, 0, 1);
    lua_pushboolean(L, cbr_signer_algorithm_needs_scope(i));
    lua_setfield(L, -2, "needs_scope");
    lua_setfield(L, -2, cbr_signer_algorithm_name(i));
  }
}

/*
** core.versions: {libcurl, tls, nettle}, of the libraries at run time; tls is the
** name of libcurl's TLS library and its version. core.problem: why libcurl cannot
** be used safely; nil: libcurl is safe.
*/
static void push_versions(lua_State *L) {
  lua_createtable(L, 0, 3);
  lua_pushstring(L, cbr_curl_version());
  lua_setfield(L, -2, "libcurl");
  lua_pushstring(L, cbr_curl_tls_version());
  lua_setfield(L, -2, "tls");
  lua_pushfstring(L, "%d.%d", nettle_version_major(), nettle_version_minor());
  lua_setfield(L, -2, "nettle");
}

static const luaL_Reg core_functions[] = {
    {"pool", core_pool}, {"sign", core_sign}, {"is_signed_header", core_is_signed_header}, {NULL, NULL}};

LUALIB_API int luaopen_cbr_core(lua_State *L);
LUALIB_API int luaopen_cbr_core(lua_State *L) {
  cbr_curl_pin();
  cbr_new_class(L, SIGNED_REQUEST_CLASS, request_metamethods, NULL);
  cbr_new_class(L, POOL_CLASS, pool_metamethods, pool_methods);
  cbr_new_class(L, TRANSFER_CLASS, transfer_metamethods, transfer_methods);
  lua_newtable(L);
  cbr_setfuncs(L, core_functions);
  cbr_lua_add_system(L);
  cbr_lua_add_keys(L);
  push_algorithms(L);
  lua_setfield(L, -2, "algorithms");
  lua_pushstring(L, cbr_signer_algorithm_name(0));
  lua_setfield(L, -2, "default_algorithm");
  push_versions(L);
  lua_setfield(L, -2, "versions");
  lua_pushstring(L, cbr_curl_problem());
  lua_setfield(L, -2, "problem");
  return 1;
}
