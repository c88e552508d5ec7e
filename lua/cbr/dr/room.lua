--- Computes whether the vaults of the destinations have room for the missing copies. The service does not return the
-- size of a backup, so the size of the backed-up resource is used as an upper bound.

local capacity = require "cbr.objects.capacity"
local clients = require "cbr.dr.clients"
local rows = require "cbr.dr.rows"
local side_by_side = require "cbr.dr.side_by_side"
local text = require "cbr.util.text"

local room = {}

---@class cbr.dr.Room
---@field destination_region string
---@field destination_project_id? string
---@field destination_vault_id string
---@field vault_name? string
---@field copies integer number of missing copies
---@field needed_gb number upper bound of the size of the missing copies
---@field free_gb? number nil: unknown
---@field has_room? boolean nil: unknown
---@field message? string why the room is unknown

-- Reads the vault of a destination with the first client that can read the vault. Returns the vault;
-- or nil and the first error.
local function read_vault(list, destination)
  local vault, first, err
  for _, client in ipairs(list) do
    local there
    there, err = clients.at(client, destination)
    if there then
      vault, err = there:show_vault { vault_id = destination.vault_id }
    end
    if vault then
      return vault
    end
    first = first or err
  end
  return nil, first
end

local function read(list, destination, target)
  local vault, err = read_vault(list, destination)
  if not vault then
    target.message = text.line(err.message)
    return
  end
  local free_gb, is_growing = capacity.free_gb(vault)
  target.vault_name = vault.name
  target.destination_project_id = target.destination_project_id or vault.project_id
  target.free_gb = free_gb and math.max(0, math.floor(free_gb)) or nil
  target.is_growing = is_growing
end

--- Reads the vaults of the destinations.
---@param sources cbr.Client[] clients of the projects that hold the source vaults
---@param destinations table[]
---@param concurrency integer
---@return cbr.dr.Room[] list one for each destination; `room.add` sets `needed_gb` and `has_room`
function room.read(sources, destinations, concurrency)
  local list = {}
  for d, destination in ipairs(destinations) do
    list[d] = rows.add_destination({ copies = 0, needed_gb = 0 }, destination)
  end
  side_by_side.run(list, concurrency, function(target, d)
    read(sources, destinations[d], target)
  end)
  return list
end

--- Adds the sizes of the missing copies to `needed_gb` of their destinations, and sets `has_room`.
---@param list cbr.dr.Room[]
---@param missing { d: integer, size?: number }[] missing copies; `d`: index of the destination, `size`: GB
function room.add(list, missing)
  for _, copy in ipairs(missing) do
    local target = list[copy.d]
    target.copies, target.needed_gb = target.copies + 1, target.needed_gb + (copy.size or 0)
  end
  for _, target in ipairs(list) do
    if target.is_growing then
      target.has_room = true
    elseif target.free_gb then
      target.has_room = target.needed_gb <= target.free_gb
    end
    target.is_growing = nil
  end
end

return room
