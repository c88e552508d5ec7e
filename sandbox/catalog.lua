-- luacheck: std ngx_lua+luajit
--- The service catalog of a token. It is there for its size: no call of the sandbox needs it.

local json = require "sandbox.json"

local catalog = {}

local SERVICES = {
  "antiddos", "apig", "as", "bms", "cbr", "cce", "cdn", "ces", "cts", "dcs", "dds", "dms", "dns", "dws", "ecs", "elb",
  "evs", "functiongraph", "iam", "ims", "kms", "lts", "mrs", "nat", "obs", "rds", "rms", "sfs", "smn", "swr", "vbs",
  "vpc",
}

--- The services in the region of `project`; without a project, with the region "*".
function catalog.of(project)
  local list = json.list()
  for i, name in ipairs(SERVICES) do
    local region = project and project.region or "*"
    local host = project and name .. "." .. project.region or name
    list[i] = {
      id = ("%032x"):format(i), name = name, type = name,
      endpoints = json.list {
        {
          id = ("%032x"):format(1000 + i), interface = "public", region = region, region_id = region,
          url = ("https://%s.sandbox.invalid/v3%s"):format(host, project and "/" .. project.id or ""),
        },
      },
    }
  end
  return list
end

return catalog
