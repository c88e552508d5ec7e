-- Fault by fault, what a call comes to: each played for real, with the sandbox's ledger as judge. The table is
-- spec/data/outcomes.lua.

local support = require "spec.helpers.support"

local sandbox, world = support.sandbox, support.fixtures

local CALLS = {
  { way = "order", operation = "replicate", call = function(client, options)
    return client:replicate(support.replicate_params(), options)
  end },
  { way = "order", operation = "sync", call = function(client, options)
    return client:sync({ vault_id = world.vaults.hybrid.id }, options)
  end },
  { way = "blind", operation = "sync", name = "request", call = function(client, options)
    return client:request({
      method = "POST", path = "/v3/{project_id}/checkpoints/sync",
      body = { sync = { vault_id = world.vaults.hybrid.id, auto_trigger = false } },
    }, options)
  end },
  { way = "read", operation = "list_vault", call = function(client, options)
    return client:list_vault({}, options)
  end },
}

local function words(fault)
  local list = {}
  for name, value in pairs(fault) do
    if name ~= "fault" and name ~= "message" and name ~= "call" then
      list[#list + 1] = ("%s=%s"):format(name, tostring(value))
    end
  end
  table.sort(list)
  return fault.fault .. " " .. table.concat(list, " ")
end

describe("what a call comes to #wire", function()
  local client, attempts

  setup(function()
    client = support.client {
      timeout = 8 * support.patience, retry_pause = 0.005, settle_time = 0.1, max_response = 100000, log = function(event)
        attempts = attempts + (event.event == "attempt" and event.operation ~= "search" and 1 or 0)
      end,
    }
  end)

  teardown(function()
    client:close()
  end)

  before_each(function()
    sandbox.reset()
    attempts = 0
    client.budget = require "cbr.call.retry".budget() -- of its own for each, for faults that never end
    assert(client:show_vault { vault_id = world.vaults.server.id }) -- a connection, for those that break one
    attempts = 0
  end)

  after_each(function()
    sandbox.clear_faults()
  end)

  for _, row in ipairs(require "spec.data.outcomes") do
    for _, one in ipairs(CALLS) do
      local expected = row[one.way]
      if expected then
        it(("under %s of %s is %s"):format(words(row.fault), one.name or one.operation, expected), function()
          local fault = { call = one.operation }
          for name, value in pairs(row.fault) do
            local lasts = name == "seconds" or name == "interval"
            fault[name] = lasts and value * support.patience or value
          end
          sandbox.fault(fault)
          local answer, err = one.call(client, { timeout = row.timeout and row.timeout * support.patience })
          local how = answer and (type(answer) == "table" and answer.reconciled and "found" or "ok")
            or ("%s/%s"):format(err.kind, tostring(err.outcome))
          local orders, took = #sandbox.ledger(), attempts
          sandbox.clear_faults()
          if row.slow_order and one.way ~= "read" then
            while #sandbox.ledger() == 0 do
              client:list_vault({ limit = 1 }, { timeout = 1 })
            end
          end
          assert.equal(expected, ("%s %d %d"):format(how, took, orders))
          if err then
            assert.equal(took, err.attempts)
          end
        end)
      end
    end
  end
end)
