---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.update_order.product_info
---@field product_id string Id of the product.
---@field resource_size integer Capacity in GB.
---@field resource_size_measure_id? integer Unit of the capacity; 17 is GB.
---@field resource_spec_code "vault.backup.server.normal"|"vault.backup.turbo.normal"|"vault.backup.database.normal"|"vault.backup.volume.normal"|"vault.backup.rds.normal"|"vault.replication.server.normal"|"vault.hybrid.server.normal"|string Code of the product.

---@class (exact) cbr.params.update_order
---@field order_id string Id of the order.
---@field cloud_service_console_url? string Address of the page to show after the payment.
---@field product_info cbr.params.update_order.product_info The product to order.
---@field resource_id string Id of the vault.
---@field promotion_info? string Code of a discount.

---@class cbr.result.update_order
---@field orderId? string Id of the order.
---@field retCode? string 0 if the order was accepted.
---@field retMsg? string Why the order was not accepted.

---Changes an order of a prepaid vault. This operation is deprecated: use change_order.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/UpdateOrder.html)
---@param params cbr.params.update_order
---@param call? cbr.CallOptions
---@return cbr.result.update_order? result The order.
---@return cbr.Error? err
function client:update_order(params, call) end
