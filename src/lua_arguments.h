/*
** lua_arguments.h - fields of a Lua table as C values. Each function raises an
** error if a field has the wrong type. Strings are not copied: they are valid as
** long as the table refers to them. Tables are read without metamethods. 't' is
** the absolute index of the table on Lua's stack.
*/

#ifndef cbr_lua_arguments_h
#define cbr_lua_arguments_h

#include "buffer.h"
#include "uri.h"

#include <lua.h>

#pragma GCC visibility push(hidden) /* only luaopen_cbr_core is exported */

/* A string; data NULL if it is absent. */
cbr_slice cbr_optional_text(lua_State *L, int t, const char *name);

/* A string; raises if it is absent. */
cbr_slice cbr_required_text(lua_State *L, int t, const char *name);

/* A number; 'fallback' if it is absent. */
lua_Number cbr_number_field(lua_State *L, int t, const char *name, lua_Number fallback);

/* A number of seconds; 'fallback' if it is absent. Raises for NaN. */
lua_Number cbr_seconds_field(lua_State *L, int t, const char *name, lua_Number fallback);

/* A number as a count: 0 if it is absent, negative or NaN, and at most INT_MAX. */
long cbr_count_field(lua_State *L, int t, const char *name);

/* True unless the field is nil or false. */
bool cbr_flag_field(lua_State *L, int t, const char *name);

/* The string at index 'i'. Raises an error for a number, since nothing would refer to the string that Lua makes of it.
** 'what' names the value in the error. */
cbr_slice cbr_text_at(lua_State *L, int i, const char *what);

#define CBR_FEW_PAIRS 16

/* The pairs of t.query (name -> value, or name -> list of values) as an
** array. The number of pairs goes to 'count'. If CBR_FEW_PAIRS are enough,
** the array is 'few'; otherwise it is in a userdata, which is pushed. */
cbr_pair *cbr_read_query(lua_State *L, int t, cbr_pair *few, size_t *count);

/* The same for t.headers (name -> value), with room for 'extra' more pairs. */
cbr_pair *cbr_read_headers(lua_State *L, int t, size_t extra, cbr_pair *few, size_t *count);

#pragma GCC visibility pop

#endif
