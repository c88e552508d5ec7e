/*
** lua_system.c - see lua_system.h; the rules at the top of lua_core.c hold here
** too.
*/

#include "linux.h"

#include "lua_system.h"

#include "bell.h"
#include "buffer.h"
#include "c_locale.h"
#include "clock.h"
#include "compat.h"
#include "file.h"
#include "fork.h"

#include <errno.h>    /* errno */
#include <langinfo.h> /* nl_langinfo */
#include <poll.h>     /* poll */
#include <stdatomic.h>
#include <string.h> /* memset strcmp strerror */

#define BELL_CLASS "cbr.bell"
#define MAX_POLLED 1000000 /* most descriptors of one call; no program polls as many */

/* Pushes the system's text for an error number. */
static void push_error_text(lua_State *L, int number) {
  locale_t before = cbr_c_locale_enter();
  const char *text = strerror(number);
  cbr_c_locale_leave(before);
  lua_pushstring(L, text);
}

/* Pushes nil and the reason. */
static int push_failure(lua_State *L, int number) {
  lua_pushnil(L);
  push_error_text(L, number);
  return 2;
}

/* {======= bells ======= */

/* bell:close(), also the finalizer. May be called again. */
static int bell_close(lua_State *L) {
  cbr_bell_close(luaL_checkudata(L, 1, BELL_CLASS));
  return 0;
}

static cbr_bell *to_bell(lua_State *L) {
  cbr_bell *bell = luaL_checkudata(L, 1, BELL_CLASS);
  if (bell->owner == 0) luaL_error(L, "attempt to use a closed bell");
  return bell;
}

/* bell:fd() -> the descriptor that is readable while the bell rings; to be used only without bell:accept() */
static int bell_fd(lua_State *L) {
  lua_pushinteger(L, to_bell(L)->fd);
  return 1;
}

/* bell:arm([seconds]): makes the bell ring as soon as the watched descriptor is readable, and also after `seconds`.
** Without `seconds`, only the descriptor rings the bell. See cbr_bell_arm in bell.h. */
static int bell_arm(lua_State *L) {
  cbr_bell *bell = to_bell(L);
  cbr_bell_arm(bell, luaL_optnumber(L, 2, -1));
  return 0;
}

/* bell:ring(): rings the bell now. Harmless on a closed bell, such as that of a driver that has ended. */
static int bell_ring(lua_State *L) {
  cbr_bell_ring(luaL_checkudata(L, 1, BELL_CLASS));
  return 0;
}

/* bell:listen() -> the path of a unix socket to which this process has to connect; or nil, reason. The bell must watch
** a descriptor. */
static int bell_listen(lua_State *L) {
  cbr_bell *bell = to_bell(L);
  if (!cbr_bell_listen(bell)) return push_failure(L, errno);
  lua_pushstring(L, bell->address.sun_path);
  return 1;
}

/* bell:accept() -> true; or nil, reason. After true, the connection receives "!" whenever the bell rings, and "."
** after a second without any byte. The path is removed also after a failure. */
static int bell_accept(lua_State *L) {
  if (!cbr_bell_accept(to_bell(L))) return push_failure(L, errno);
  lua_pushboolean(L, 1);
  return 1;
}

/*
** core.bell([fd]) -> bell; or nil, reason if no descriptor can be made
** Wakes an event loop when 'fd' is readable, or at a set time; see bell.h.
*/
static int core_bell(lua_State *L) {
  int watched = (int)luaL_optinteger(L, 1, -1);
  cbr_bell *bell = lua_newuserdata(L, sizeof *bell);
  memset(bell, 0, sizeof *bell);
  cbr_setmetatable(L, BELL_CLASS);
  return cbr_bell_open(bell, watched) ? 1 : push_failure(L, errno);
}

static const luaL_Reg bell_methods[] = {
    {"fd", bell_fd},         {"arm", bell_arm},     {"ring", bell_ring}, {"listen", bell_listen},
    {"accept", bell_accept}, {"close", bell_close}, {NULL, NULL}};

static const luaL_Reg bell_metamethods[] = {{"__gc", bell_close}, {"__close", bell_close}, {NULL, NULL}};

/* }====================================================== */

/* core.monotonic() -> seconds since an unspecified moment, on a clock that is never set */
static int core_monotonic(lua_State *L) {
  lua_pushnumber(L, cbr_clock_monotonic());
  return 1;
}

/* core.poll({fd, ...}, seconds): waits for up to 'seconds' until a descriptor is readable; a signal ends the wait */
static int core_poll(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_Number seconds = luaL_checknumber(L, 2);
  size_t count = cbr_rawlen(L, 1);
  if (count > MAX_POLLED)
    return luaL_error(L, "too many descriptors"); /* the length of a list with holes may be any number */
  struct pollfd *polls = lua_newuserdata(L, (count > 0 ? count : 1) * sizeof *polls);
  for (size_t i = 0; i < count; i++) {
    lua_rawgeti(L, 1, (int)i + 1);
    polls[i] = (struct pollfd){.fd = (int)lua_tointeger(L, -1), .events = POLLIN};
    lua_pop(L, 1); /* remove the descriptor */
  }
  (void)poll(polls, (nfds_t)count, seconds > 0 ? cbr_clock_milliseconds(seconds) : 0);
  return 0;
}

/* core.readable_by_others(file) -> whether the group or others may read the file; nil if the file cannot be examined */
static int core_readable_by_others(lua_State *L) {
  int readable = cbr_file_readable_by_others(luaL_checkstring(L, 1));
  if (readable < 0)
    lua_pushnil(L);
  else
    lua_pushboolean(L, readable);
  return 1;
}

/* Pushes nil, the reason why a file was not read, and whether the file does not exist. */
static int push_file_failure(lua_State *L, cbr_file_result result, int number, size_t limit) {
  lua_pushnil(L);
  if (result == CBR_FILE_NOT_REGULAR)
    lua_pushliteral(L, "not a regular file");
  else if (result == CBR_FILE_TOO_LARGE)
    lua_pushfstring(L, "larger than %d bytes", (int)limit);
  else
    push_error_text(L, number);
  lua_pushboolean(L, result == CBR_FILE_MISSING);
  return 3;
}

/* The largest file, and the smallest buffer for a file, in bytes. A file of /proc has the size 0, whatever it
** contains. */
#define LARGEST_FILE (16L * 1024 * 1024)
#define MIN_ROOM_BYTES 4096

/*
** core.read_file(file, limit) -> the content of a regular file of up to 'limit'
** bytes (at most 16 MiB); or nil, reason, and whether there is no such file. The
** call does not block, because a FIFO, a device or a directory is not read.
*/
static int core_read_file(lua_State *L) {
  size_t length, size = 0;
  const char *file = luaL_checklstring(L, 1, &length);
  lua_Number given = luaL_checknumber(L, 2);
  luaL_argcheck(L, length == strlen(file), 1, "contains a zero byte");
  luaL_argcheck(L, given >= 0 && given <= LARGEST_FILE, 2, "must be a number of bytes up to 16 MiB");
  size_t limit = (size_t)given;
  cbr_file_result result = cbr_file_look(file, &size);
  int number = errno; /* Lua's functions may change errno */
  if (result == CBR_FILE_OK && size > limit) result = CBR_FILE_TOO_LARGE;
  if (result != CBR_FILE_OK) return push_file_failure(L, result, number, limit);
  size_t room = (size < MIN_ROOM_BYTES && MIN_ROOM_BYTES <= limit ? MIN_ROOM_BYTES : size) + 1;
  char *data = lua_newuserdata(L, room);
  result = cbr_file_read(file, data, room, &size);
  number = errno;
  if (result != CBR_FILE_OK) return push_file_failure(L, result, number, limit);
  lua_pushlstring(L, data, size);
  cbr_wipe(data, room);
  return 1;
}

/* core.file_problem(file) -> why 'file' is not a readable regular file; nil: no problem. For files that libcurl reads.
 */
static int core_file_problem(lua_State *L) {
  size_t size;
  const char *file = luaL_checkstring(L, 1);
  cbr_file_result result = cbr_file_look(file, &size);
  if (result == CBR_FILE_OK) result = cbr_file_read(file, NULL, 0, &size);
  if (result == CBR_FILE_TOO_LARGE) return 0; /* the size does not matter: the file could be opened */
  (void)push_file_failure(L, result, errno, 0);
  lua_pop(L, 1); /* remove the flag for a missing file */
  return 1;
}

/*
** core.date([offset]) -> the present UTC time plus 'offset' seconds (0), rounded
** to the nearest second, as YYYYMMDDThhmmssZ: the form of X-Sdk-Date. Raises an
** error if the sum is not a date of the years 0 to 9999.
*/
static int core_date(lua_State *L) {
  char date[CBR_DATE_SIZE];
  luaL_argcheck(L, cbr_clock_date(luaL_optnumber(L, 1, 0), date), 1, "must give a date of the years 0 to 9999");
  lua_pushstring(L, date);
  return 1;
}

/*
** core.in_c_locale(f, ...) -> what f(...) returns; during the call this thread
** has the locale "C". An error of f is raised again. f must not yield.
*/
static int core_in_c_locale(lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  locale_t before = cbr_c_locale_enter();
  int status = lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0);
  cbr_c_locale_leave(before);
  return status == 0 ? lua_gettop(L) : lua_error(L);
}

/* core.has_decimal_point() -> whether a fraction is written with a point in this thread's locale */
static int core_has_decimal_point(lua_State *L) {
  lua_pushboolean(L, strcmp(nl_langinfo(RADIXCHAR), ".") == 0);
  return 1;
}

/*
** core.states() -> how many Lua states of this process have loaded the core, those
** that have ended included. A forked child counts from 0.
*/
static atomic_int states, states_owner;

static int core_states(lua_State *L) {
  lua_pushinteger(L, atomic_load(&states_owner) == (int)cbr_process_id() ? atomic_load(&states) : 0);
  return 1;
}

/* Counts a Lua state when the core is first loaded in this state. With another package.loaded, a state may load the
** core again. */
static void count_state(lua_State *L) {
  luaL_getmetatable(L, BELL_CLASS);
  bool is_known = !lua_isnil(L, -1);
  lua_pop(L, 1); /* remove the metatable */
  if (is_known) return;
  if (atomic_exchange(&states_owner, (int)cbr_process_id()) != (int)cbr_process_id()) atomic_store(&states, 0);
  atomic_fetch_add(&states, 1);
}

static const luaL_Reg functions[] = {{"bell", core_bell},
                                     {"date", core_date},
                                     {"has_decimal_point", core_has_decimal_point},
                                     {"file_problem", core_file_problem},
                                     {"in_c_locale", core_in_c_locale},
                                     {"monotonic", core_monotonic},
                                     {"poll", core_poll},
                                     {"read_file", core_read_file},
                                     {"readable_by_others", core_readable_by_others},
                                     {"states", core_states},
                                     {NULL, NULL}};

void cbr_lua_add_system(lua_State *L) {
  count_state(L);
  cbr_new_class(L, BELL_CLASS, bell_metamethods, bell_methods);
  cbr_setfuncs(L, functions);
}
