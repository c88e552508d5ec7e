--- dr.prune: deletes old replicas by a retention rule. A replica whose source is unknown, the newest good replica of a
-- resource, and the replicas in a locked vault are never deleted.

local clients = require "cbr.dr.clients"
local errors = require "cbr.errors"
local input = require "cbr.dr.input"
local json = require "cbr.util.json"
local kept_replicas = require "cbr.dr.kept_replicas"
local rows = require "cbr.dr.rows"
local side_by_side = require "cbr.dr.side_by_side"
local tables = require "cbr.util.tables"

local ACTIONS = { "delete", "deleted", "keep", "failed" }

-- Returns the vault, and the first client that can read the vault; or nil, nil and an error.
local function find_vault(list, vault_id)
  local problem
  for _, client in ipairs(list) do
    local vault, err = client:show_vault { vault_id = vault_id }
    if vault then
      return vault, client
    end
    if not problem or problem.kind == "not_found" then
      problem = err
    end
  end
  return nil, nil, errors.finish(problem, { operation = "dr.prune" })
end

-- Reads the newest replica of a resource again, before other replicas are deleted. Returns whether that
-- replica is still good.
local function is_good(client, group)
  local newest = group.known[1]
  local replica = newest and client:show_backup { backup_id = newest.id }
  return replica and replica.status == "available" or false
end

local function delete(client, row)
  local ok, err = client:delete_backup { backup_id = row.replica_id }
  if ok or err.kind == "not_found" then
    row.action = "deleted"
    return
  end
  row.action, row.message, row.error_kind, row.error_code = "failed", err.message, err.kind, err.code
end

-- Deletes the replicas of one resource that the rule does not keep.
local function prune_resource(client, group, on_done)
  local to_delete = {}
  for _, row in ipairs(group.rows) do
    to_delete[#to_delete + 1] = row.action == "delete" and row or nil
  end
  local may_delete = #to_delete > 0 and is_good(client, group)
  for _, row in ipairs(to_delete) do
    if may_delete then
      delete(client, row)
    else
      row.action, row.reason = "keep", "last_good_is_gone"
    end
    on_done(row)
  end
end

local function carry_out(client, groups, given)
  local done = 0
  side_by_side.run(groups, given.concurrency, function(group)
    prune_resource(client, group, function(row)
      done = done + 1
      if given.on_progress then
        given.on_progress { phase = "deletions", done = done, total = groups.to_delete, row = row }
      end
    end)
  end)
end

local function report_of(groups, given, vault, unread)
  local list = {}
  for _, group in ipairs(groups) do
    for _, row in ipairs(group.rows) do
      list[#list + 1] = row
    end
  end
  local report = rows.report("prune", given.at, list)
  report.vault_id, report.vault_name, report.locked = vault.id, vault.name, vault.locked
  report.dry_run, report.unread = given.dry_run, json.list(unread)
  report.totals = rows.totals(list, "action", ACTIONS)
  return report
end

--- Deletes replicas in a replication vault. For each resource, these replicas are kept: the newest `keep.last`
-- replicas, and the newest replica of each of the last `keep.days` days and `keep.weeks` weeks that have one. Without
-- `dry_run = false` nothing is deleted, and the plan is returned.
--
-- A replica whose source is unknown is kept, and does not count as one of the replicas to keep. With the parameter
-- `sources`, the sources of more replicas are known.
---@param client cbr.Client|cbr.Client[] client of the project that holds the vault
---@param params cbr.dr.params.prune
---@return cbr.dr.PruneReport? report a row for each replica
---@return cbr.Error? err the vault or its replicas could not be read, or the vault is not a replication vault
return function(client, params)
  local list = clients.list("dr.prune", client, 4)
  local given, err = input.read("prune", params, 4)
  if not given then
    return nil, err
  end
  local sources = given.sources and clients.list("dr.prune: sources", given.sources, 4) or {}
  given.dry_run = given.dry_run ~= false
  local vault, there
  vault, there, err = find_vault(list, given.vault_id)
  if not vault then
    return nil, err
  elseif tables.of(vault.billing).protect_type ~= "replication" then
    return nil, errors.argument({
      { parameter = "vault_id", problem = "is not the id of a replication vault (protect_type 'replication')" },
    }, { operation = "dr.prune" })
  end
  vault.locked = vault.locked == true or tables.of(vault.billing).status == "lock"
  local groups, unread
  groups, err, unread = kept_replicas(there, sources, vault, given)
  if not groups then
    return nil, errors.finish(err, { operation = "dr.prune" })
  end
  if not given.dry_run then
    carry_out(there, groups, given)
  end
  return report_of(groups, given, vault, unread)
end
