--- The part `vaults`. Each contestant replicates many vaults while faults affect its orders, waits until the
-- replications have ended, and reports the result of each vault. The sandbox's list of accepted orders shows whether
-- the reports are true.

local contestants = require "bench.contestants"
local sandbox = require "sandbox.control"

local TIME_SCALE = 60 -- with this scale, a replication takes less than a second
local DESTINATION = "replicas"

-- The faults: responses that are lost before or after the order was accepted, and temporary rejections. `count`: how
-- many orders each fault affects.
local FAULTS = {
  { fault = "close_after", count = 5 }, { fault = "reset_before", count = 4 },
  { fault = "html_502", after = true, count = 4 }, { fault = "html_502", count = 3 },
  { fault = "throttled", limit = 5, time = "1 second", count = 4 },
}

-- Creates the vaults. Returns the ids of the vaults.
local function create(count)
  sandbox.reset()
  sandbox.time_scale(TIME_SCALE)
  local ids, vaults, backups = {}, { [DESTINATION] = { size = 1e6 } }, {}
  for i = 1, count do
    ids[i] = ("%08x-0000-4000-8000-000000000000"):format(i)
    vaults[ids[i]] = { kind = "server", project = "home", size = 1000 }
    for b = 1, 2 do
      backups[("%08x-%04x-4000-8000-000000000000"):format(i, b)] = { vault_id = ids[i], size = 1 }
    end
  end
  sandbox.patch { vaults = vaults }
  sandbox.patch { backups = backups }
  return ids
end

local function arm(share)
  for _, kind in ipairs(FAULTS) do
    local fault = { call = "replicate", times = math.ceil(kind.count * share) }
    for name, value in pairs(kind) do
      fault[name] = name ~= "count" and value or nil
    end
    sandbox.fault(fault)
  end
end

-- Compares a contestant's report ("VAULT succeeded" or "VAULT failed" for each vault) with the accepted orders.
local function judge(output, ids)
  local accepted, said, doubled, wrong = {}, {}, 0, 0
  for id, what in output:gmatch "([%x-]+) (%l+)" do
    said[id] = what
  end
  for _, order in ipairs(sandbox.ledger()) do
    if #order.made > 0 then
      accepted[order.vault_id] = (accepted[order.vault_id] or 0) + 1
    end
  end
  for _, id in ipairs(ids) do
    local count = accepted[id] or 0
    doubled = doubled + math.max(count - 1, 0)
    wrong = wrong + ((said[id] == "succeeded") ~= (count > 0) and 1 or 0)
  end
  return doubled, wrong
end

local function measure(name, size)
  local ids = create(size.vaults)
  arm(size.vaults / 50)
  sandbox.clear_requests()
  local command = contestants.command(name, "vaults", size.at_a_time, size.settle_time, table.unpack(ids))
  local output, reason = contestants.run(command)
  if not output then
    return nil, reason
  end
  local figures = contestants.fields(output:match "calls=[^\n]*")
  figures.requests = #sandbox.requests()
  figures.doubled, figures.wrong = judge(output, ids)
  return figures
end

---@param result table the table of bench/run
---@param size { vaults: integer, at_a_time: integer, settle_time: number } settle_time: option of cbr, in seconds
---@param names string[] the contestants that can run here
return function(result, size, names)
  local rows = {}
  for _, name in ipairs(names) do
    if name == "cbr" or name == "node" then
      local figures, reason = measure(name, size)
      if figures then
        for field, value in pairs(figures) do
          rows[field] = rows[field] or {}
          rows[field][name] = value
        end
      else
        result:note(("%s fails at vaults: %s"):format(name, reason))
      end
    end
  end
  sandbox.reset()
  result:section(("%d vaults replicated under faults, %d at a time"):format(size.vaults, size.at_a_time))
  for _, row in ipairs {
    { "all reports within, s", "wall" }, { "CPU of all, ms", "cpu", 1000 }, { "requests sent", "requests" },
    { "orders accepted twice", "doubled" }, { "vaults reported wrongly", "wrong" },
  } do
    local scaled = {}
    for name, value in pairs(rows[row[2]] or {}) do
      scaled[name] = value * (row[3] or 1)
    end
    result:row(row[1], scaled, { no_ratio = row[2] == "doubled" or row[2] == "wrong" })
  end
end
