-- Why a replication leaves out a backup of its vault, as the backup's own fields show.

local left_out = require "cbr.follow.left_out"

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

describe("a backup that a replication leaves out", function()
  it("a left-out backup has the reason already_there when a replication to the destination region succeeded", function()
    assert.equal("already_there", left_out.reason(backup(record "success"), REGION))
  end)

  it("a left-out backup has the reason in_progress while a replication to the region is not finished", function()
    for _, status in ipairs { "waiting_replicate", "replicating", "a word that is not known" } do
      assert.equal("in_progress", left_out.reason(backup(record(status)), REGION))
    end
  end)

  it("a failed record, or a record for another region, is no reason to leave a backup out", function()
    assert.equal("unknown", left_out.reason(backup(record "fail"), REGION))
    assert.equal("unknown", left_out.reason(backup(record("success", "cn-south-1")), REGION))
  end)

  it("a left-out backup has the reason is_replica when the backup is a replica itself", function()
    assert.equal("is_replica", left_out.reason(backup { image_type = "replication" }, REGION))
  end)

  it("the reason of a left-out backup names the backup's status when the backup is not available", function()
    assert.equal("state_error", left_out.reason(backup { status = "error" }, REGION))
    assert.equal("state_nil", left_out.reason({ resource_type = "OS::Nova::Server" }, REGION))
  end)

  it("a left-out backup has the reason no_system_disk when a server's backup lacks its system disk", function()
    local without = { extend_info = { contain_system_disk = false } }
    assert.equal("no_system_disk", left_out.reason(backup(without), REGION))
    without.resource_type = "OS::Cinder::Volume"
    assert.equal("unknown", left_out.reason(backup(without), REGION))
  end)

  it("the reason of a left-out backup is found when extend_info is JSON text", function()
    assert.equal("no_system_disk", left_out.reason(backup { extend_info = '{"contain_system_disk":false}' }, REGION))
  end)
end)
