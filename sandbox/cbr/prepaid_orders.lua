-- luacheck: std ngx_lua+luajit
--- Prepaid vaults and the orders for prepaid vaults. In the sandbox, every order counts as paid at once.

local calls = require "sandbox.cbr.calls"
local ids = require "sandbox.ids"
local json = require "sandbox.json"
local responses = require "sandbox.gateway.responses"
local state = require "sandbox.state"
local vaults = require "sandbox.cbr.vaults"

local prepaid_orders = {}

-- Makes a vault prepaid. → the id of the order
local function place(vault, project)
  local id = "CS" .. ids.hex32():sub(1, 16):upper()
  state.prepaid_orders[#state.prepaid_orders + 1] = { id = id, project_id = project.id, vault_id = vault.id }
  vault.charging_mode, vault.order_id = "pre_paid", id
  vault.product_id = vault.product_id or ids.hex32()
  return id
end

--- POST …/vaults/order, which is for prepaid vaults despite the operation's name in the SDKs.
prepaid_orders.create_vault = calls.with_body([[
  vault!
    name text 1..64
    description description
    parameters
      combined_order
        combined_order_ecs_num integer 1..1000
        combined_order_id text
        combined_order_num integer 1..1000
    tags [1..10]
      key! text 1..127
      value! text 0..255
]] .. vaults.BILLING .. vaults.NEW, function(body, project)
  local params = body.vault
  params.name = params.name or "vault-" .. ids.hex32():sub(1, 4)
  params.billing.charging_mode = "pre_paid"
  return vaults.respond_with_order(params, project)
end)

--- Makes the prepaid vault that a body asks for. → the response, which has the form of a response to an order
function vaults.respond_with_order(params, project)
  local vault, rejection = vaults.make(params, project)
  if not vault then
    return rejection
  end
  return responses.ok {
    orders = json.list {
      {
        orderId = place(vault, project), resourceId = vault.id, cloudServiceId = "hws.service.type.cbr",
        subscribeResult = 1,
      },
    },
    retCode = 0, errText = "", error_code = "",
  }
end

-- Changes the size of a prepaid vault. → the id of the order; or nil and an error response
local function resize(project, vault_id, size, spec_code)
  local vault = state.vault(project, vault_id)
  if not vault then
    return nil, responses.reject "BackupService.6105"
  elseif vault.charging_mode ~= "pre_paid" then
    return nil, responses.reject "BackupService.6109"
  elseif vault.spec_code ~= spec_code then
    return nil, responses.reject("BackupService.9900", "the vault's resource_spec_code is " .. vault.spec_code)
  elseif size * 1024 < vault.used then
    return nil, responses.reject "BackupService.6101"
  end
  vault.size = size
  return place(vault, project)
end

--- POST …/orders/change
prepaid_orders.change = calls.with_body([[
  resource_id! id
  cloud_service_console_url text 1..512
  is_auto_pay boolean
  promotion_info text
  product_info!
    product_id! text 1..64
    resource_size! integer 10..10485760
    resource_size_measure_id integer
    resource_spec_code! ]] .. vaults.SPEC_CODES .. [[

]], function(body, project)
  local product = body.product_info
  local id, rejection = resize(project, body.resource_id, product.resource_size, product.resource_spec_code)
  return id and responses.ok { orderId = id, retCode = 0, retMsg = "" } or rejection
end)

--- PUT …/orders/{order_id}: the deprecated form of POST …/orders/change, with older names. The field retCode of the
-- response is text.
prepaid_orders.update = calls.with_body([[
  resourceId! id
  cloudServiceConsoleURL text 1..512
  promotion_info text
  productInfo!
    productId! text 1..64
    resourceSize! integer 10..10485760
    resourceSizeMeasureId integer
    resourceSpecCode! text
]], function(body, project, order_id)
  local order, product = state.find(state.prepaid_orders, project, order_id), body.productInfo
  if not order or order.vault_id ~= body.resourceId then
    return responses.reject "BackupService.6109"
  end
  local id, rejection = resize(project, order.vault_id, product.resourceSize, product.resourceSpecCode)
  return id and responses.ok { orderId = id, retCode = "0", retMsg = "" } or rejection
end)

--- POST …/vaults/change-charge-mode: changes all of the vaults from pay-per-use to prepaid, or none.
prepaid_orders.change_charge_mode = calls.with_body([[
  vault_ids! [1..60 id]
  charging_mode text 8..16
  console_url text 1..255
  is_auto_pay boolean
  is_auto_renew boolean
  period_num! integer 1..9
  period_type! text 1..64
]], function(body, project)
  for _, vault_id in ipairs(body.vault_ids) do
    local vault = state.vault(project, vault_id)
    if not vault then
      return responses.reject "BackupService.6105"
    elseif vault.charging_mode == "pre_paid" or vault.status ~= "available" then
      return responses.reject "BackupService.6112"
    end
  end
  local order_id
  for _, vault_id in ipairs(body.vault_ids) do order_id = place(state.vault(project, vault_id), project) end
  return responses.ok { orderId = order_id, retCode = 0, retMsg = "" }
end)

return prepaid_orders
