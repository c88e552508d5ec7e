-- Why a replication leaves a backup of its vault out: by what the backup shows of itself.

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
  it("is in the region already when a record for that region succeeded", function()
    assert.equal("already_there", left_out.reason(backup(record "success"), REGION))
  end)

  it("is on its way to the region while a record for that region has not ended", function()
    for _, status in ipairs { "waiting_replicate", "replicating", "a word that is not known" } do
      assert.equal("in_progress", left_out.reason(backup(record(status)), REGION))
    end
  end)

  it("is not left out because of a failed record, or of one for another region", function()
    assert.equal("unknown", left_out.reason(backup(record "fail"), REGION))
    assert.equal("unknown", left_out.reason(backup(record("success", "cn-south-1")), REGION))
  end)

  it("is a replica itself", function()
    assert.equal("is_replica", left_out.reason(backup { image_type = "replication" }, REGION))
  end)

  it("is in a state that the reason names", function()
    assert.equal("state_error", left_out.reason(backup { status = "error" }, REGION))
    assert.equal("state_nil", left_out.reason({ resource_type = "OS::Nova::Server" }, REGION))
  end)

  it("is a server's backup without its system disk", function()
    local without = { extend_info = { contain_system_disk = false } }
    assert.equal("no_system_disk", left_out.reason(backup(without), REGION))
    without.resource_type = "OS::Cinder::Volume"
    assert.equal("unknown", left_out.reason(backup(without), REGION))
  end)

  it("has its details also as a JSON text", function()
    assert.equal("no_system_disk", left_out.reason(backup { extend_info = '{"contain_system_disk":false}' }, REGION))
  end)
end)
