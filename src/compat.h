/*
** compat.h - every difference between Lua 5.1, LuaJIT, 5.2, 5.3 and 5.4 that
** the binding meets. Names are our own, since LuaJIT has some of the 5.2 ones.
*/

#ifndef cbr_compat_h
#define cbr_compat_h

#include <lauxlib.h>
#include <lua.h>

#if LUA_VERSION_NUM < 502
#define cbr_rawlen(L, i) lua_objlen(L, i)
#else
#define cbr_rawlen(L, i) lua_rawlen(L, i)
#endif

/* Puts the functions of a list into the table at the top of the stack. */
static inline void cbr_setfuncs(lua_State *L, const luaL_Reg *list) {
  for (; list->name != NULL; list++) {
    lua_pushcfunction(L, list->func);
    lua_setfield(L, -2, list->name);
  }
}

/* The metatable of a class goes to the value at the top of the stack. */
static inline void cbr_setmetatable(lua_State *L, const char *class) {
  luaL_getmetatable(L, class);
  lua_setmetatable(L, -2);
}

#endif
