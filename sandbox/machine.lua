-- luacheck: std ngx_lua+luajit
--- The port that plays a machine of the cloud: which calls it has, and who answers them.

local answers = require "sandbox.responses"
local container = require "sandbox.container"
local metadata = require "sandbox.metadata"
local visits = require "sandbox.request_log"
local world = require "sandbox.fixtures"

local PORT = "metadata"

-- path → {method, operation, answer(operation, request)}
local ROUTES = {
  ["/meta-data/latest/api/token"] = { "PUT", "metadata_token", metadata.answer },
  ["/openstack/latest/securitykey"] = { "GET", "metadata_key", metadata.answer },
  ["/openstack/latest/meta_data.json"] = { "GET", "metadata_data", metadata.answer },
  [world.container.path] = { "POST", "container_key", function(_, request) return container(request) end },
}

local machine = { answer = visits.answer }

local function admit(request, note)
  local route = ROUTES[request.path]
  if not route then return answers.text(404, "404 Not Found") end
  if request.method ~= route[1] then return answers.text(405, "405 Method Not Allowed") end
  note.operation = route[2]
  return nil, { operation = route[2], process = function() return route[3](route[2], request) end }
end

function machine.enter() visits.enter(admit, PORT) end
function machine.log() visits.log(PORT) end

return machine
