-- The reference of cbr.dr names every field of its reports, and no other field.

local dr = require "cbr.dr"
local recovery = require "spec.helpers.recovery"
local support = require "spec.helpers.support"
local words = require "tools.reference.words.dr"

local sandbox = support.sandbox
local HOUR = recovery.HOUR

describe("the fields of the reports of cbr.dr", function()
  local client, there, vault

  setup(function()
    recovery.reset()
    sandbox.time_scale(3000)
    client, there, vault = recovery.client(), recovery.client_there(), recovery.vault "prod"
    recovery.copy(client, recovery.backup(vault, "web", HOUR))
    recovery.backup(vault, "db", HOUR, { replication_result = { status = "fail", code = "BackupService.1006",
      reason = "no" } })
    recovery.backup(vault, "data", HOUR, { contain_system_disk = false })
  end)
  teardown(function()
    client:close()
    there:close()
    sandbox.reset()
  end)

  local function described(fields)
    local set = {}
    for _, field in ipairs(fields) do
      set[field[1]] = true
    end
    return set
  end

  -- Fails for a field that has no description, and removes each described field from `left`.
  local function check(object, fields, left)
    local known = described(fields)
    for name in pairs(object) do
      assert.is_true(known[name], name .. " has no words")
      left[name] = nil
    end
  end

  it("every field in the reports of cbr.dr has a description, and every description belongs to a field", function()
    local destinations = { recovery.destination }
    local lost = { region = recovery.destination.region, project_id = support.fixtures.nowhere.project,
      vault_id = support.fixtures.nowhere.id }
    local at = math.floor(recovery.now())
    local unread = { copies = {}, replicate = {} }
    for name in pairs(unread) do
      unread[name] = assert(dr[name](client, {
        vault_ids = { vault }, destinations = { lost }, at = at, rpo = name == "copies" and "1h" or nil,
      }))
    end
    local reports = {
      copies = { unread.copies, assert(dr.copies(client, {
        vault_ids = { vault }, destinations = destinations, rpo = "1h", lag = "1h", at = at,
      })) },
      replicate = { unread.replicate, assert(dr.replicate(client, {
        vault_ids = { vault }, destinations = destinations, interval = 0.02, at = at,
      })) },
      prune = { assert(dr.prune(there, {
        vault_id = recovery.destination.vault_id, keep = { last = 1 }, at = at, sources = client,
      })) },
      unprotected = { assert(dr.unprotected(client, { at = at })) },
    }
    for _, entry in ipairs(words.functions) do
      local left, left_of_rows = described(entry.fields), described(entry.rows)
      for _, report in ipairs(reports[entry.name]) do
        check(report, entry.fields, left)
        for _, row in ipairs(report.rows) do
          check(row, entry.rows, left_of_rows)
        end
        for _, room in ipairs(report.room or {}) do
          check(room, words.classes[1][3], {})
        end
      end
      left.store_problem, left_of_rows.error_code, left_of_rows.error_kind, left_of_rows.message = nil, nil, nil, nil
      assert.same({}, left, entry.name)
      assert.same({}, left_of_rows, entry.name)
    end
  end)
end)
