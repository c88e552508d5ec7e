--- The meanings of operations, of their parameters and of their results, in words. Only `client:describe` and the tools
-- that write the reference and the types load this module, so other scripts do not pay for it.

local results = require "cbr.operations.about.results"
local shared = require "cbr.operations.about.parameters"
local small_results = require "cbr.operations.about.small_results"

---@class cbr.About
---@field does string what the operation does
---@field returns string what it returns
---@field action? string permission (IAM action) that the operation needs; nil: the documents do not name it
---@field other_actions? string permissions that the operation needs besides `action`
---@field codes? string error codes to expect: numbers of codes `BackupService.<number>`, or whole codes
---@field huawei_only? boolean Open Telekom Cloud has no page about the operation
---@field params? table<string, string> path of a parameter, or end of a path -> meaning; a path has names joined by "."
---@field result string|table[]|true name of an object; or fields { name, type, meaning, fields? }; or true
---@field result_is? "list"|"whole" `list`: the result is a list of such objects; `whole`: the result is the whole
-- response, although the operation lists
---@field beside? table[] for an operation that lists: the fields beside the list; default: `count`

local GROUPS = {
  "restore_points", "backups", "tasks", "vaults", "policies", "protection", "sharing", "tags", "features", "projects",
  "prepaid_orders", "usage", "organization_policies", "agents",
}

local about = {}

--- Operation -> the meaning of the operation.
---@type table<string, cbr.About>
about.operations = {}
for _, group in ipairs(GROUPS) do
  for name, words in pairs(require("cbr.operations.about." .. group)) do
    about.operations[name] = words
  end
end

--- Name of an object in results -> the fields of the object.
about.objects = {}
for _, objects in ipairs { results, small_results } do
  for name, fields in pairs(objects) do
    about.objects[name] = fields
  end
end

-- Returns the meaning whose key is the longest end of the path, or nil.
local function by_end_of_path(meanings, path)
  local rest = path
  while rest do
    if meanings[rest] then
      return meanings[rest]
    end
    rest = rest:match "^[^.]+%.(.+)$"
  end
end

--- Returns what a parameter means.
---@param operation string
---@param path string with names joined by ".", such as `billing.size`
---@return string? meaning nil: no meaning is known
function about.parameter(operation, path)
  local own = about.operations[operation].params or {}
  -- The operation's own meaning counts first if its key is the whole path, and last if its key is an end of the path.
  return own[path] or by_end_of_path(shared, path) or by_end_of_path(own, path)
end

return about
