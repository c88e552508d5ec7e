--- Mutations that change nothing that a caller, the service or an attacker could notice. Each has its reason. They are
--- recognized by the file and the two versions of the line, so that an entry dies with the code that it is about.

local equivalents = {}

local KNOWN = {
  {
    file = "src/transfer.c", before = "cbr_wipe(t->reason, sizeof t->reason);", after = ";",
    reason = "libcurl gets no URL with a password that it cannot use, so its error text contains no secret",
  },
  {
    file = "src/descriptors.c",
    before = "if (entry->is_own && fstat((int)i, &status) == 0 && status.st_dev == entry->device && "
      .. "status.st_ino == entry->inode)",
    after = "if (entry->is_own && fstat((int)i, &status) == 0  && status.st_ino == entry->inode)",
    reason = "differs only if a reused number is a file of another device that has the socket's inode number",
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
