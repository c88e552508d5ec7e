---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.show_vault
---@field vault_id? string Id of the vault.
---@field vault? string Name of the vault, in place of `vault_id`.

---Shows one vault.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/ShowVault.html)
---@param params cbr.params.show_vault
---@param call? cbr.CallOptions
---@return cbr.Vault? result The vault, with its resources and the capacity that their backups use.
---@return cbr.Error? err
function client:show_vault(params, call) end
