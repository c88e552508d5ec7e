-- How calls end under each fault of the sandbox, and how many orders were accepted. The table is
-- spec/data/outcomes.lua.

local set_up = require "spec.helpers.set_up"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

local CALLS = {
  { way = "order", operation = "replicate", call = function(client, options)
    return client:replicate(support.replicate_params(), options)
  end },
  { way = "order", operation = "sync", call = function(client, options)
    return client:sync({ vault_id = fixtures.vaults.hybrid.id }, options)
  end },
  { way = "custom", operation = "sync", name = "custom sync request", call = function(client, options)
    return client:request({
      method = "POST", path = "/v3/{project_id}/checkpoints/sync",
      body = { sync = { vault_id = fixtures.vaults.hybrid.id, auto_trigger = false } },
    }, options)
  end },
  { way = "read", operation = "list_vault", call = function(client, options)
    return client:list_vault({}, options)
  end },
}

-- Returns a fault in words, for the name of a test.
local function describe_fault(fault)
  local list = {}
  for name, value in pairs(fault) do
    if name ~= "fault" and name ~= "message" and name ~= "call" then
      list[#list + 1] = ("%s=%s"):format(name, tostring(value))
    end
  end
  table.sort(list)
  return #list == 0 and fault.fault or ("%s (%s)"):format(fault.fault, table.concat(list, ", "))
end

-- Returns the fault of a row for an operation, with longer times on a slow machine.
local function fault_for(row, operation)
  local fault = { call = operation }
  for name, value in pairs(row.fault) do
    local is_time = name == "seconds" or name == "interval"
    fault[name] = is_time and value * support.patience or value
  end
  return fault
end

describe("under a fault #wire", function()
  local client, attempts

  set_up.for_each_test(function()
    client = support.client {
      timeout = 8 * support.patience, retry_pause = 0.005, settle_time = 0.1, max_response = 100000,
      log = function(event)
        attempts = attempts + (event.event == "attempt" and event.operation ~= "search" and 1 or 0)
      end,
    }
    attempts = 0
    assert(client:show_vault { vault_id = fixtures.vaults.server.id }) -- opens a connection, which some faults break
    attempts = 0
    return client
  end)

  for _, row in ipairs(require "spec.data.outcomes") do
    for _, way in ipairs(CALLS) do
      local expected = row[way.way]
      if expected then
        local title = "a %s under the fault %s ends with %s (attempts: %s, accepted orders: %s)"
        local how, tries, accepted = expected:match "^(%S+) (%d+) (%d+)$"
        title = title:format(way.name or way.operation, describe_fault(row.fault), how, tries, accepted)
        it(title, function()
          sandbox.fault(fault_for(row, way.operation))
          local timeout = way.way == "order" and row.order_timeout or row.timeout
          local response, err = way.call(client, { timeout = timeout and timeout * support.patience })
          local ending = response and (type(response) == "table" and response.reconciled and "found" or "ok")
            or ("%s/%s"):format(err.kind, tostring(err.outcome))
          local orders, made = #sandbox.ledger(), attempts
          sandbox.clear_faults()
          if row.slow_order and way.way ~= "read" then
            while #sandbox.ledger() == 0 do -- wait, so that the order is not accepted during the next test
              client:list_vault({ limit = 1 }, { timeout = 1 })
            end
          end
          assert.equal(expected, ("%s %d %d"):format(ending, made, orders))
          if err then
            assert.equal(made, err.attempts)
          end
        end)
      end
    end
  end
end)
