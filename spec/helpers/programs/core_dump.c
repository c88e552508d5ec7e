/*
** core_dump.c - runs a Lua script and then writes all writable memory of this
** process to a file, as a core dump would. Lua's own memory is in a separate
** arena, and is left out.
**
**   core_dump <script> <file>
*/

#define _GNU_SOURCE /* MAP_ANONYMOUS */

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define ARENA ((size_t)1 << 30)

static char *arena;
static size_t used;

/* Never frees: Lua's freed memory stays in the arena as well. */
static void *allocate(void *data, void *block, size_t old, size_t size) {
  (void)data;
  if (size == 0) return NULL;
  if (block != NULL && size <= old) return block;
  if (size > ARENA - used - 16) return NULL;
  void *moved = arena + used;
  used += (size + 15) & ~(size_t)15;
  if (block != NULL) memcpy(moved, block, old);
  return moved;
}

static int write_core(const char *name) {
  FILE *maps = fopen("/proc/self/maps", "r"), *core = fopen(name, "w");
  char line[512], rights[8];
  unsigned long from, to;
  if (maps == NULL || core == NULL) return 1;
  setvbuf(core, NULL, _IONBF, 0); /* a buffer would be dumped as well */
  while (fgets(line, sizeof line, maps) != NULL) {
    if (sscanf(line, "%lx-%lx %7s", &from, &to, rights) != 3 || strncmp(rights, "rw", 2) != 0) continue;
    if ((uintptr_t)arena >= from && (uintptr_t)arena < to) continue;
    fwrite((const void *)from, 1, to - from, core); /* unreadable memory is not in a core dump either */
  }
  fclose(maps);
  return fclose(core);
}

int main(int count, char **values) {
  if (count != 3) return 2;
  /* the guard pages keep the kernel from merging the arena with another mapping */
  arena = mmap(NULL, ARENA + 2 * 65536, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (arena == MAP_FAILED) return 2;
  arena += 65536;
  if (mprotect(arena, ARENA, PROT_READ | PROT_WRITE) != 0) return 2;
#if LUA_VERSION_NUM < 505
  lua_State *L = lua_newstate(allocate, NULL);
#else
  lua_State *L = lua_newstate(allocate, NULL, 0);
#endif
  if (L == NULL) return 2;
  luaL_openlibs(L);
  if (luaL_loadfile(L, values[1]) != 0 || lua_pcall(L, 0, 0, 0) != 0) {
    fprintf(stderr, "%s\n", lua_tostring(L, -1));
    return 1;
  }
  return write_core(values[2]);
}
