-- luacheck: std ngx_lua+luajit
--- The service catalog of a token. The entries of CBR and IAM point at the sandbox. The hosts of the other
-- entries do not exist.

local iam_projects = require "sandbox.iam.projects"
local json = require "sandbox.json"

local catalog = {}

local SERVICES = {
  "antiddos", "apig", "as", "bms", "cbr", "cce", "cdn", "ces", "cts", "dcs", "dds", "dms", "dns", "dws", "ecs", "elb",
  "evs", "functiongraph", "iam", "ims", "kms", "lts", "mrs", "nat", "obs", "rds", "rms", "sfs", "smn", "swr", "vbs",
  "vpc",
}

local TYPES = { iam = "identity" } -- the types of the services whose type differs from their name

local function url_of(name, project)
  local path = "/v3" .. (project and "/" .. project.id or "")
  if name == "iam" then
    return iam_projects.links("/v3").self
  elseif name == "cbr" then
    return iam_projects.links(path).self
  end
  return ("https://%s.sandbox.invalid%s"):format(project and name .. "." .. project.region or name, path)
end

--- The services in the region of `project`. Without a project, the region of each service is "*".
function catalog.of(project)
  local list = json.list()
  for i, name in ipairs(SERVICES) do
    local region = project and project.region or "*"
    list[i] = {
      id = ("%032x"):format(i), name = name, type = TYPES[name] or name,
      endpoints = json.list {
        {
          id = ("%032x"):format(1000 + i), interface = "public", region = region, region_id = region,
          url = url_of(name, project),
        },
      },
    }
  end
  return list
end

return catalog
