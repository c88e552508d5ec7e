-- A program without a mistake, for lua-language-server.

local cbr = require "cbr"

local client = cbr.assert(cbr.new { region = "eu-de", timeout = 30 })
local vault, err = client:show_vault { vault_id = "7379f99e-c640-44c5-90b8-e4650dab754e" }
if vault and vault.billing then
  print(vault.billing.used)
elseif err then
  print(err.kind, err.advice)
end
local made = cbr.assert(client:create_vault {
  name = "servers",
  billing = { protect_type = "backup", object_type = "a new type", size = 10, consistent_level = "crash_consistent" },
})
print(made.vault)
local report = client:wait(client:sync { vault_id = "8cee8ced-bfc3-407c-ae31-e7f9d9ccf4d0" }, { timeout = 5 })
print(report and report.percent)
