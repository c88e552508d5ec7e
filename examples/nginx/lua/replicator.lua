--- Replicates a list of vaults on a schedule, and what is asked for besides. nginx.conf calls this and no other file.

local api = require "replicator.api"
local schedule = require "replicator.schedule"
local settings = require "replicator.settings"

local replicator = {}

local configured

--- In nginx's master: reads the settings, makes the client. Raises where they will not do.
---@param prefix string
function replicator.configure(prefix)
  configured = settings.read(prefix)
end

--- In each worker.
function replicator.start()
  schedule.start(configured, configured.client)
end

-- The endpoints, with the settings filled in.
for name, handler in pairs(api) do
  replicator[name] = function(...)
    return handler(configured, ...)
  end
end

return replicator
