--- The API as data: what is called, where, with which parameters, and what its
-- answer is unwrapped from. Source of each: its page of the CBR API reference.
--
-- Official snake_case names (those of the SDKs). An operation: { method, path, params, alias?, order?, wrap?, unwrap?,
-- list?, count?, repeatable?, trace?, doubled?, followed_by?, name, group }. `alias` is the name of this module's own.
-- `order`: sets work in motion that must not be doubled. `repeatable`: not a GET, and yet twice is as good as once,
-- also in what the second answer says; so no DELETE, whose second answer is that there is no such thing. `trace`: what
-- its tasks are called, by which an order can be found again, and `doubled` the codes that refuse what is under way or
-- done already; `followed_by`: where in the answer the ids are that it is followed by, without which the answer is
-- none. `wrap` is what the body's parameters stand in; `unwrap` what the answer is taken out of, none where it has more
-- than that; `list` where in the answer the items of a list are, `count` where the number of all of them, by default
-- `count`. `group` is its heading in the reference.
--
-- `params` are rules for `check.problems`, with more fields: `at` ("path", "query" or "body") is where it goes, by
-- default the path where that names it, else the query of GET and DELETE, else the body; `wire` is the name it is sent
-- under where the service misspells it; `as_text` numbers are sent as strings.

local operations = {}

-- In the order of the reference.
local GROUPS = {
  { "Restore points", require "cbr.operations.restore_points" },
  { "Backups", require "cbr.operations.backups" },
  { "Tasks", require "cbr.operations.tasks" },
  { "Vaults", require "cbr.operations.vaults" },
  { "Policies", require "cbr.operations.policies" },
  { "Protection", require "cbr.operations.protection" },
  { "Backup sharing", require "cbr.operations.sharing" },
  { "Tags", require "cbr.operations.tags" },
  { "Features", require "cbr.operations.features" },
  { "Projects", require "cbr.operations.projects" },
  { "Orders", require "cbr.operations.prepaid_orders" },
  { "Usage", require "cbr.operations.usage" },
  { "Organization policies", require "cbr.operations.organization_policies" },
  { "Agents", require "cbr.operations.agents" },
}

-- A rule that says everything: where its parameter goes, and that a path has no holes.
local function complete(rule, operation)
  local whole = {}
  for field, value in pairs(rule) do
    whole[field] = value
  end
  local in_path = operation.path:find("{" .. rule.name .. "}", 1, true)
  local in_query = operation.method == "GET" or operation.method == "DELETE"
  whole.at = rule.at or (in_path and "path") or (in_query and "query") or "body"
  if whole.at == "path" then
    whole.required, whole.form = true, rule.form or "segment"
  end
  return whole
end

for _, group in ipairs(GROUPS) do
  for name, operation in pairs(group[2]) do
    assert(not operations[name], name)
    operation.name, operation.group = name, group[1]
    local params = {}
    for i, rule in ipairs(operation.params) do
      params[i] = complete(rule, operation)
    end
    operation.params = params
    operations[name] = operation
  end
end

return operations
