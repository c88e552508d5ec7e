/*
** values.c - see values.h
*/

#include "values.h"

#include <lauxlib.h>
#include <math.h>
#include <string.h>

char values_origins[VALUES_ORIGINS][64];
lua_CFunction values_finalize;

static const char *const words[] = {
    "GET",
    "POST",
    "HEAD",
    "get",
    "/v3/p/vaults",
    "",
    "20240102T030405Z",
    "SDK-HMAC-SHA256",
    "SDK-HMAC-SM3",
    "V11-HMAC-SHA256",
    "eu-de",
    "cbr",
    "\r\n",
    "a b",
    "Content-Type",
    "x-sdk-date",
    "Authorization",
    "5",
};

static const double numbers[] = {0,    1,     -1,     0.5,  4096, 65536, 2147483648.0, 9007199254740992.0,
                                 1e19, 1e308, -1e308, 1e-9, 0.005};

static const char *const request_fields[] = {"method",  "origin", "host",    "path",           "query",
                                             "headers", "body",   "timeout", "connect_timeout"};
static const char *const key_fields[] = {"access_key", "secret_key",     "algorithm",  "region",
                                         "service",    "security_token", "project_id", "domain_id"};
static const char *const option_fields[] = {
    "ca_file",  "ca_path",  "proxy",           "no_proxy",     "plain_proxy",           "user_agent",
    "max_body", "max_head", "max_connections", "idle_seconds", "accept_any_certificate"};

static void push_slots(lua_State *L) {
  lua_getfield(L, LUA_REGISTRYINDEX, "slots");
}

void values_push_slot(lua_State *L, unsigned slot) {
  push_slots(L);
  lua_rawgeti(L, -1, (lua_Integer)slot + 1);
  lua_remove(L, -2);
}

void values_keep(lua_State *L, unsigned slot) {
  push_slots(L);
  lua_insert(L, -2);
  lua_rawseti(L, -2, (lua_Integer)slot + 1);
  lua_pop(L, 1);
}

void values_push_finalized(lua_State *L) {
  lua_newtable(L);
  lua_newtable(L);
  lua_pushcfunction(L, values_finalize);
  lua_setfield(L, -2, "__gc");
  lua_setmetatable(L, -2);
}

static void push_number(lua_State *L, input *in) {
  unsigned choice = input_choice(in, COUNT(numbers) + 4);
  if (choice < COUNT(numbers))
    lua_pushnumber(L, numbers[choice]);
  else if (choice == COUNT(numbers))
    lua_pushnumber(L, (lua_Number)NAN);
  else if (choice == COUNT(numbers) + 1)
    lua_pushnumber(L, (lua_Number)INFINITY);
  else if (choice == COUNT(numbers) + 2)
    lua_pushinteger(L, LUA_MININTEGER);
  else
    lua_pushinteger(L, input_byte(in));
}

static void push_text(lua_State *L, input *in) {
  unsigned choice = input_choice(in, COUNT(words) + 4);
  cbr_slice text = choice < COUNT(words) ? cbr_slice_of(words[choice]) : input_text(in);
  lua_pushlstring(L, text.data, text.size);
}

/* Pushes a list with values at the powers of two only, so that the list's length may be any of these powers. */
static void push_sparse(lua_State *L, input *in) {
  lua_newtable(L);
  unsigned dense = input_byte(in), first = input_choice(in, 63), last = input_choice(in, 63);
  for (unsigned i = 1; i <= dense; i++) {
    lua_pushliteral(L, "v");
    lua_rawseti(L, -2, (lua_Integer)i);
  }
  for (unsigned power = first; power <= last; power++) {
    lua_pushliteral(L, "v");
    lua_rawseti(L, -2, (lua_Integer)1 << power);
  }
}

static void push_at(lua_State *L, input *in, int depth);

static void push_pairs(lua_State *L, input *in, int depth) {
  lua_newtable(L);
  for (unsigned count = input_choice(in, 6); count > 0; count--) {
    push_text(L, in);
    if (input_choice(in, 4) != 0)
      push_text(L, in);
    else
      push_at(L, in, depth + 1);
    lua_rawset(L, -3);
  }
  if (input_choice(in, 8) == 1) { /* makes the table contain itself */
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "self");
  }
}

static void push_list(lua_State *L, input *in) {
  lua_newtable(L);
  unsigned count = input_choice(in, 5);
  for (unsigned i = 1; i <= count; i++) {
    push_text(L, in);
    lua_rawseti(L, -2, (lua_Integer)i);
  }
}

static int no_op(lua_State *L) {
  return lua_gettop(L);
}

static void push_at(lua_State *L, input *in, int depth) {
  switch (depth > 4 ? 0 : input_choice(in, 14)) {
  case 0: lua_pushnil(L); break;
  case 1: lua_pushboolean(L, (int)input_choice(in, 2)); break;
  case 2: push_number(L, in); break;
  case 3:
  case 4: push_text(L, in); break;
  case 5: values_push_slot(L, input_choice(in, VALUES_SLOTS)); break;
  case 6: push_pairs(L, in, depth); break;
  case 7: push_list(L, in); break;
  case 8: push_sparse(L, in); break;
  case 9: (void)lua_newthread(L); break;
  case 10: lua_pushcfunction(L, no_op); break;
  case 11: lua_pushlightuserdata(L, values_origins); break;
  case 12: memset(lua_newuserdata(L, 64), 0, 64); break; /* a userdata without a class */
  default: values_push_finalized(L); break;
  }
}

void values_push(lua_State *L, input *in) {
  push_at(L, in, 0);
}

/* Pushes an origin. All origins are addresses of this machine, so that no name has to be resolved (libcurl reads the
** first segment of "http:///v3/p" as a host). */
static void push_origin(lua_State *L, input *in) {
  static const char *const odd[] = {"http://127.0.0.1:1",        "https://127.0.0.1:1", "ftp://127.0.0.1", "127.0.0.1",
                                    "http://127.0.0.1:99999999", "http://[::1",         "foo://127.0.0.1", "http:// "};
  unsigned choice = input_choice(in, COUNT(values_origins) + COUNT(odd));
  lua_pushstring(L, choice < COUNT(values_origins) ? values_origins[choice] : odd[choice - COUNT(values_origins)]);
}

static void push_proxy(lua_State *L, input *in) {
  static const char *const odd[] = {"", "http://127.0.0.1:1", "socks5://127.0.0.1:1", "foo://127.0.0.1"};
  unsigned choice = input_choice(in, COUNT(odd) + 1);
  lua_pushstring(L, choice < COUNT(odd) ? odd[choice] : values_origins[0]);
}

static void set_any(lua_State *L, input *in, const char *const *fields, unsigned count) {
  const char *field = fields[input_choice(in, count)];
  if (strcmp(field, "origin") == 0) {
    push_origin(L, in);
  } else if (strcmp(field, "proxy") == 0 || strcmp(field, "plain_proxy") == 0) {
    push_proxy(L, in);
  } else if (strcmp(field, "query") == 0 || strcmp(field, "headers") == 0) {
    if (input_choice(in, 4) != 0)
      push_pairs(L, in, 0);
    else
      push_at(L, in, 0);
  } else {
    push_at(L, in, 0);
  }
  lua_setfield(L, -2, field);
}

static void set_text(lua_State *L, const char *field, const char *text) {
  lua_pushstring(L, text);
  lua_setfield(L, -2, field);
}

void values_push_request(lua_State *L, input *in) {
  lua_newtable(L);
  set_text(L, "method", words[input_choice(in, 3)]);
  set_text(L, "origin", values_origins[0]);
  set_text(L, "host", "127.0.0.1");
  set_text(L, "path", "/v3/p/vaults");
  for (unsigned changes = input_choice(in, 4); changes > 0; changes--)
    set_any(L, in, request_fields, COUNT(request_fields));
}

static void push_keys(lua_State *L, input *in) {
  lua_newtable(L);
  set_text(L, "access_key", "AK");
  set_text(L, "secret_key", "SK");
  for (unsigned changes = input_choice(in, 4); changes > 0; changes--)
    set_any(L, in, key_fields, COUNT(key_fields));
}

void values_push_options(lua_State *L, input *in) {
  lua_newtable(L);
  lua_pushinteger(L, 4096);
  lua_setfield(L, -2, "max_body");
  for (unsigned changes = input_choice(in, 4); changes > 0; changes--)
    set_any(L, in, option_fields, COUNT(option_fields));
}

void values_push_argument(lua_State *L, input *in) {
  switch (input_choice(in, 6)) {
  case 0: values_push_request(L, in); break;
  case 1: push_keys(L, in); break;
  case 2: values_push_options(L, in); break;
  case 3: lua_pushliteral(L, "20240102T030405Z"); break;
  default: push_at(L, in, 0); break;
  }
}
