/*
** lua_arguments.h - what a Lua table says, as C values. All raise where a field is
** of a wrong type, and none holds memory of its own: what is read stays anchored
** in the table, and lives as long as that.
*/

#ifndef cbr_lua_arguments_h
#define cbr_lua_arguments_h

#include "buffer.h"
#include "uri.h"

#include <lua.h>

#pragma GCC visibility push(hidden) /* only luaopen_* leaves the shared object */

/* A string field of the table at 't'; data NULL where it is absent. */
cbr_slice cbr_optional_text(lua_State *L, int t, const char *name);

/* The same, and raises where it is absent. */
cbr_slice cbr_required_text(lua_State *L, int t, const char *name);

lua_Number cbr_number_field(lua_State *L, int t, const char *name, lua_Number fallback);

/* The same of a time; NaN is none. */
lua_Number cbr_seconds_field(lua_State *L, int t, const char *name, lua_Number fallback);

/* A number that counts something: 0 where it is absent, below 0 or NaN; at most INT_MAX. */
long cbr_count_field(lua_State *L, int t, const char *name);

bool cbr_flag_field(lua_State *L, int t, const char *name);

/* The string at 'i', which must be one and not a number: a number would be
** turned into a string that nothing anchors. */
cbr_slice cbr_text_at(lua_State *L, int i, const char *what);

/* Pushes the pairs of t.query: name -> value, or name -> list of values. */
cbr_pair *cbr_read_query(lua_State *L, int t, size_t *count);

/* Pushes the pairs of t.headers: name -> value, with room for ours. */
cbr_pair *cbr_read_headers(lua_State *L, int t, size_t *count);

#pragma GCC visibility pop

#endif
