--- The forms of texts that rules name, as data. cbr.util.check checks that texts have these forms.

---@class cbr.TextForm
---@field pattern? string the whole form as a Lua pattern
---@field any? string[] patterns of which one is enough
---@field never? string[] patterns of texts that do not have the form
---@field reserved? table<string, true> texts of the form that mean something else in the paths of the API
---@field is_lower? boolean|string the service writes such a text in lower case, so a parameter in upper case
-- means the same, and is sent in lower case (for UUIDs: RFC 9562 section 4). If this is a pattern, only texts
-- that match the pattern are meant
---@field says string completes the sentence "must be …"

local UUID = "^%x%x%x%x%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x%x%x%x%x%x%x%x%x%x%x%x$"

---@type table<string, cbr.TextForm>
local text_forms = {
  uuid = {
    pattern = UUID,
    is_lower = true, says = "a UUID (8-4-4-4-12 hex digits)",
  },
  -- Ids for which the documents do not name a UUID: see cbr.operations.rules. No such id leads to another path: it has
  -- neither '/' nor '.' nor '%', and is none of the words that stand in the place of an id in other paths. An update of
  -- the vault `batch-update` would change all vaults of the project.
  id = {
    pattern = "^[A-Za-z0-9_-]+$", never = { ("."):rep(65) },
    reserved = {
      -- these words are in paths of vaults
      ["batch-update"] = true, ["change-charge-mode"] = true, external = true, order = true, summary = true,
      sync = true, replicate = true, -- in paths of backups and of restore points
    },
    is_lower = UUID, says = "an id (1 to 64 letters, digits, '_' and '-')",
  },
  project = { pattern = "^" .. ("%x"):rep(32) .. "$", is_lower = true, says = "a project id (32 hex digits)" },
  line = { pattern = "^[^%z\1-\31\127]*$", says = "without control characters" },
  region = {
    pattern = "^[A-Za-z0-9][A-Za-z0-9-]*$", is_lower = true, says = "a region id (letters, digits and '-')",
  },
  -- The API definition allows '.' and '_', too, although no known region has them.
  region_in_body = {
    pattern = "^[A-Za-z0-9._-]+$", is_lower = true, says = "a region id (letters, digits, '.', '_' and '-')",
  },
  -- The API definition allows only Chinese characters, ASCII letters, digits, '_' and '-'; the API pages say "letters".
  name = { pattern = "^[A-Za-z0-9_\128-\255-]*$", says = "letters (of any script), digits, '_' and '-'" },
  word = { pattern = "^[A-Za-z0-9_-]*$", says = "letters, digits, '_' and '-'" },
  description = { pattern = "^[^<>]*$", says = "without '<' and '>'" },
  time = { pattern = "^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%dZ$", says = "a time like 2018-02-01T12:00:00Z" },
  timezone = { pattern = "^UTC[+-]%d%d:%d%d$", says = "a time zone like UTC+08:00" },
  duration = { pattern = "^%d+[smhdw]$", says = "a duration like 26h (a whole number with s, m, h, d or w)" },
  version = { pattern = "%d%d?%d?%.%d%d?%d?%.%d%d?%d?$", says = "a version of three numbers, like 1.0.12" },
  -- The form is wide, because the pattern in the API definition requires hardly more.
  file_path = { any = { "/.", "^[A-Za-z]:\\" }, says = [[a path like /data or C:\data]] },
  -- One segment of a path. A segment must not lead to another path, and must not be taken for the
  -- placeholder of the project.
  segment = {
    pattern = "^[^/%z\1-\31\127]+$", never = { "^%.%.?$", "{project_id}" },
    says = "text without '/', and neither '.' nor '..'",
  },
}

return text_forms
