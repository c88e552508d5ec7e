--- Purchases of prepaid vaults, which the service calls orders.

local rules = require "cbr.operations.rules"

local operations = {}

operations.change_order = {
  method = "POST",
  path = "/v3/{project_id}/orders/change",
  params = {
    { name = "cloud_service_console_url", type = "string", min = 1, max = 512 },
    { name = "product_info", type = "table", required = true },
    { name = "resource_id", type = "string", required = true },
    { name = "is_auto_pay", type = "boolean" },
    rules.text "promotion_info",
  },
}

operations.update_order = { -- deprecated; the only operation with names in camel case
  method = "PUT",
  path = "/v3/{project_id}/orders/{order_id}",
  params = {
    rules.text "order_id",
    { name = "cloud_service_console_url", type = "string", wire = "cloudServiceConsoleURL", min = 1, max = 512 },
    { name = "product_info", type = "table", wire = "productInfo", required = true },
    { name = "resource_id", type = "string", wire = "resourceId", required = true },
    rules.text "promotion_info",
  },
}

operations.change_vault_charge_mode = {
  method = "POST",
  path = "/v3/{project_id}/vaults/change-charge-mode",
  params = {
    { name = "vault_ids", type = "list", items = "string", form = "uuid", required = true, least = 1, most = 60 },
    { name = "charging_mode", type = "string", min = 8, max = 16 },
    { name = "period_type", type = "string", required = true, min = 1, max = 64 },
    { name = "period_num", type = "integer", required = true, from = 1, to = 9 },
    { name = "is_auto_renew", type = "boolean" },
    { name = "is_auto_pay", type = "boolean" },
    { name = "console_url", type = "string", min = 1, max = 255 },
  },
}

return operations
