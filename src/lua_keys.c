/*
** lua_keys.c - see lua_keys.h; the rules at the top of lua_core.c hold here too.
*/

#include "lua_keys.h"

#include "compat.h"
#include "lua_arguments.h"

#include <string.h> /* memset */

#define KEYS_CLASS "cbr.keys"

typedef struct keys_object {
  cbr_signed_request request; /* has only the fields that copy_keys copies, which point into 'texts' */
  cbr_buffer texts;
} keys_object;

static const keys_object *to_keys(lua_State *L, int i) {
  const keys_object *k = luaL_checkudata(L, i, KEYS_CLASS);
  if (k->texts.data == NULL) luaL_error(L, "attempt to use closed keys");
  return k;
}

bool cbr_lua_keys_are_closed(lua_State *L, int c) {
  return lua_type(L, c) == LUA_TUSERDATA && ((keys_object *)luaL_checkudata(L, c, KEYS_CLASS))->texts.data == NULL;
}

/* keys:close(), also the finalizer: wipes the keys. May be called again. */
static int keys_close(lua_State *L) {
  keys_object *k = luaL_checkudata(L, 1, KEYS_CLASS);
  cbr_signer_cache_free(k->request.keys.cache);
  cbr_buffer_free(&k->texts);
  memset(k, 0, sizeof *k);
  return 0;
}

static void read_table(lua_State *L, int c, cbr_signed_request *r) {
  luaL_checktype(L, c, LUA_TTABLE);
  r->keys.access_key = cbr_required_text(L, c, "access_key");
  r->keys.secret_key = cbr_required_text(L, c, "secret_key");
  r->keys.algorithm = cbr_optional_text(L, c, "algorithm");
  if (r->keys.algorithm.data == NULL) r->keys.algorithm = cbr_slice_of(cbr_signer_algorithm_name(0));
  r->keys.region = cbr_optional_text(L, c, "region");
  r->keys.service = cbr_optional_text(L, c, "service");
  r->security_token = cbr_optional_text(L, c, "security_token");
  r->project_id = cbr_optional_text(L, c, "project_id");
  r->domain_id = cbr_optional_text(L, c, "domain_id");
}

static void copy_keys(cbr_signed_request *to, const cbr_signed_request *from) {
  to->keys = from->keys;
  to->security_token = from->security_token;
  to->project_id = from->project_id;
  to->domain_id = from->domain_id;
}

void cbr_lua_read_keys(lua_State *L, int c, cbr_signed_request *request) {
  request->is_signed = true;
  if (lua_type(L, c) == LUA_TUSERDATA)
    copy_keys(request, &to_keys(L, c)->request);
  else
    read_table(L, c, request);
}

/* Copies the bytes of all slices of the object into 'texts', and makes the slices point there. False: no memory. */
static bool keep_texts(keys_object *k) {
  cbr_signed_request *r = &k->request;
  cbr_slice *all[] = {&r->keys.access_key, &r->keys.secret_key, &r->keys.algorithm, &r->keys.region,
                      &r->keys.service,    &r->security_token,  &r->project_id,     &r->domain_id};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    cbr_buffer_add_slice(&k->texts, *all[i]);
  if (cbr_buffer_text(&k->texts) == NULL) return false;
  const char *at = k->texts.data;
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    if (all[i]->data != NULL) {
      all[i]->data = at;
      at += all[i]->size;
    }
  return true;
}

/*
** core.keys(credentials) -> keys
** keys: the credentials of core.sign, together with the state that the hash function has after the secret key, so that
** most requests are signed faster. keys:close() wipes the keys, and so does the garbage collector.
*/
static int core_keys(lua_State *L) {
  cbr_signed_request given = {0};
  lua_settop(L, 1);
  read_table(L, 1, &given);
  keys_object *k = lua_newuserdata(L, sizeof *k);
  memset(k, 0, sizeof *k);
  cbr_setmetatable(L, KEYS_CLASS);
  copy_keys(&k->request, &given);
  k->request.keys.cache = cbr_signer_cache_new();
  if (k->request.keys.cache == NULL || !keep_texts(k)) return luaL_error(L, "not enough memory");
  return 1;
}

static int keys_tostring(lua_State *L) {
  lua_pushliteral(L, KEYS_CLASS);
  return 1;
}

static const luaL_Reg keys_metamethods[] = {{"__gc", keys_close}, {"__tostring", keys_tostring}, {NULL, NULL}};

static const luaL_Reg keys_methods[] = {{"close", keys_close}, {NULL, NULL}};

static const luaL_Reg functions[] = {{"keys", core_keys}, {NULL, NULL}};

void cbr_lua_add_keys(lua_State *L) {
  cbr_new_class(L, KEYS_CLASS, keys_metamethods, keys_methods);
  cbr_setfuncs(L, functions);
}
