-- A program for lua-language-server, with a mistake in each line that has a comment. The comment is the name of the
-- diagnostic that the mistake must cause.

local cbr = require "cbr"

local client = cbr.assert(cbr.new())
client:list_vaults {} -- undefined-field
client:sync { vault = "8cee8ced-bfc3-407c-ae31-e7f9d9ccf4d0" } -- missing-fields
client:create_vault {
  name = "servers",
  billing = { protect_type = "backup", object_type = "server", sise = 10, consistent_level = "no" }, -- missing-fields
}
client:list_policies { operation_type = "copy" } -- assign-type-mismatch
client:show_vault({ vault_id = "7379f99e-c640-44c5-90b8-e4650dab754e" }, { timeout = "5" }) -- assign-type-mismatch
local vault = client:show_vault { vault_id = "7379f99e-c640-44c5-90b8-e4650dab754e" }
print(vault and vault.biling) -- undefined-field
local report = client:wait "9f1d6c3a-4e2b-47c8-a9d0-1b3c5e7f9a55"
print(report and report.procent) -- undefined-field
print(cbr.opertions()) -- undefined-field
