--- Replicates a list of vaults on a schedule, and places orders that come over HTTP. nginx.conf calls only this file.

local api = require "replicator.api"
local schedule = require "replicator.schedule"
local settings = require "replicator.settings"

local replicator = {}

local configured

--- In nginx's master: reads the settings and makes the client. Raises if a setting is not valid.
---@param prefix string
function replicator.configure(prefix)
  configured = settings.read(prefix)
end

--- In each worker: starts the schedule.
function replicator.start()
  schedule.start(configured)
end

-- The endpoints of the API. The first argument of each handler is the settings.
for name, handler in pairs(api) do
  replicator[name] = function(...)
    return handler(configured, ...)
  end
end

return replicator
