--- Operations that purchase prepaid vaults. The service calls such a purchase an order.

local nested = require "cbr.operations.nested"
local rules = require "cbr.operations.rules"

local operations = {}

-- Returns the rule for the ordered product. The arguments are the names of its fields, because change_order and
-- update_order spell these names differently.
local function product_info(id, size, measure, code)
  return {
    name = "product_info", type = "table", required = true,
    fields = {
      { name = "product_id", wire = id, type = "string", required = true, min = 1, max = 64, form = "word" },
      { name = "resource_size", wire = size, type = "integer", required = true, from = 10, to = 10485760 },
      { name = "resource_size_measure_id", wire = measure, type = "integer", service_default = 17 },
      { name = "resource_spec_code", wire = code, type = "string", required = true, known = nested.SPEC_CODES },
    },
  }
end

local CAMEL_CASE = product_info("productId", "resourceSize", "resourceSizeMeasureId", "resourceSpecCode")
CAMEL_CASE.wire = "productInfo"

operations.change_order = {
  method = "POST",
  path = "/v3/{project_id}/orders/change",
  params = {
    { name = "cloud_service_console_url", type = "string", min = 1, max = 512 },
    product_info(),
    { name = "resource_id", type = "string", required = true },
    { name = "is_auto_pay", type = "boolean" },
    rules.text "promotion_info",
  },
}

operations.update_order = { -- this operation is deprecated; only its parameters have names in camel case
  method = "PUT",
  path = "/v3/{project_id}/orders/{order_id}",
  params = {
    rules.text "order_id",
    { name = "cloud_service_console_url", type = "string", wire = "cloudServiceConsoleURL", min = 1, max = 512 },
    CAMEL_CASE,
    { name = "resource_id", type = "string", wire = "resourceId", required = true },
    rules.text "promotion_info",
  },
}

operations.change_vault_charge_mode = {
  method = "POST",
  path = "/v3/{project_id}/vaults/change-charge-mode",
  params = {
    { name = "vault_ids", type = "list", items = "string", form = "id", required = true, least = 1, most = 60 },
    { name = "charging_mode", type = "string", min = 8, max = 16, form = "word" },
    { name = "period_type", type = "string", required = true, min = 1, max = 64, form = "word" },
    { name = "period_num", type = "integer", required = true, from = 1, to = 9 },
    { name = "is_auto_renew", type = "boolean", service_default = false },
    { name = "is_auto_pay", type = "boolean", service_default = false },
    { name = "console_url", type = "string", min = 1, max = 255 },
  },
}

return operations
