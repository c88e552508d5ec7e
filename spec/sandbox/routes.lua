-- luacheck: std ngx_lua+luajit
--- The calls this server has, and who answers them. The first capture of a path is the project, a second the id.

local echo = require "spec.sandbox.echo"
local orders = require "spec.sandbox.orders"
local reads = require "spec.sandbox.reads"

-- {operation, method or "ANY", pattern, answer, only on this cloud}
local ROUTES = {
  { "replicate", "POST", "^/v3/([^/]*)/checkpoints/replicate/?$", orders.replicate },
  { "sync", "POST", "^/v3/([^/]*)/checkpoints/sync/?$", orders.sync, "huawei" },
  { "show_checkpoint", "GET", "^/v3/([^/]*)/checkpoints/([^/]+)/?$", reads.show_checkpoint },
  { "list_vault", "GET", "^/v3/([^/]*)/vaults/?$", reads.list_vault },
  { "show_vault", "GET", "^/v3/([^/]*)/vaults/([^/]+)/?$", reads.show_vault },
  { "list_backups", "GET", "^/v3/([^/]*)/backups/?$", reads.list_backups },
  { "show_backup", "GET", "^/v3/([^/]*)/backups/([^/]+)/?$", reads.show_backup },
  { "list_op_logs", "GET", "^/v3/([^/]*)/operation%-logs/?$", reads.list_op_logs },
  { "show_op_log", "GET", "^/v3/([^/]*)/operation%-logs/([^/]+)/?$", reads.show_op_log },
  { "show_replication_capabilities", "GET", "^/v3/([^/]*)/replication%-capabilities/?$",
    reads.show_replication_capabilities },
  { "echo", "ANY", "^/v3/([^/]*)/echo", echo },
}

local routes = {}

--- → route {operation, answer, cloud}, project id, id of the thing; nil when there is no such call.
function routes.find(method, path)
  for _, row in ipairs(ROUTES) do
    if row[2] == method or row[2] == "ANY" then
      local project_id, id = path:match(row[3])
      if project_id then return { operation = row[1], answer = row[4], cloud = row[5] }, project_id, id end
    end
  end
end

return routes
