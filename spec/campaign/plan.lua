-- The plan of a campaign: the vaults, and which process places which order on which vault.
--
-- Most vaults get one order. On a shared vault, every process places one order, at about the same time as the others.

local chaos = require "spec.campaign.chaos"
local sandbox = require "sandbox.control"

local plan = {}

local OPERATIONS = { "replicate", "copy_backup", "sync" }

---@class campaign.Order
---@field n integer
---@field operation "replicate"|"copy_backup"|"sync"
---@field vault string
---@field process integer

-- Adds a vault to a patch of the sandbox's state.
local function add_vault(patch, seed, number, operation)
  local id = ("%08x-0000-4000-8000-%012x"):format(seed, number)
  if operation == "sync" then
    local found = { imported = 1, removed = 0, failed = 0 }
    patch.vaults[id] = { kind = "hybrid", project = "home", size = 1000, on_premises = found }
  else
    patch.vaults[id] = { kind = "server", project = "home", size = 1000 }
    for b = 1, math.random(3) do
      patch.backups[("%08x-%04x-4000-8000-%012x"):format(seed, b, number)] = { vault_id = id, size = 1 }
    end
  end
  return id
end

--- Resets the sandbox, and creates the vaults and room for all replicas.
---@param options { orders: integer, shared: integer, processes: integer, seed: integer }
---@return campaign.Order[] orders by `n`
function plan.make(options)
  sandbox.reset()
  sandbox.time_scale(chaos.TIME_SCALE)
  local orders, vaults, shared_left = {}, 0, options.shared
  local patch = { vaults = { replicas = { size = 1e9 } }, backups = {} }
  local function apply()
    sandbox.patch { vaults = patch.vaults }
    sandbox.patch { backups = patch.backups }
    patch = { vaults = {}, backups = {} }
  end
  while #orders < options.orders do
    local slots_left = (options.orders - #orders) / options.processes
    local is_shared = math.random() < shared_left / slots_left
    local operation, vault
    for process = 1, options.processes do
      if process == 1 or not is_shared then
        vaults, operation = vaults + 1, OPERATIONS[math.random(#OPERATIONS)]
        vault = add_vault(patch, options.seed, vaults, operation)
      end
      orders[#orders + 1] = { n = #orders + 1, operation = operation, vault = vault, process = process }
    end
    shared_left = shared_left - (is_shared and 1 or 0)
    if #orders % 200 < options.processes then
      apply()
    end
  end
  apply()
  return orders
end

--- The id of the first backup of a vault. The campaign's copy_backup orders copy this backup.
---@param vault string
---@return string id
function plan.backup_of(vault)
  return (vault:gsub("%-0000%-", "-0001-", 1))
end

--- Writes the orders for the client processes: "<n> <operation> <vault> <process>" in each line.
function plan.write(orders, file_name)
  local file = assert(io.open(file_name, "w"))
  for _, order in ipairs(orders) do
    file:write(("%d %s %s %d\n"):format(order.n, order.operation, order.vault, order.process))
  end
  file:close()
end

return plan
