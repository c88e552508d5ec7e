--- Mutations that change nothing that a caller, the service or an attacker could notice. Each has its reason. They are
--- recognized by the file and the two versions of the line, so that an entry dies with the code that it is about.

local equivalents = {}

local KNOWN = {
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
