--- The sources that are tried, in this order, if the user gives no credentials. The first source that has credentials
-- is kept.

local container = require "cbr.credentials.container"
local ecs = require "cbr.credentials.ecs"
local environment = require "cbr.credentials.environment"
local profile = require "cbr.credentials.profile"

local chain = {}

local ORDER = {
  { "environment", function(getenv) return environment.source(getenv) end },
  { "profile", function(getenv) return profile.source({}, getenv) end },
  { "container", function(getenv) return container.source({}, getenv) end },
  { "ecs", function(getenv) return ecs.source({}, getenv) end },
}

--- Makes the source. Nothing is read or sent before the first call.
---@param getenv fun(name: string): string?
---@return function source
function chain.source(getenv)
  local kept
  local made = {} -- each source is made once, so that its renewal in progress is found again
  return function(client, rejected, deadline)
    if kept then
      return kept(client, rejected, deadline)
    end
    local reasons = {}
    for i, link in ipairs(ORDER) do
      local name, reason = link[1], nil
      if not made[i] then
        made[i], reason = link[2](getenv)
      end
      if made[i] then
        local credentials
        credentials, reason = made[i](client, rejected, deadline)
        if credentials then
          kept = made[i]
          return credentials
        end
      end
      reasons[i] = ("%s: %s"):format(name, type(reason) == "table" and reason.message or tostring(reason))
    end
    return nil, "no credentials found: " .. table.concat(reasons, "; ")
  end
end

return chain
