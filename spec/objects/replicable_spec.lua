-- Which vaults and backups can be copied to another region.

local replicable = require "cbr.objects.replicable"

local REGION = "cn-east-3"

local function backup(fields)
  local complete = { status = "available", image_type = "backup", resource_type = "OS::Nova::Server" }
  for name, value in pairs(fields) do
    complete[name] = value
  end
  return complete
end

local function record(status, region)
  return { replication_records = { { status = status, destination_region = region or REGION } } }
end

describe("cbr.objects.replicable", function()
  it("vaults of the types disk, workspace, rds and file cannot be replicated", function()
    for object_type, code in pairs { disk = "6128", workspace = "6122", rds = "6122", file = "6122" } do
      assert.same({ "vault_type", "BackupService." .. code }, { replicable.of_vault { object_type = object_type } })
    end
    assert.is_nil((replicable.of_vault { object_type = "server" }))
    assert.is_nil((replicable.of_vault { object_type = "turbo" }))
    assert.is_string(replicable.words.vault_type)
  end)

  it("a hybrid vault can only be replicated as a whole", function()
    local vault = { object_type = "vmware", protect_type = "hybrid" }
    assert.equal("needs_method_vault", (replicable.of_vault(vault, "backup")))
    assert.is_nil((replicable.of_vault(vault, "vault")))
    assert.is_nil((replicable.of_vault(vault)))
  end)

  it("a backup in a server vault can be copied only if it is of an ECS and has a system disk", function()
    local vault, info = { object_type = "server" }, { contain_system_disk = false }
    assert.same({ "no_system_disk", "BackupService.1004" },
      { replicable.of_backup(vault, { resource_type = "OS::Nova::Server", extend_info = info }) })
    assert.same({ "not_an_ecs", "BackupService.1003" },
      { replicable.of_backup(vault, { resource_type = "OS::Ironic::Server" }) })
    assert.is_nil((replicable.of_backup(vault, { resource_type = "OS::Nova::Server", extend_info = {} })))
    assert.is_nil((replicable.of_backup({ object_type = "turbo" }, { resource_type = "OS::Sfs::Turbo" })))
  end)
end)

describe("a backup that a replication leaves out", function()
  it("a left-out backup has the reason already_there when a replication to the destination region succeeded", function()
    assert.equal("already_there", replicable.left_out(backup(record "success"), REGION))
    assert.equal("already_there", replicable.left_out(backup(record("success", "CN-EAST-3")), REGION))
    assert.equal("unknown", replicable.left_out(backup { replication_records = { { status = "success" } } }, REGION))
  end)

  it("a left-out backup has the reason in_progress while a replication to the region is not finished", function()
    for _, status in ipairs { "waiting_replicate", "replicating", "a word that is not known" } do
      assert.equal("in_progress", replicable.left_out(backup(record(status)), REGION))
    end
  end)

  it("a failed record, or a record for another region, is no reason to leave a backup out", function()
    assert.equal("unknown", replicable.left_out(backup(record "fail"), REGION))
    assert.equal("unknown", replicable.left_out(backup(record("success", "cn-south-1")), REGION))
  end)

  it("a left-out backup has the reason is_replica when the backup is a replica itself", function()
    assert.equal("is_replica", replicable.left_out(backup { image_type = "replication" }, REGION))
  end)

  it("the reason of a left-out backup names the backup's status when the backup is not available", function()
    assert.equal("state_error", replicable.left_out(backup { status = "error" }, REGION))
    assert.equal("state_nil", replicable.left_out({ resource_type = "OS::Nova::Server" }, REGION))
  end)

  it("a left-out backup has the reason no_system_disk when a server's backup lacks its system disk", function()
    local without = { extend_info = { contain_system_disk = false } }
    assert.equal("no_system_disk", replicable.left_out(backup(without), REGION))
    without.resource_type = "OS::Cinder::Volume"
    assert.equal("unknown", replicable.left_out(backup(without), REGION))
  end)

  it("the reason of a left-out backup is found when extend_info is JSON text", function()
    local without = backup { extend_info = '{"contain_system_disk":false}' }
    assert.equal("no_system_disk", replicable.left_out(without, REGION))
  end)
end)
