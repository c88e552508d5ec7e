-- dr.prometheus: reports as metrics.

local dr = require "cbr.dr"

-- Parses the text format of Prometheus. Returns the values, keyed by metric name with labels. Raises an error for an
-- invalid line.
local function samples(output)
  local found, typed = {}, {}
  for line in output:gmatch "([^\n]*)\n" do
    local name = line:match "^# TYPE ([%w_]+) gauge$"
    if name then
      assert(not typed[name], name .. " has two types")
      typed[name] = true
    elseif not line:find "^# HELP [%w_]+ %S" then
      local metric, labels, value = line:match "^([%w_]+)(%b{}) (-?[%d.]+)$"
      if not metric then
        metric, value = line:match "^([%w_]+) (-?[%d.]+)$"
      end
      assert(metric and typed[metric], line)
      found[metric .. (labels or "")] = tonumber(value)
    end
  end
  return found
end

describe("dr.prometheus", function()
  it("the metrics of dr.copies have the ages, the lag, the verdicts, and whether the report is green", function()
    local found = samples(dr.prometheus {
      kind = "copies", at = "1970-01-01T00:01:00Z", is_green = false, rows = {
        { resource_name = 'we"b\\', destination_region = "eu-nl", newest_backup_age = 5, replica_age = 7, lag = 2,
          verdict = "compliant" },
        { resource_name = "db", destination_region = "eu-nl", verdict = "unread" },
        { resource_name = "disk", destination_region = "eu-nl", verdict = "not_replicable" },
      }, totals = { rows = 3, compliant = 1, unread = 1, not_replicable = 1, vaults = 1, resources = 3, late = 0 },
    })
    assert.same({
      ['cbr_newest_backup_age_seconds{resource="we\\"b\\\\",destination_region="eu-nl"}'] = 5,
      ['cbr_newest_replica_age_seconds{resource="we\\"b\\\\",destination_region="eu-nl"}'] = 7,
      ['cbr_replica_lag_seconds{resource="we\\"b\\\\",destination_region="eu-nl"}'] = 2,
      ['cbr_copy_is_compliant{resource="we\\"b\\\\",destination_region="eu-nl"}'] = 1,
      ['cbr_copy_is_compliant{resource="db",destination_region="eu-nl"}'] = 0,
      ['cbr_copies{verdict="compliant"}'] = 1, ['cbr_copies{verdict="unread"}'] = 1,
      ['cbr_copies{verdict="not_replicable"}'] = 1, cbr_copies_are_green = 0,
      ['cbr_report_timestamp_seconds{kind="copies"}'] = 60,
    }, found)
  end)

  it("the metrics of replicate, prune and unprotected show their totals, without rows and resources", function()
    local timestamp = 'cbr_report_timestamp_seconds{kind="%s"}'
    assert.same({
      ['cbr_replications{status="success"}'] = 2, [timestamp:format "replicate"] = 0,
      ['cbr_replication_needs_gigabytes{destination_region="eu-nl"}'] = 40,
    }, samples(dr.prometheus {
      kind = "replicate", at = "1970-01-01T00:00:00Z", rows = {}, totals = { rows = 2, success = 2 },
      room = { { destination_region = "eu-nl", needed_gb = 40 } },
    }))
    assert.same({ ['cbr_pruned{action="keep"}'] = 1, [timestamp:format "prune"] = 0 }, samples(dr.prometheus {
      kind = "prune", at = "1970-01-01T00:00:00Z", totals = { rows = 1, keep = 1 },
    }))
    assert.same({ ['cbr_unprotected{finding="no_vault"}'] = 1, [timestamp:format "unprotected"] = 0 },
      samples(dr.prometheus {
        kind = "unprotected", at = "1970-01-01T00:00:00Z", totals = { rows = 1, resources = 5, no_vault = 1 },
      }))
  end)

  it("dr.prometheus raises an error at the caller's line if its argument is not a report", function()
    local ok, message = pcall(function()
      local words = dr.prometheus { kind = "other" }
      return words
    end)
    assert.is_false(ok)
    assert.matches("prometheus_spec.lua:%d+: dr.prometheus: a report of cbr.dr is needed", message)
  end)
end)
