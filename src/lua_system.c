/*
** lua_system.c - see lua_system.h; the rules at the top of lua_core.c hold here
** too.
*/

#include "linux.h"

#include "lua_system.h"

#include "alarm.h"
#include "buffer.h"
#include "c_locale.h"
#include "clock.h"
#include "compat.h"
#include "file.h"

#include <errno.h>    /* errno */
#include <langinfo.h> /* nl_langinfo */
#include <poll.h>     /* poll */
#include <string.h>   /* strcmp strerror */

#define ALARM_CLASS "cbr.alarm"
#define MAX_POLLED 1000000 /* descriptors; more than a process may open */

static int alarm_close(lua_State *L) {
  cbr_alarm_close(luaL_checkudata(L, 1, ALARM_CLASS));
  return 0;
}

static cbr_alarm *to_alarm(lua_State *L) {
  cbr_alarm *a = luaL_checkudata(L, 1, ALARM_CLASS);
  if (a->fd < 0) luaL_error(L, "attempt to use a closed alarm");
  return a;
}

/* alarm:fd() -> the descriptor that is readable once the time has come, or while the other descriptor is */
static int alarm_fd(lua_State *L) {
  lua_pushinteger(L, to_alarm(L)->fd);
  return 1;
}

/* alarm:set([seconds]): sets the time, in seconds from now; nil: no time. Replaces an earlier time. */
static int alarm_set(lua_State *L) {
  const cbr_alarm *a = to_alarm(L);
  cbr_alarm_set(a, luaL_optnumber(L, 2, -1));
  return 0;
}

/* Pushes the system's text for an error number. */
static void push_error_text(lua_State *L, int number) {
  locale_t before = cbr_c_locale_enter();
  const char *text = strerror(number);
  cbr_c_locale_leave(before);
  lua_pushstring(L, text);
}

/*
** core.alarm([fd]) -> alarm; or nil, reason if no descriptor can be made
** For event loops that can wait only on descriptors: one that is readable at a
** time, and, if 'fd' is given, while that other descriptor is readable.
*/
static int core_alarm(lua_State *L) {
  int other = (int)luaL_optinteger(L, 1, -1);
  cbr_alarm *a = lua_newuserdata(L, sizeof *a);
  *a = (cbr_alarm){-1, -1};
  cbr_setmetatable(L, ALARM_CLASS);
  if (cbr_alarm_open(a, other)) return 1;
  int reason = errno; /* Lua's functions may change it */
  lua_pushnil(L);
  push_error_text(L, reason);
  return 2;
}

static const luaL_Reg alarm_methods[] = {{"fd", alarm_fd}, {"set", alarm_set}, {"close", alarm_close}, {NULL, NULL}};

static const luaL_Reg alarm_metamethods[] = {{"__gc", alarm_close}, {"__close", alarm_close}, {NULL, NULL}};

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

/* core.readable_by_others(file) -> whether the group or others may read the file; nil if there is no such file */
static int core_readable_by_others(lua_State *L) {
  int readable = cbr_file_readable_by_others(luaL_checkstring(L, 1));
  if (readable < 0)
    lua_pushnil(L);
  else
    lua_pushboolean(L, readable);
  return 1;
}

/* Pushes nil, the reason why a file was not read, and whether that is because there is none. */
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

/* The largest file and the smallest room for one, in bytes. A file of /proc has the size 0, whatever is in it. */
#define LARGEST_FILE (16L * 1024 * 1024)
#define LEAST_ROOM 4096

/*
** core.read_file(file, limit) -> the content of a regular file of up to 'limit'
** bytes (at most 16 MiB); or nil, reason, and whether there is no such file. It
** does not block: a FIFO, a device and a directory are not read.
*/
static int core_read_file(lua_State *L) {
  size_t length, size = 0;
  const char *file = luaL_checklstring(L, 1, &length);
  lua_Number given = luaL_checknumber(L, 2);
  luaL_argcheck(L, length == strlen(file), 1, "contains a zero byte");
  luaL_argcheck(L, given >= 0 && given <= LARGEST_FILE, 2, "must be a number of bytes up to 16 MiB");
  size_t limit = (size_t)given;
  cbr_file_result result = cbr_file_look(file, &size);
  int number = errno; /* Lua's functions may change it */
  if (result == CBR_FILE_OK && size > limit) result = CBR_FILE_TOO_LARGE;
  if (result != CBR_FILE_OK) return push_file_failure(L, result, number, limit);
  size_t room = (size < LEAST_ROOM && LEAST_ROOM <= limit ? LEAST_ROOM : size) + 1;
  char *data = lua_newuserdata(L, room);
  result = cbr_file_read(file, data, room, &size);
  number = errno;
  if (result != CBR_FILE_OK) return push_file_failure(L, result, number, limit);
  lua_pushlstring(L, data, size);
  cbr_wipe(data, room);
  return 1;
}

/* core.file_problem(file) -> why a file that others read, such as libcurl, is not a readable regular file; nil: it is
 */
static int core_file_problem(lua_State *L) {
  size_t size;
  const char *file = luaL_checkstring(L, 1);
  cbr_file_result result = cbr_file_look(file, &size);
  if (result == CBR_FILE_OK) result = cbr_file_read(file, NULL, 0, &size);
  if (result == CBR_FILE_TOO_LARGE) return 0; /* it could be opened */
  (void)push_file_failure(L, result, errno, 0);
  lua_pop(L, 1); /* remove whether it is missing */
  return 1;
}

/*
** core.date([offset]) -> the present UTC time plus 'offset' seconds (0), rounded
** to the nearest second, as YYYYMMDDThhmmssZ: the form of X-Sdk-Date. Raises if
** that is not a date of the years 0 to 9999.
*/
static int core_date(lua_State *L) {
  char date[CBR_DATE_SIZE];
  luaL_argcheck(L, cbr_clock_date(luaL_optnumber(L, 1, 0), date), 1, "must be a number of seconds that gives a date");
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

static const luaL_Reg functions[] = {{"alarm", core_alarm},
                                     {"date", core_date},
                                     {"has_decimal_point", core_has_decimal_point},
                                     {"file_problem", core_file_problem},
                                     {"in_c_locale", core_in_c_locale},
                                     {"monotonic", core_monotonic},
                                     {"poll", core_poll},
                                     {"read_file", core_read_file},
                                     {"readable_by_others", core_readable_by_others},
                                     {NULL, NULL}};

void cbr_lua_add_system(lua_State *L) {
  cbr_new_class(L, ALARM_CLASS, alarm_metamethods, alarm_methods);
  cbr_setfuncs(L, functions);
}
