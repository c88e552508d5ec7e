/*
** lua_system.h - the functions of cbr.core for the operating system: clock, date,
** bell, poll, and the content and permissions of a file.
*/

#ifndef cbr_lua_system_h
#define cbr_lua_system_h

#include <lua.h>

#pragma GCC visibility push(hidden) /* only luaopen_cbr_core is exported */

/* Adds these functions to the table at the top of the stack: bell, date,
** file_problem, in_c_locale, monotonic, poll, read_file, readable_by_others, states.
** lua_system.c describes these functions. */
void cbr_lua_add_system(lua_State *L);

#pragma GCC visibility pop

#endif
