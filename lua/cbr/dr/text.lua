--- dr.text: formats a report of cbr.dr as a table for a terminal.

local replicable = require "cbr.objects.replicable"
local text = require "cbr.util.text"

local WIDTH, MIN_COLUMN_WIDTH = 80, 8 -- the most characters of a line; the fewest characters of a shortened column
local SPACES = "  "

local MINUTE, HOUR, DAY = 60, 3600, 86400

-- Formats a duration in whole seconds, minutes, hours or days: 45s, 12m, 26h, 9d.
local function duration(seconds)
  if not seconds then
    return "-"
  elseif seconds < 2 * MINUTE then
    return ("%ds"):format(math.max(seconds, 0))
  elseif seconds < 2 * HOUR then
    return ("%dm"):format(math.floor(seconds / MINUTE))
  elseif seconds < 3 * DAY then
    return ("%dh"):format(math.floor(seconds / HOUR))
  end
  return ("%dd"):format(math.floor(seconds / DAY))
end

local function name_of(row, name, id)
  return row[name] ~= "" and row[name] or row[id] or "-"
end

local function resource(row)
  return name_of(row, "resource_name", "resource_id")
end

local function vault(row)
  return name_of(row, "vault_name", "vault_id")
end

local function destination(row)
  return row.destination_region or "-"
end

-- Reason or finding -> a text that explains it.
local REASONS = {
  no_recent_backup = "the newest backup itself is too old", old_copy = "a newer backup has no copy",
  lag = "the newest backup has waited too long for its copy", never_copied = "no backup was ever copied",
  replica_is_gone = "the copy is no longer at the destination", in_progress = "a copy is in progress",
  in_other_vault = "the copy is in another vault", no_backup = "there is no complete backup",
  unknown_source = "the source of the copies is unknown", no_time = "the time of the source's data is unknown",
  clock = "this machine's clock is wrong", no_vault = "not in a vault", no_backup_policy = "no backup policy",
  no_replication_policy = "no replication policy", backup_policy_disabled = "the backup policy is disabled",
  replication_policy_disabled = "the replication policy is disabled", last_run_skipped = "the last backup was skipped",
  last_run_failed = "the last backup failed", agent_missing = "no agent", locked = "the vault is locked",
  not_a_replica = "not a replica", no_resource = "the resource is unknown", last = "one of the newest replicas",
  day = "the newest replica of the day", week = "the newest replica of the week",
  last_good_is_gone = "the newest copy is no longer good",
}

local function reason(row)
  if row.findings then
    local words = {}
    for i, finding in ipairs(row.findings) do
      words[i] = REASONS[finding] or finding
    end
    return table.concat(words, ", ")
  end
  local words = REASONS[row.reason] or replicable.words[row.reason] or row.reason
  return row.message and (words and words .. ": " or "") .. row.message or words or ""
end

-- Kind of a report -> the columns of its table. A column has a heading, and a function that returns the cell of a row.
local COLUMNS = {
  copies = {
    { "RESOURCE", resource }, { "VAULT", vault }, { "TO", destination },
    { "BACKUP", function(row) return duration(row.newest_backup_age) end },
    { "COPY", function(row) return duration(row.replica_age) end },
    { "LAG", function(row) return duration(row.lag) end },
    { "VERDICT", function(row) return row.verdict end },
  },
  replicate = {
    { "RESOURCE", resource }, { "VAULT", vault }, { "TO", destination },
    { "BACKUP", function(row) return row.backup_name or row.backup_id or "-" end },
    { "GB", function(row) return text.of(row.size_gb) or "-" end },
    { "STATUS", function(row) return row.status end },
  },
  prune = {
    { "RESOURCE", resource }, { "REPLICA", function(row) return row.replica_name or row.replica_id end },
    { "AGE", function(row) return duration(row.replica_age) end },
    { "BASIS", function(row) return row.basis or "-" end },
    { "ACTION", function(row) return row.action end }, { "WHY", reason },
  },
  unprotected = {
    { "RESOURCE", resource }, { "TYPE", function(row) return row.resource_type or "-" end }, { "VAULT", vault },
    { "FINDINGS", reason },
  },
}

-- Returns the length of a text in UTF-8 characters.
local function length(value)
  return select(2, value:gsub("[^\128-\191]", ""))
end

-- Pads or cuts a text to exactly `width` characters. A cut text ends with `~`.
local function fit(value, width)
  local size = length(value)
  if size <= width then
    return value .. (" "):rep(width - size)
  end
  local kept, count = {}, 0
  for character in value:gmatch "[^\128-\191][\128-\191]*" do
    count = count + 1
    if count > width - 1 then
      break
    end
    kept[count] = character
  end
  return table.concat(kept) .. "~"
end

-- Returns the widths of the columns. A column is as wide as its contents, but the widest columns are
-- reduced until a line fits.
local function widths_of(lines)
  local widths, sum = {}, 0
  for _, cells in ipairs(lines) do
    for i, cell in ipairs(cells) do
      widths[i] = math.max(widths[i] or 0, length(cell))
    end
  end
  for _, width in ipairs(widths) do
    sum = sum + width + #SPACES
  end
  sum = sum - #SPACES
  while sum > WIDTH do
    local widest = 1
    for i, width in ipairs(widths) do
      widest = width > widths[widest] and i or widest
    end
    if widths[widest] <= MIN_COLUMN_WIDTH then
      break
    end
    widths[widest], sum = widths[widest] - 1, sum - 1
  end
  return widths
end

local function table_of(columns, list)
  local lines, out = { {} }, {}
  for i, column in ipairs(columns) do
    lines[1][i] = column[1]
  end
  for n, row in ipairs(list) do
    lines[n + 1] = {}
    for i, column in ipairs(columns) do
      lines[n + 1][i] = text.line(column[2](row) or "-", 200)
    end
  end
  local widths = widths_of(lines)
  for n, cells in ipairs(lines) do
    for i, cell in ipairs(cells) do
      cells[i] = fit(cell, widths[i])
    end
    out[n] = (table.concat(cells, SPACES):gsub(" +$", ""))
  end
  return table.concat(out, "\n") .. "\n"
end

local MAX_NAMES = 5 -- how many resources are named for one reason

-- Lists the reasons, one line for each reason, with the names of the first resources that have the reason.
local function reasons_of(report, field)
  local order, by_words = {}, {}
  for _, row in ipairs(report.rows) do
    local words = reason(row)
    if words ~= "" then
      words = ("%s: %s"):format(row[field], words)
      if not by_words[words] then
        by_words[words] = {}
        order[#order + 1] = words
      end
      table.insert(by_words[words], resource(row) ~= "-" and resource(row) or nil)
    end
  end
  local lines = {}
  for i, words in ipairs(order) do
    local names = by_words[words]
    local more = #names > MAX_NAMES and (", and %d more"):format(#names - MAX_NAMES) or ""
    local whose = #names > 0 and (" (%s%s)"):format(table.concat(names, ", ", 1, math.min(#names, MAX_NAMES)), more)
    lines[i] = text.line(words, 400) .. (whose or "") .. "\n"
  end
  return table.concat(lines)
end

-- Formats totals: "7 rows: 5 compliant, 2 stale".
local function sum(totals, names)
  local words = {}
  for _, name in ipairs(names) do
    if (totals[name] or 0) > 0 then
      words[#words + 1] = ("%d %s"):format(totals[name], (name:gsub("_", " ")))
    end
  end
  return ("%d %s%s"):format(totals.rows, totals.rows == 1 and "row" or "rows",
    #words > 0 and ": " .. table.concat(words, ", ") or "")
end

local SUMMARIES = {}

function SUMMARIES.copies(report)
  return reasons_of(report, "verdict") .. ("%s. %s\n"):format(sum(report.totals, {
    "compliant", "stale", "uncopied", "unknown_age", "unread", "not_replicable", "late",
  }), report.is_green and "Green: every resource that can be replicated has a recent enough copy."
    or "Not green.")
end

function SUMMARIES.replicate(report)
  local lines = { sum(report.totals, {
    "missing", "there", "success", "in_progress", "skipped", "failed", "unknown", "not_started", "unread",
    "not_replicable",
  }) .. "." }
  for _, room in ipairs(report.room) do
    lines[#lines + 1] = ("The copies to %s need at most %.0f GB%s."):format(room.destination_region, room.needed_gb,
      room.has_room == false and (", but the vault has only %.0f GB free"):format(room.free_gb)
        or room.has_room == nil and ", and the free space of the vault is unknown" or "")
  end
  return reasons_of(report, "status") .. table.concat(lines, "\n") .. "\n"
end

function SUMMARIES.prune(report)
  return sum(report.totals, { "delete", "deleted", "keep", "failed" })
    .. (report.dry_run and ". Nothing was deleted: this is a dry run.\n" or ".\n")
end

function SUMMARIES.unprotected(report)
  local words = ("%d of %d resources have a finding.\n"):format(report.totals.rows, report.totals.resources)
  for _, unread in ipairs(report.unread) do
    words = words .. ("The %s could not be read: %s\n"):format(unread.reason, unread.message)
  end
  return words
end

--- Returns a report as text: a table with lines of at most 80 characters, the reasons, and the totals. Names that are
-- too long for their column are cut, and end with `~`.
---@param report table report of dr.copies, dr.replicate, dr.prune or dr.unprotected
---@return string
return function(report)
  local columns = type(report) == "table" and COLUMNS[report.kind]
  if not columns then
    error("dr.text: a report of cbr.dr is needed", 3)
  end
  local list = #report.rows > 0 and table_of(columns, report.rows) or ""
  return list .. SUMMARIES[report.kind](report)
end
