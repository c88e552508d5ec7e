/*
** lua_arguments.c - see lua_arguments.h
*/

#include "lua_arguments.h"

#include "compat.h"

#include <limits.h> /* INT_MAX */
#include <math.h>   /* isnan */

#define MAX_PAIRS 1000000 /* the most pairs of a query; far more than a URL can hold */

/* Pushes t[name] without metamethods. So the table itself holds the value, which is not collected before the table. */
static void raw_field(lua_State *L, int t, const char *name) {
  lua_pushstring(L, name);
  lua_rawget(L, t);
}

cbr_slice cbr_optional_text(lua_State *L, int t, const char *name) {
  cbr_slice s = {NULL, 0};
  raw_field(L, t, name);
  if (lua_type(L, -1) == LUA_TSTRING)
    s.data = lua_tolstring(L, -1, &s.size);
  else if (!lua_isnil(L, -1))
    luaL_error(L, "field '%s' must be a string, not a %s", name, luaL_typename(L, -1));
  lua_pop(L, 1); /* remove the value */
  return s;
}

cbr_slice cbr_required_text(lua_State *L, int t, const char *name) {
  cbr_slice s = cbr_optional_text(L, t, name);
  if (s.data == NULL) luaL_error(L, "field '%s' is missing", name);
  return s;
}

lua_Number cbr_number_field(lua_State *L, int t, const char *name, lua_Number fallback) {
  raw_field(L, t, name);
  if (!lua_isnil(L, -1) && lua_type(L, -1) != LUA_TNUMBER) luaL_error(L, "field '%s' must be a number", name);
  lua_Number n = lua_isnil(L, -1) ? fallback : lua_tonumber(L, -1);
  lua_pop(L, 1); /* remove the value */
  return n;
}

lua_Number cbr_seconds_field(lua_State *L, int t, const char *name, lua_Number fallback) {
  lua_Number n = cbr_number_field(L, t, name, fallback);
  if (isnan(n)) luaL_error(L, "field '%s' must be a number of seconds", name);
  return n;
}

long cbr_count_field(lua_State *L, int t, const char *name) {
  lua_Number n = cbr_number_field(L, t, name, 0);
  if (!(n > 0)) return 0;
  return n < INT_MAX ? (long)n : INT_MAX;
}

bool cbr_flag_field(lua_State *L, int t, const char *name) {
  raw_field(L, t, name);
  bool flag = lua_toboolean(L, -1);
  lua_pop(L, 1); /* remove the value */
  return flag;
}

cbr_slice cbr_text_at(lua_State *L, int i, const char *what) {
  if (lua_type(L, i) != LUA_TSTRING) luaL_error(L, "%s must be a string, not a %s", what, luaL_typename(L, i));
  cbr_slice s;
  s.data = lua_tolstring(L, i, &s.size);
  return s;
}

/* Pushes t[name], which must be a table or nil. Returns the stack index of the table, or 0 for nil. */
static int optional_table(lua_State *L, int t, const char *name) {
  raw_field(L, t, name);
  if (lua_isnil(L, -1)) return 0;
  if (!lua_istable(L, -1)) luaL_error(L, "field '%s' must be a table", name);
  return lua_gettop(L);
}

/* Returns an array of pairs: 'few' if it is large enough; else an array in a userdata, which is pushed. */
static cbr_pair *new_pairs(lua_State *L, size_t count, cbr_pair *few) {
  return count <= CBR_FEW_PAIRS ? few : lua_newuserdata(L, count * sizeof(cbr_pair));
}

cbr_pair *cbr_read_query(lua_State *L, int t, cbr_pair *few, size_t *count) {
  int query = optional_table(L, t, "query");
  size_t room = 0;
  *count = 0;
  if (query != 0)
    for (lua_pushnil(L); lua_next(L, query); lua_pop(L, 1)) {
      size_t length = lua_istable(L, -1) ? cbr_rawlen(L, -1) : 1;
      if (length > MAX_PAIRS - room)
        luaL_error(L, "the query has too many values"); /* the length of a list with holes may be any number */
      room += length;
    }
  cbr_pair *pairs = new_pairs(L, room, few);
  if (query == 0) return pairs;
  for (lua_pushnil(L); lua_next(L, query); lua_pop(L, 1)) {
    cbr_slice name = cbr_text_at(L, -2, "a query parameter's name");
    size_t length = lua_istable(L, -1) ? cbr_rawlen(L, -1) : 1;
    if (length > room - *count) luaL_error(L, "the query changed while it was read"); /* by a finalizer */
    if (!lua_istable(L, -1)) {
      pairs[(*count)++] = (cbr_pair){name, cbr_text_at(L, -1, "a query parameter's value")};
      continue;
    }
    for (size_t i = 1; i <= length; i++) {
      lua_rawgeti(L, -1, (int)i);
      pairs[(*count)++] = (cbr_pair){name, cbr_text_at(L, -1, "a query parameter's value")};
      lua_pop(L, 1); /* remove the value; the list still refers to the value */
    }
  }
  return pairs;
}

cbr_pair *cbr_read_headers(lua_State *L, int t, size_t extra, cbr_pair *few, size_t *count) {
  int headers = optional_table(L, t, "headers");
  size_t room = 0;
  *count = 0;
  if (headers != 0)
    for (lua_pushnil(L); lua_next(L, headers); lua_pop(L, 1))
      room++;
  cbr_pair *pairs = new_pairs(L, room + extra, few);
  if (headers != 0)
    for (lua_pushnil(L); lua_next(L, headers); lua_pop(L, 1)) {
      if (*count == room) luaL_error(L, "the headers changed while they were read"); /* by a finalizer */
      pairs[(*count)++] = (cbr_pair){cbr_text_at(L, -2, "a header's name"), cbr_text_at(L, -1, "a header's value")};
    }
  return pairs;
}
