--- The sources that are tried where no credentials are given, in this order; the first that has some is kept.

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

--- Makes the source. Nothing is read or asked before the first call.
---@param getenv fun(name: string): string?
---@return function source
function chain.source(getenv)
  local kept
  local made = {} -- once each, so that what a source has begun is found again
  return function(self, rejected, deadline)
    if kept then
      return kept(self, rejected, deadline)
    end
    local said = {}
    for i, link in ipairs(ORDER) do
      local name, reason = link[1], nil
      if not made[i] then
        made[i], reason = link[2](getenv)
      end
      if made[i] then
        local found
        found, reason = made[i](self, rejected, deadline)
        if found then
          kept = made[i]
          return found
        end
      end
      said[i] = ("%s: %s"):format(name, type(reason) == "table" and reason.message or tostring(reason))
    end
    return nil, "none found: " .. table.concat(said, "; ")
  end
end

return chain
