/*
** values.h - Lua values of any kind, chosen by the fuzzer: the arguments of the
** calls in lua_core.c.
*/

#ifndef cbr_fuzz_values_h
#define cbr_fuzz_values_h

#include "input.h"

#include <lua.h>

#define COUNT(list) ((unsigned)(sizeof(list) / sizeof *(list)))

#define VALUES_SLOTS 8 /* number of slots: values for later calls, in the table "slots" of the registry */
#define VALUES_ORIGINS 6

/* Addresses of a listener, as origins of requests. Must be set before use. */
extern char values_origins[VALUES_ORIGINS][64];

/* Called by finalizers. Must be set before use. */
extern lua_CFunction values_finalize;

/* Pushes the value in a slot. */
void values_push_slot(lua_State *L, unsigned slot);

/* Pops a value into a slot. */
void values_keep(lua_State *L, unsigned slot);

/* Pushes an object that calls values_finalize when it is collected. */
void values_push_finalized(lua_State *L);

/* Pushes any value. */
void values_push(lua_State *L, input *in);

/* Push a valid request, or valid options of a pool, with some fields replaced by any value. */
void values_push_request(lua_State *L, input *in);
void values_push_options(lua_State *L, input *in);

/* Pushes a request, options of a pool, credentials, or any value. */
void values_push_argument(lua_State *L, input *in);

#endif
