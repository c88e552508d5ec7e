-- The client's own specs, run by busted inside a real nginx worker, in each phase that allows waiting.

local server = require "spec.helpers.nginx.server"
local support = require "spec.helpers.support"

-- The specs of a client's behaviour, without those that watch the interpreter (processes, descriptors, environment) and
-- without #process tests, which start processes.
local ALL = {
  "call/after_failure", "call/attempt", "call/attempt_event", "call/call", "call/failure", "call/http",
  "call/key_guard", "call/retry", "call/retry_budget", "call/service_clock", "call/service_codes", "call/unauthorized",
  "core/signer", "core/tls",
  "credentials/chain", "credentials/choose", "credentials/container", "credentials/ecs", "credentials/environment",
  "credentials/federated", "credentials/forms", "credentials/iam", "credentials/ids", "credentials/password",
  "credentials/profile", "credentials/sources", "credentials/static",
  "dr/copies", "dr/orders", "dr/prune", "dr/replicate", "dr/run_orders", "dr/unprotected",
  "endpoint/origin", "endpoint/regions", "endpoint/regions_file", "endpoint/resolve",
  "follow/follow", "follow/replication", "follow/progress", "follow/task",
  "loop/map",
  "lost_orders/entry", "lost_orders/evidence", "lost_orders/find_order", "lost_orders/match", "lost_orders/records",
  "lost_orders/rejected_search", "lost_orders/response_without_ids", "lost_orders/search", "lost_orders/tasks",
  "operations/agents", "operations/backups", "operations/features", "operations/organization_policies",
  "operations/policies", "operations/prepaid_orders", "operations/projects", "operations/protection",
  "operations/request_fields", "operations/restore_points", "operations/rules", "operations/sharing",
  "operations/tags", "operations/tasks", "operations/usage", "operations/vaults",
  "unit/bad_input", "unit/cbr", "unit/client", "unit/custom_request", "unit/describe", "unit/each", "unit/errors",
  "unit/more_methods", "unit/offline_methods", "unit/operations", "unit/options", "unit/pages", "unit/parameters",
  "unit/preflight", "unit/sign", "unit/version",
  "util/characters", "util/check", "util/check_options", "util/files", "util/json", "util/log", "util/misspelt",
  "util/shown", "util/text", "util/text_forms", "util/time",
  "util/yaml",
}
local SOME = { "call/service_codes", "loop/map", "unit/client", "unit/pages" }

-- Returns an nginx location that runs the specs with these names and responds with busted's report. `in_phase` is the
-- nginx directive that runs them. The word REPORT in it stands for the Lua expression whose value is the report.
local function location(name, in_phase, names)
  local files = {}
  for i, spec in ipairs(names) do
    files[i] = ("%q"):format(("spec/%s_spec.lua"):format(spec))
  end
  return ("location /%s { %s }"):format(name, (in_phase:gsub("REPORT", function()
    return ([[require("spec.helpers.nginx.busted").files({ %s }, { "process", "many" })]]):format(
      table.concat(files, ", "))
  end)))
end

local function environment()
  local names = {}
  for line in support.run("env"):gmatch "[^\n]+" do
    local name = line:match "^([%u_][%u%d_]+)="
    names[#names + 1] = name and ("env %s;"):format(name)
  end
  return table.concat(names, " ")
end

-- nginx runs LuaJIT, whatever Lua runs this spec: one run is enough.
if not rawget(_G, "jit") then
  return
end

describe("inside an nginx worker #process", function()
  local nginx

  setup(function()
    nginx = server.start {
      main = environment(),
      server = table.concat({
        location("content", "content_by_lua_block { ngx.print(REPORT) }", SOME),
        location("access", "access_by_lua_block { ngx.print(REPORT) ngx.exit(200) }", SOME),
        location("rewrite", "rewrite_by_lua_block { ngx.print(REPORT) ngx.exit(200) }", SOME),
        location("timer", [[content_by_lua_block {
          local report
          ngx.timer.at(0, function()
            local _, told = pcall(function() return REPORT end)
            report = tostring(told)
          end)
          repeat ngx.sleep(0.05) until report
          ngx.print(report)
        }]], ALL),
      }, "\n"),
    }
  end)

  teardown(function()
    nginx:stop()
    support.sandbox.reset()
  end)

  for _, phase in ipairs { "content", "access", "rewrite", "timer" } do
    it(("the client's specs pass inside nginx, in the %s phase"):format(phase), function()
      local report = nginx:get("/" .. phase)
      local passed, failed, raised = report:match "^(%d+) successes / (%d+) failures / (%d+) errors"
      assert.equal("0 0", ("%s %s"):format(failed, raised), report)
      assert.is_true(tonumber(passed) > 40, report)
    end)
  end
end)
