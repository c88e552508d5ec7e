-- Changes the sandbox's cloud for the demo: it adds two vaults, in which one server has a recent copy, another server
-- has an old copy, and a third server has no copy.
-- Any HTTP client can do this. The demo uses cbr, so that it needs no other client.

local cbr = require "cbr"
local fixtures = require "sandbox.fixtures"

local HOUR = 3600
local WEB, DB = "0a0170aa-0000-4000-8000-000000000001", "0a0170aa-0000-4000-8000-000000000002"

local function id(first, n)
  return ("%s-0000-4000-8000-%012d"):format(first, n)
end

-- Adds a backup. If `source` is given, the new backup is a copy of it in the destination vault, with dr.replicate's
-- mark.
local function backup(vault_id, name, resource, age, source)
  local at = os.date("!%Y-%m-%dT%H:%M:%SZ", os.time() - age)
  return {
    vault_id = source and fixtures.vaults.replicas.id or vault_id, name = name, resource_name = name:match "^[^_]+",
    resource_id = id("0e50bce5", resource), size = 20, age = age, image_type = source and "replication" or nil,
    description = source and ("cbr-dr/1 source=%s at=%s"):format(source, at) or nil,
  }
end

local old, good = id("0bac0bac", 1), id("0bac0bac", 3)
local changes = {
  vaults = {
    [WEB] = { name = "prod_web", kind = "server", project = "home", size = 1000 },
    [DB] = { name = "prod_db", kind = "server", project = "home", size = 1000 },
  },
  backups = {
    [old] = backup(WEB, "shop_monday", 1, 73 * HOUR), [id("0bac0bac", 2)] = backup(WEB, "shop_today", 1, 2 * HOUR),
    [good] = backup(WEB, "blog_today", 2, HOUR), [id("0bac0bac", 4)] = backup(DB, "orders_today", 3, 2 * HOUR),
    [id("0bac0bac", 5)] = backup(WEB, "shop_monday", 1, 73 * HOUR, old),
    [id("0bac0bac", 6)] = backup(WEB, "blog_today", 2, HOUR, good),
  },
}

local control = cbr.assert(cbr.new {
  endpoint = os.getenv "CBR_SANDBOX_CONTROL", project_id = fixtures.projects.home.id, credentials = { token = "none" },
  proxy = "",
})
for _, name in ipairs { "vaults", "backups" } do -- the vaults first, because each backup needs its vault
  cbr.assert(control:request { method = "POST", path = "/state", body = { [name] = changes[name] } })
end
control:close()
