-- cbr.dr.replicable: which vaults and backups can be copied.

local replicable = require "cbr.dr.replicable"

describe("cbr.dr.replicable", function()
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
