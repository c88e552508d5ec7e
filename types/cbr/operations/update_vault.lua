---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.update_vault.billing
---@field size? integer The new capacity in GB.
---@field consistent_level? "app_consistent"|"crash_consistent" Whether backups of servers are application-consistent or crash-consistent.

---@class (exact) cbr.params.update_vault.bind_rules.tags
---@field key string Key of the tag.
---@field value? string Value of the tag.

---@class (exact) cbr.params.update_vault.bind_rules
---@field tags? cbr.params.update_vault.bind_rules.tags[] Tags by which the resources are chosen.

---@class (exact) cbr.params.update_vault
---@field vault_id? string Id of the vault.
---@field vault? string Name of the vault, in place of `vault_id`.
---@field billing? cbr.params.update_vault.billing The changes of the vault's size and kind.
---@field name? string The new name.
---@field auto_bind? boolean Whether resources with the tags of `bind_rules` are put into the vault automatically.
---@field bind_rules? cbr.params.update_vault.bind_rules Which resources `auto_bind` puts into the vault.
---@field auto_expand? boolean Whether a pay-per-use vault grows when it is full.
---@field smn_notify? boolean Whether to send a notification when the used capacity passes `threshold`.
---@field threshold? integer Used capacity, in percent, at which a notification is sent.
---@field locked? boolean Whether the vault is locked; a locked vault protects its backups and cannot be unlocked.

---Changes a vault. Settings that are not given do not change.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/UpdateVault.html)
---@param params cbr.params.update_vault
---@param call? cbr.CallOptions
---@return cbr.Vault? result The changed vault.
---@return cbr.Error? err
function client:update_vault(params, call) end
