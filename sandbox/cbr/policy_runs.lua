-- luacheck: std ngx_lua+luajit
--- Makes policies run when the server's clock passes the times of their triggers. A run leaves out a vault that cannot
-- be backed up or replicated at this time.

local checkpoints = require "sandbox.cbr.checkpoints"
local clock = require "sandbox.clock"
local events = require "sandbox.cbr.events"
local orders = require "sandbox.cbr.orders"
local schedule = require "sandbox.cbr.schedule"
local state = require "sandbox.state"

local policy_runs = {}

--- Computes from a policy's patterns when the policy runs next. Must be called when the policy changes, and after each
-- run.
function policy_runs.plan(policy)
  policy.next_run = nil
  for _, pattern in ipairs(policy.enabled and policy.patterns or {}) do
    local at = schedule.next_after(schedule.parse(pattern), clock.now(), policy.created)
    policy.next_run = at and math.min(at, policy.next_run or at) or policy.next_run
  end
end

local RUN = {}

function RUN.backup(policy, vault, project)
  checkpoints.back_up(vault, project, {
    auto_trigger = true, policy = policy, retention_days = policy.definition.retention_duration_days,
  })
end

function RUN.replication(policy, vault, project, binding)
  orders.replicate_vault(vault, project, {
    auto_trigger = true, policy_id = policy.id, destination_project_id = policy.definition.destination_project_id,
    destination_region = policy.definition.destination_region, destination_vault_id = binding.destination_vault_id,
    cross_account_urn = policy.definition.cross_account_urn,
  })
end

local function run(policy)
  for _, vault in ipairs(state.vault_list) do
    local binding = vault.policies[policy.id]
    if binding then
      RUN[policy.operation_type](policy, vault, state.projects[vault.project_id], binding)
    end
  end
  policy_runs.plan(policy)
end

events.source(function()
  local first
  for _, policy in ipairs(state.policies) do
    if policy.next_run and (not first or policy.next_run < first.next_run) then
      first = policy
    end
  end
  if first then
    return clock.cloud_time_of(first.next_run), function() run(first) end
  end
end)

return policy_runs
