--- Makes the tables of docs/reference/errors.md, with every kind of error and every code, from the tables of cbr.

local describe = require "cbr.describe"
local errors = require "cbr.errors"
local gateway_codes = require "cbr.operations.about.gateway_codes"
local markdown = require "tools.reference.markdown"
local service_codes = require "cbr.call.service_codes"

local code = markdown.code

local function kind_rows()
  local rows = {}
  for i, kind in ipairs(markdown.sorted(errors.kinds)) do
    rows[i] = { code(kind), errors.kinds[kind], errors.advice[kind] }
  end
  return rows
end

local function service_rows()
  local rows = {}
  for _, name in ipairs(markdown.sorted(service_codes.known)) do
    if name:find "^BackupService%." then
      local entry, known = describe.code(name), service_codes.known[name]
      rows[#rows + 1] = {
        code(name), entry.meaning, code(entry.kind), known.reason and code(known.reason) or "",
        entry.retryable and (known.slow and "yes, after a longer pause" or "yes") or "no", entry.advice,
      }
    end
  end
  return rows
end

local function gateway_rows()
  local rows = {}
  for name in pairs(service_codes.known) do
    local number = name:match "^APIGW%.(%d+)$"
    assert(not number or gateway_codes[number], name .. " has no meaning in lua/cbr/operations/about/gateway_codes.lua")
  end
  for i, number in ipairs(markdown.sorted(gateway_codes)) do
    local known = service_codes.known["APIGW." .. number]
    rows[i] = {
      code("APIGW." .. number), gateway_codes[number], known and code(known.kind or "service") or "by the status",
      not known and "by the status" or known.retryable and "yes" or "no",
      known and errors.advice[known.kind or "service"] or "",
    }
  end
  return rows
end

local function status_rows()
  local rows = {}
  for i, status in ipairs(markdown.sorted(service_codes.by_status)) do
    local entry = service_codes.by_status[status]
    rows[i] = { tostring(status), code(entry.kind or "service"), entry.retryable and "yes" or "no" }
  end
  return rows
end

--- Adds the page to `files`.
---@param files table<string, string> the text of each file by its path
return function(files)
  files["docs/reference/errors.md"] = markdown.fill("docs/reference/errors.md", {
    kinds = markdown.table({ "kind", "meaning", "advice" }, kind_rows()),
    ["codes of the service"] = markdown.table({ "code", "meaning", "kind", "reason", "retryable", "advice" },
      service_rows()),
    ["codes of the gateway"] = markdown.table({ "code", "meaning", "kind", "retryable", "advice" }, gateway_rows()),
    ["HTTP statuses"] = markdown.table({ "status", "kind", "retryable" }, status_rows()),
  })
end
