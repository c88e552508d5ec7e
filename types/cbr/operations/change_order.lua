---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.change_order.product_info
---@field product_id string Id of the product.
---@field resource_size integer Capacity in GB.
---@field resource_size_measure_id? integer Unit of the capacity; 17 is GB.
---@field resource_spec_code "vault.backup.server.normal"|"vault.backup.turbo.normal"|"vault.backup.database.normal"|"vault.backup.volume.normal"|"vault.backup.rds.normal"|"vault.replication.server.normal"|"vault.hybrid.server.normal"|string Code of the product.

---@class (exact) cbr.params.change_order
---@field cloud_service_console_url? string Address of the page to show after the payment.
---@field product_info cbr.params.change_order.product_info The product to order.
---@field resource_id string Id of the vault.
---@field is_auto_pay? boolean Whether the order is paid from the account's balance at once.
---@field promotion_info? string Code of a discount.

---@class cbr.result.change_order
---@field orderId? string Id of the order.
---@field retCode? number 0 if the order was accepted.
---@field retMsg? string Why the order was not accepted.

---Orders another size or type of a prepaid vault.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/ChangeOrder.html)
---@param params cbr.params.change_order
---@param call? cbr.CallOptions
---@return cbr.result.change_order? result The order.
---@return cbr.Error? err
function client:change_order(params, call) end
