--- Makes the findings of `client:preflight`: the errors that the service would return for the order.

local json = require "cbr.util.json"
local service_codes = require "cbr.call.service_codes"
local text = require "cbr.util.text"

local findings = {}

---@class cbr.Finding
---@field code string the code with which the service would reject the order
---@field kind string the kind of the error that the order would return
---@field reason? string the reason of that error: `no_backup`
---@field about "source"|"destination"|"route"|"backups"|"tasks"
---@field message string

-- Number of the code -> message; `%s` stands for the details.
local MESSAGES = {
  ["0001"] = "the vault has no backup that can be replicated: %s",
  ["1005"] = "backups of this region cannot be replicated to region %s",
  ["1009"] = "every backup that could be replicated is in region %s already",
  ["6102"] = "the source vault holds '%s' backups, the destination vault takes only '%s'",
  ["6105"] = "this project has no vault %s",
  ["6112"] = "the vault is not available: its state is %s",
  ["6119"] = "the destination vault is for %s, not for replicas",
  ["6120"] = "the destination project has no vault %s",
  ["6122"] = "vaults of type %s cannot be replicated",
  ["6128"] = "vaults of type %s cannot be replicated",
  ["6129"] = "the destination vault has not enough room: %s",
  ["6130"] = "a replication of the vault is in progress: task %s",
  ["7300"] = "the vault is not a hybrid-cloud vault, but of type %s",
  ["7302"] = "a sync of the vault is in progress: task %s",
}

--- Makes an empty list, for findings or for what could not be checked.
---@return table
function findings.list()
  return json.list {}
end

--- Adds a finding to a list.
---@param list cbr.Finding[]
---@param number string number of the code BackupService.<number>
---@param about string see cbr.Finding
---@param detail any
---@param second_detail any
function findings.add(list, number, about, detail, second_detail)
  local code = "BackupService." .. number
  local known = service_codes.known[code]
  list[#list + 1] = {
    code = code, kind = known.kind or "service", reason = known.reason, about = about,
    -- the details may be texts of the service
    message = text.line(MESSAGES[number]:format(tostring(detail), tostring(second_detail))),
  }
end

return findings
