/*
** compat.h - classes of userdata, and the differences between Lua 5.1, LuaJIT,
** 5.2, 5.3 and 5.4 that concern the binding. The functions have the prefix
** cbr_, because LuaJIT already has some of the functions of Lua 5.2.
*/

#ifndef cbr_compat_h
#define cbr_compat_h

#include <lauxlib.h>
#include <lua.h>
#include <stdint.h>

#if LUA_VERSION_NUM < 502
#define cbr_rawlen(L, i) lua_objlen(L, i)
#else
/* The length of a list with holes can be any number. For a length that does not fit in a size_t, the result is the
** largest size_t. */
static inline size_t cbr_rawlen(lua_State *L, int i) {
  unsigned long long length = lua_rawlen(L, i);
  return (size_t)length == length ? (size_t)length : SIZE_MAX;
}
#endif

/* Stores the functions of a list, which ends with a NULL name, in the table at the top of the stack. */
static inline void cbr_setfuncs(lua_State *L, const luaL_Reg *list) {
  for (; list->name != NULL; list++) {
    lua_pushcfunction(L, list->func);
    lua_setfield(L, -2, list->name);
  }
}

/* Gives the userdata at the top of the stack the metatable of a class. */
static inline void cbr_setmetatable(lua_State *L, const char *class) {
  luaL_getmetatable(L, class);
  lua_setmetatable(L, -2);
}

/* Registers the metatable of a class. 'methods' may be NULL. */
static inline void cbr_new_class(lua_State *L, const char *class, const luaL_Reg *metamethods,
                                 const luaL_Reg *methods) {
  luaL_newmetatable(L, class);
  cbr_setfuncs(L, metamethods);
  lua_pushstring(L, class);
  lua_setfield(L, -2, "__name");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable"); /* callers must not reach a finalizer */
  if (methods != NULL) {
    lua_newtable(L);
    cbr_setfuncs(L, methods);
    lua_setfield(L, -2, "__index");
  }
  lua_pop(L, 1); /* remove the metatable */
}

#endif
