--- The words for the status of tasks and of replication records, in one vocabulary.

local status = {}

-- Records say `fail`, `skip`, `waiting_replicate`, `replicating`; tasks say `failed`, `skipped`, `waiting`, `running`.
-- Sources: ShowBackup and ShowOpLog of the API reference.
local WORDS = {
  waiting = "waiting", waiting_replicate = "waiting",
  running = "running", replicating = "running",
  success = "success",
  failed = "failed", fail = "failed", timeout = "failed",
  skipped = "skipped", skip = "skipped",
}

local ENDED = { success = true, failed = true, skipped = true }

---@alias cbr.Status "waiting"|"running"|"success"|"failed"|"skipped"

--- Returns the status for a word of the service. An unknown word counts as `running`.
---@param word any
---@return cbr.Status status
---@return boolean is_known
function status.of(word)
  return WORDS[word] or "running", WORDS[word] ~= nil
end

--- Whether work with this status has ended.
---@param state cbr.Status
---@return boolean
function status.has_ended(state)
  return ENDED[state] == true
end

return status
