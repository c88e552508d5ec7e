-- luacheck: std ngx_lua+luajit
--- The ledger: every order that the service accepted. A test counts the orders to see that no order was lost or placed
-- twice.

local clock = require "sandbox.clock"
local json = require "sandbox.json"

local ledger = {}

local entries

function ledger.clear()
  entries = json.list()
end

--- Adds the order of the current request at the moment when the service accepts the order, whatever happens to the
-- response.
-- `order`: {operation, project, vault_id, made, request_id}
function ledger.add(order)
  local request = ngx.ctx.request
  entries[#entries + 1] = {
    n = #entries + 1, operation = order.operation, time = clock.now(), project_id = order.project.id,
    region = order.project.region, vault_id = order.vault_id, request = json.decode(request.body), made = order.made,
    request_id = order.request_id, user_agent = request:header "user-agent",
  }
end

function ledger.list()
  return entries
end

ledger.clear()

return ledger
