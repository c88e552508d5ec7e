--- Makes the table of docs/reference/permissions.md: which permissions a key needs for each job. These follow from the
-- actions of the operations that the job calls.

local describe = require "cbr.describe"
local jobs = require "tools.reference.words.jobs"
local markdown = require "tools.reference.markdown"
local operations = require "cbr.operations"

local PAGE = "docs/reference/permissions.md"

-- A cell with the actions of some operations. If the documents name no action for an operation, the cell has the name
-- of the operation.
local function actions(names)
  local seen, list = {}, {}
  local function add(text)
    if not seen[text] then
      seen[text], list[#list + 1] = true, text
    end
  end
  for _, name in ipairs(names or {}) do
    local words = describe.operation(operations[name])
    add(words.action and markdown.code(words.action) or ("%s: none is documented"):format(markdown.code(name)))
    for _, action in ipairs(words.other_actions) do
      add(markdown.code(action))
    end
  end
  return table.concat(list, ", ")
end

--- Adds the page to `files`.
---@param files table<string, string> the text of each file by its path
return function(files)
  local rows = {}
  for i, job in ipairs(jobs) do
    rows[i] = { job.job, actions(job.here), actions(job.there), job.note or "" }
  end
  local heads = { "job", "in the vaults' project", "in the destination's project", "note" }
  files[PAGE] = markdown.fill(PAGE, { ["actions of each job"] = markdown.table(heads, rows) })
end
