/*
** values.h - Lua values of any kind, chosen by the fuzzer: what binding.c calls
** the core with.
*/

#ifndef cbr_fuzz_values_h
#define cbr_fuzz_values_h

#include "input.h"

#include <lua.h>

#define COUNT(list) ((unsigned)(sizeof(list) / sizeof *(list)))

#define SLOTS 8 /* values that later calls come back to, in the registry's "slots" */
#define VALUES_ORIGINS 6

/* Addresses of a listener, as the origins of requests. To be set first. */
extern char values_origins[VALUES_ORIGINS][64];

/* What finalizers call. To be set first. */
extern lua_CFunction values_finalize;

/* Pushes what a slot holds. */
void push_slot(lua_State *L, unsigned slot);

/* Pops a value into a slot. */
void keep(lua_State *L, unsigned slot);

/* An object that calls values_finalize when it is collected. */
void push_finalized(lua_State *L);

/* Anything. */
void push_value(lua_State *L, input *in);

/* A good request, and good options of a pool, with some fields exchanged. */
void push_request(lua_State *L, input *in);
void push_options(lua_State *L, input *in);

/* One of these, or credentials, or anything. */
void push_argument(lua_State *L, input *in);

#endif
