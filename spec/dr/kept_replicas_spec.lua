-- cbr.dr.kept_replicas: which replicas of a vault a retention rule keeps.

local kept_replicas = require "cbr.dr.kept_replicas"
local replica_source = require "cbr.dr.replica_source"
local recovery = require "spec.helpers.recovery"
local support = require "spec.helpers.support"

describe("cbr.dr.kept_replicas", function()
  local there

  recovery.for_each_test(function(_, made)
    there = made
  end)

  it("replicas are grouped by resource, and the newest good replica of each group is kept", function()
    local replicas = recovery.vault("dr", { kind = "replicas", project = "east" })
    for _, resource in ipairs { "web", "db" } do
      for hour = 1, 3 do
        recovery.backup(replicas, resource, hour * 3600, {
          image_type = "replication", name = resource .. hour,
          description = replica_source.mark("0bac0bac-0000-4000-8000-000000000001", recovery.now() - hour * 3600),
        })
      end
    end
    local vault = assert(there:show_vault { vault_id = replicas })
    local groups, err, unread = kept_replicas(there, {}, vault, {
      keep = { last = 1 }, at = recovery.now(), concurrency = 2,
    })
    assert.same({ 2, 4, 0 }, { #groups, groups.to_delete, #unread })
    assert.is_nil(err)
    for _, group in ipairs(groups) do
      assert.matches("1$", group.known[1].row.replica_name)
      assert.equal("keep", group.known[1].row.action)
    end
  end)

  it("of the listed replicas, those count that name this vault, in upper or lower case, or no vault", function()
    local list = {
      { id = "a", vault_id = "v1" }, { id = "b", vault_id = "V1" }, { id = "c", vault_id = "v2" },
      { id = "d", vault_id = "" }, { id = "e" },
    }
    local client = { each = function()
      local i = 0
      return function()
        i = i + 1
        return list[i]
      end
    end }
    local groups = kept_replicas(client, {}, { id = "v1" }, { keep = { last = 1 }, at = 0, concurrency = 1 })
    local ids = {}
    for _, row in ipairs(groups[1].rows) do
      ids[#ids + 1] = row.replica_id
    end
    assert.same({ "a", "b", "e" }, ids)
  end)

  it("a list of replicas that cannot be read is an error", function()
    support.sandbox.fault { call = "list_backups", fault = "status", status = 403, code = "APIGW.0302" }
    local groups, err = kept_replicas(there, {}, { id = recovery.destination.vault_id },
      { keep = { last = 1 }, at = 0, concurrency = 1 })
    assert.same({ nil, "forbidden" }, { groups, err.kind })
  end)
end)
