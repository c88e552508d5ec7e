/*
** lua_arguments.h - fields of a Lua table as C values. Each function raises an
** error if a field has the wrong type. Strings are not copied: a string is valid
** as long as the table refers to it. Tables are read without metamethods. 't' is
** the absolute index of the table on Lua's stack.
*/

#ifndef cbr_lua_arguments_h
#define cbr_lua_arguments_h

#include "buffer.h"
#include "uri.h"

#include <lua.h>

#pragma GCC visibility push(hidden) /* only luaopen_cbr_core is exported */

/* A string; its data is NULL if the field is absent. */
cbr_slice cbr_optional_text(lua_State *L, int t, const char *name);

/* A string. Raises an error if the field is absent. */
cbr_slice cbr_required_text(lua_State *L, int t, const char *name);

/* A number; 'fallback' if the field is absent. */
lua_Number cbr_number_field(lua_State *L, int t, const char *name, lua_Number fallback);

/* A number of seconds; 'fallback' if the field is absent. Raises an error for NaN. */
lua_Number cbr_seconds_field(lua_State *L, int t, const char *name, lua_Number fallback);

/* A number as a count, at most INT_MAX; 0 if the field is absent, negative or NaN. */
long cbr_count_field(lua_State *L, int t, const char *name);

/* True unless the field is nil or false. */
bool cbr_flag_field(lua_State *L, int t, const char *name);

/* The string at index 'i'. Raises an error for a number, since nothing would refer to the string that Lua makes of it.
** 'what' names the value in the error. */
cbr_slice cbr_text_at(lua_State *L, int i, const char *what);

#define CBR_FEW_PAIRS 16

/* The pairs of t.query (each name with a value or a list of values) as an
** array. The number of pairs goes to 'count'. If CBR_FEW_PAIRS are enough,
** the array is 'few'; otherwise the array is in a userdata, which is pushed. */
cbr_pair *cbr_read_query(lua_State *L, int t, cbr_pair *few, size_t *count);

/* The pairs of t.headers (each name with a value) as an array, like the result of
** cbr_read_query, with room for 'extra' more pairs. */
cbr_pair *cbr_read_headers(lua_State *L, int t, size_t extra, cbr_pair *few, size_t *count);

#pragma GCC visibility pop

#endif
