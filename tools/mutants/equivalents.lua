--- Mutations that change nothing that a caller, the service or an attacker could notice, each with the reason. An entry
--- has the file and both versions of the line. So an entry no longer matches when its line has changed.

local equivalents = {}

local KNOWN = {
  {
    file = "src/transfer.c", before = "cbr_wipe(t->reason, sizeof t->reason);", after = ";",
    reason = "libcurl never gets an unusable URL with a password, so its error text contains no secret",
  },
  {
    file = "src/signer.c", before = "for (size_t i = 0; i < a.size && i < b.size; i++) {",
    after = "for (size_t i = 0; i <= a.size && i < b.size; i++) {",
    reason = "the byte after a name is the NUL of Lua's string, which is less than every byte of a name",
  },
  {
    file = "src/buffer.c", before = "if (!reserve(b, 1)) return NULL;", after = "if (!reserve(b, 2)) return NULL;",
    reason = "the buffer only reserves one byte more than it uses",
  },
  {
    file = "src/descriptors.c",
    before = "if (entry->is_own && fstat((int)i, &status) == 0 && status.st_dev == entry->device && "
      .. "status.st_ino == entry->inode)",
    after = "if (entry->is_own && fstat((int)i, &status) == 0  && status.st_ino == entry->inode)",
    reason = "differs only if a reused number is a file of another device that has the socket's inode number",
  },
  {
    file = "lua/cbr/loop/await.lua",
    before = "await.wait { done = false, pools = { [pool] = true }, transfer = transfer, serial = serial, "
      .. "client = client }",
    after = "await.wait { done = false, pools = { [pool] = false }, transfer = transfer, serial = serial, "
      .. "client = client }",
    reason = "the table is a set of which only the keys are read",
  },
  {
    file = "src/transfer.c", before = "long request_size = 0, connects = 0;",
    after = "long request_size = 1, connects = 0;",
    reason = "libcurl always sets this variable, because it knows the size of each request",
  },
  {
    file = "src/pool.c", before = "CURLMcode code = curl_multi_socket_action(pool->multi, fd, what, &running);",
    after = "CURLMcode code = curl_multi_socket_action(pool->multi, fd, 0, &running);",
    reason = "if libcurl is told no events, it asks the system, and gets the same events with one more call",
  },
  {
    file = "lua/cbr/call/call.lua", before = "if result and not client.budget.is_full then", after = "if result then",
    reason = "a full budget stays full; the condition only spares a call",
  },
  {
    file = "src/curl_setup.c", before = "if (size <= old && size >= old / 2) return block;",
    after = "if (size < old && size >= old / 2) return block;",
    reason = "a block that has the size already is replaced by a copy; realloc(3) may move any block",
  },
  {
    file = "src/curl_setup.c", before = "const char *tls = curl_version_info(CURLVERSION_NOW)->ssl_version;",
    after = "const char *tls = curl_version_info(0)->ssl_version;",
    reason = "libcurl ignores the argument, and the field is in the first version of the struct (0)",
  },
  {
    file = "src/signed_request.c", before = "return (cbr_slice){NULL, 0};", after = "return (cbr_slice){NULL, 1};",
    reason = "the caller reads the size only if the pointer is not NULL",
  },
  {
    file = "src/descriptors.c",
    before = "if ((ready[i].events & (EPOLLERR | EPOLLHUP)) != 0) what |= CBR_DESCRIPTOR_ERROR;",
    after = "if ((ready[i].events & (EPOLLERR | EPOLLHUP)) != 1) what |= CBR_DESCRIPTOR_ERROR;",
    reason = "libcurl reads the error bit only if no other bit is set, and without an error another bit is set",
  },
  {
    file = "src/descriptors.c",
    before = "for (size_t seen = 0; found == EVENTS_PER_WAIT && seen < all; seen += EVENTS_PER_WAIT) {",
    after = "for (size_t seen = 0; found == EVENTS_PER_WAIT && seen <= all; seen += EVENTS_PER_WAIT) {",
    reason = "the loop only checks again the descriptors that it has checked already",
  },
  {
    file = "src/transfer.c", before = "t->header_list = NULL;", after = ";",
    reason = "the only caller frees the transfer directly afterwards",
  },
  {
    file = "src/file.c", before = "while (size < capacity) {", after = "while (size <= capacity) {",
    reason = "read(2) of no bytes returns 0, which ends the loop",
  },
  {
    file = "src/signed_request.c", before = "for (size_t i = 0; i + 3 <= origin.size; i++)",
    after = "for (size_t i = 1; i + 3 <= origin.size; i++)",
    reason = "a scheme comes before \"://\", which libcurl demands too",
  },
  {
    file = "lua/cbr/follow/replication.lua", before = "local created_at = time.parse(task.created_at) or 0",
    after = "local created_at = time.parse(task.created_at) or 1",
    reason = "the value may be any time long before the service existed",
  },
}

---@param file string
---@param before string the line, without its indentation
---@param after string
---@return string? reason
function equivalents.reason(file, before, after)
  for _, entry in ipairs(KNOWN) do
    if entry.file == file and entry.before == before and entry.after == after then
      return entry.reason
    end
  end
end

return equivalents
