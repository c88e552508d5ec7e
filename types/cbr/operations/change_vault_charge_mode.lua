---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.change_vault_charge_mode
---@field vault_ids string[] Ids of the vaults.
---@field charging_mode? string How the vaults will be paid for: `pre_paid`.
---@field period_type string Unit of the prepaid time: `month` or `year`.
---@field period_num integer Number of months or years that are prepaid.
---@field is_auto_renew? boolean Whether the vaults are renewed at the end of their time.
---@field is_auto_pay? boolean Whether the order is paid from the account's balance at once.
---@field console_url? string Address of the page to show after the payment.

---@class cbr.result.change_vault_charge_mode
---@field orderId? string Id of the order.
---@field retCode? number 0 if the order was accepted.
---@field retMsg? string Why the order was not accepted.

---Makes pay-per-use vaults prepaid.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/ChangeVaultChargeMode.html)
---@param params cbr.params.change_vault_charge_mode
---@param call? cbr.CallOptions
---@return cbr.result.change_vault_charge_mode? result The order.
---@return cbr.Error? err
function client:change_vault_charge_mode(params, call) end
