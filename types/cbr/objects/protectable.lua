---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Protectable.protectable
---@field result? boolean `true` if the resource can be put into a vault.
---@field code? string Code of the reason why the resource cannot be put into a vault.
---@field reason? string The reason in words.
---@field message? string More about the reason.
---@field vault? table The vault that holds the resource already.

---@class cbr.Protectable
---@field id? string Id of the resource.
---@field type? string Type of the resource.
---@field name? string Name of the resource.
---@field size? integer Size of the resource in GB.
---@field status? string State of the resource, in the words of its own service.
---@field protectable? cbr.Protectable.protectable Whether the resource can be put into a vault.
---@field children? table[] The disks of a server.
---@field detail? table The resource, as its own service describes it.
