/*
** threads.c - runs a Lua script in several threads at the same time. In every
** round, each thread makes and closes a Lua state of its own:
**
**   threads <threads> <rounds> <script>
**
** The script has the globals THREAD and ROUND. The status is 1 if a script raised
** an error.
*/

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_THREADS 64

typedef struct worker {
  pthread_t thread;
  int number;
  int rounds;
  const char *script;
  int failed;
} worker;

static int run(const worker *w, int round) {
  lua_State *L = luaL_newstate();
  if (L == NULL) return 1;
  luaL_openlibs(L);
  lua_pushinteger(L, w->number);
  lua_setglobal(L, "THREAD");
  lua_pushinteger(L, round);
  lua_setglobal(L, "ROUND");
  int failed = luaL_loadfile(L, w->script) != 0 || lua_pcall(L, 0, 0, 0) != 0;
  if (failed) fprintf(stderr, "thread %d, round %d: %s\n", w->number, round, lua_tostring(L, -1));
  lua_close(L);
  return failed;
}

static void *work(void *data) {
  worker *w = data;
  for (int round = 1; round <= w->rounds; round++)
    w->failed |= run(w, round);
  return NULL;
}

int main(int count, char **values) {
  static worker workers[MAX_THREADS];
  if (count != 4) return 2;
  int threads = atoi(values[1]), failed = 0;
  if (threads < 1 || threads > MAX_THREADS) return 2;
  for (int i = 0; i < threads; i++) {
    workers[i] = (worker){.number = i + 1, .rounds = atoi(values[2]), .script = values[3]};
    if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0) return 2;
  }
  for (int i = 0; i < threads; i++) {
    pthread_join(workers[i].thread, NULL);
    failed |= workers[i].failed;
  }
  return failed;
}
