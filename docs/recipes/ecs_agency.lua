-- Runs on an ECS without a stored key: the agency of the ECS provides temporary keys. It reports which servers, disks
-- and file systems of the project are not protected by backups.
--
-- Needs: cbr; an ECS with an agency that may read CBR (and may list projects, unless HUAWEICLOUD_SDK_PROJECT_ID is
--        set); CBR_REGION.
-- Run:   CBR_REGION=cn-north-4 lua5.4 ecs_agency.lua
-- Try:   tools/with_lua 5.4 sh -c 'CBR_METADATA_ENDPOINT=$CBR_SANDBOX_METADATA lua5.4 docs/recipes/ecs_agency.lua'
--
-- Exit status: 0 everything is protected; 1 the agency provides no keys, or something could not be read; 5 something
-- is not protected.

local cbr = require "cbr"
local dr = require "cbr.dr"

local FAILED, NOT_COMPLIANT = 1, 5

local function stop(err)
  io.stderr:write(tostring(err), "\n")
  os.exit(FAILED)
end

-- With an explicit source, a forgotten key in the environment or in a profile is not used instead of the agency. The
-- address of the metadata service is 169.254.169.254, unless CBR_METADATA_ENDPOINT names another one. The keys are
-- valid for some hours; cbr renews them in time.
local client, err = cbr.new { credentials = { source = "ecs" } }
if not client then
  stop(err)
end

local report, problem = dr.unprotected(client, { types = { "server", "disk", "turbo" } })
if not report then
  stop(problem)
end
client:close()

io.write(dr.text(report))
if #report.unread > 0 then
  os.exit(FAILED)
end
os.exit(report.is_green and 0 or NOT_COMPLIANT)
