--- The sources that are tried where the user gives no credentials, in this order. The first that has some is kept.
--
-- A source that is not set up is passed over. So is one that is set up in part, and then the log hook is told, since
-- the credentials that are used instead may be those of another account. For the same reason, a source that is set up
-- and fails ends the search.

local container = require "cbr.credentials.container"
local ecs = require "cbr.credentials.ecs"
local environment = require "cbr.credentials.environment"
local errors = require "cbr.errors"
local log = require "cbr.util.log"
local profile = require "cbr.credentials.profile"

local chain = {}

-- What makes a source returns the source; or nil, a reason, and a note if something is set up in part. A reason that is
-- an error ends the search. So does every failure of a source with `is_set_up` that could be made; other sources tell
-- only when they are asked whether they are set up, in the same way.
local ORDER = {
  { name = "environment", is_set_up = true, make = function(_, getenv) return environment.source(getenv) end },
  { name = "profile", make = profile.source },
  { name = "container", is_set_up = true, make = container.source },
  { name = "ecs", make = ecs.source },
}

-- Asks one source. -> credentials; or nil, reason, note, and whether the search ends
local function ask(link, made, ...)
  local credentials, reason, note = made(...)
  if credentials then
    return credentials
  elseif link.is_set_up and not errors.is(reason) then
    reason = ("%s: %s"):format(link.name, tostring(reason))
  end
  return nil, reason, note, link.is_set_up or errors.is(reason)
end

local function tell(client, notes)
  for _, note in ipairs(notes) do
    log.tell(client, { event = "credentials", source = note.source, warning = note.warning })
  end
end

--- Makes the source. Nothing is read or sent before the first call.
---@param getenv fun(name: string): string?
---@param allow_http? boolean
---@return function source
function chain.source(getenv, allow_http)
  local kept
  local made = {} -- each source is made once, so that a renewal that it has begun is found again
  return function(client, rejected, deadline)
    if kept then
      return kept(client, rejected, deadline)
    end
    local reasons, notes = {}, {}
    for i, link in ipairs(ORDER) do
      local credentials, reason, note, is_end
      if not made[i] then
        made[i], reason, note = link.make({}, getenv, allow_http)
        is_end = errors.is(reason)
      end
      if made[i] then
        credentials, reason, note, is_end = ask(link, made[i], client, rejected, deadline)
      end
      if credentials then
        kept = made[i]
        tell(client, notes)
        return credentials
      elseif is_end then
        return nil, reason
      end
      reasons[i] = ("%s: %s"):format(link.name, tostring(reason))
      notes[#notes + 1] = note and { source = link.name, warning = note }
    end
    return nil, "no credentials found: " .. table.concat(reasons, "; ")
  end
end

--- Sources by the name that a user gives as `source`: what makes them.
chain.named = {}
for _, link in ipairs(ORDER) do
  chain.named[link.name] = link.make
end

return chain
