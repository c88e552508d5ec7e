/*
** lua_keys.h - the keys of the Lua module cbr.core. Keys are credentials that are
** prepared for signing requests.
*/

#ifndef cbr_lua_keys_h
#define cbr_lua_keys_h

#include "signed_request.h"

#include <lua.h>

#pragma GCC visibility push(hidden) /* only luaopen_cbr_core is exported */

/* Adds the function 'keys' to the table at the top of the stack. */
void cbr_lua_add_keys(lua_State *L);

/*
** Reads the credentials at index 'c' into the fields of a request that is
** signed. They are a table, or what core.keys returned; anything else raises an
** error. They must stay on the stack as long as the request is used.
*/
void cbr_lua_read_keys(lua_State *L, int c, cbr_signed_request *request);

/*
** Whether the value at index 'c' is keys that are closed. When a Lua state
** ends, finalizers run in no fixed order. So a call from a finalizer can find that
** the keys of a client are closed, and that the rest of the client is still open.
*/
bool cbr_lua_keys_are_closed(lua_State *L, int c);

#pragma GCC visibility pop

#endif
