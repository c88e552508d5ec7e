--- dr.prometheus: writes a report of cbr.dr in the text format of Prometheus (version 0.0.4).

local text = require "cbr.util.text"

-- The labels of a metric, each with its name and the field of the row that holds its value.
local LABELS = {
  { "region", "region" }, { "vault_id", "vault_id" }, { "vault", "vault_name" }, { "resource_id", "resource_id" },
  { "resource", "resource_name" }, { "destination_region", "destination_region" },
  { "destination_vault_id", "destination_vault_id" },
}

-- The metrics of a row of dr.copies, each with its name, its meaning, and the field of the row that holds its value.
local OF_COPIES = {
  { "cbr_newest_backup_age_seconds", "Age of the newest complete backup of a resource.", "newest_backup_age" },
  { "cbr_newest_replica_age_seconds", "Age of the data of the newest copy.", "replica_age" },
  { "cbr_replica_lag_seconds", "Time from the freezing of the data to the arrival of the newest copy.", "lag" },
}

local function escaped(value)
  return (text.line(value):gsub("[\\\"\n]", { ["\\"] = "\\\\", ['"'] = '\\"', ["\n"] = "\\n" }))
end

local function labels_of(row)
  local words = {}
  for _, label in ipairs(LABELS) do
    local value = text.of(row[label[2]])
    words[#words + 1] = value and ('%s="%s"'):format(label[1], escaped(value)) or nil
  end
  return table.concat(words, ",")
end

local function head(lines, name, meaning)
  lines[#lines + 1] = ("# HELP %s %s"):format(name, meaning)
  lines[#lines + 1] = ("# TYPE %s gauge"):format(name)
end

local function add(lines, name, labels, value)
  lines[#lines + 1] = ("%s%s %s"):format(name, labels ~= "" and "{" .. labels .. "}" or "", text.of(value))
end

-- Adds the totals of a report, one line for each value of a label. Totals in `label.without` are left out.
local function add_totals(lines, name, meaning, report, label)
  head(lines, name, meaning)
  local names = {}
  for total in pairs(report.totals) do
    names[#names + 1] = not label.without[total] and total or nil
  end
  table.sort(names, text.is_before)
  for _, total in ipairs(names) do
    add(lines, name, ('%s="%s"'):format(label.name, escaped(total)), report.totals[total])
  end
end

local KINDS = {}

function KINDS.copies(lines, report)
  for _, metric in ipairs(OF_COPIES) do
    head(lines, metric[1], metric[2])
    for _, row in ipairs(report.rows) do
      if row[metric[3]] then
        add(lines, metric[1], labels_of(row), row[metric[3]])
      end
    end
  end
  head(lines, "cbr_copy_is_compliant",
    "1 if a resource has a recent enough copy; 0 if it has none, or if its data could not be read.")
  for _, row in ipairs(report.rows) do
    if row.verdict ~= "not_replicable" then
      add(lines, "cbr_copy_is_compliant", labels_of(row), row.verdict == "compliant" and 1 or 0)
    end
  end
  add_totals(lines, "cbr_copies", "Number of pairs of a resource and a destination, by verdict.", report,
    { name = "verdict", without = { rows = true, vaults = true, resources = true, late = true } })
  head(lines, "cbr_copies_are_green", "1 if every resource that can be replicated has a recent enough copy.")
  add(lines, "cbr_copies_are_green", "", report.is_green and 1 or 0)
end

function KINDS.replicate(lines, report)
  add_totals(lines, "cbr_replications", "Number of pairs of a backup and a destination, by status.", report,
    { name = "status", without = { rows = true } })
  head(lines, "cbr_replication_needs_gigabytes", "Upper bound of the size of all copies that the destination lacks.")
  for _, room in ipairs(report.room) do
    add(lines, "cbr_replication_needs_gigabytes", labels_of(room), room.needed_gb)
  end
end

function KINDS.prune(lines, report)
  add_totals(lines, "cbr_pruned", "Number of replicas by action.", report,
    { name = "action", without = { rows = true } })
end

function KINDS.unprotected(lines, report)
  add_totals(lines, "cbr_unprotected", "Number of unprotected resources by finding.", report,
    { name = "finding", without = { rows = true, resources = true } })
end

--- Returns a report as metrics.
---@param report table report of dr.copies, dr.replicate, dr.prune or dr.unprotected
---@return string
return function(report)
  local kind = type(report) == "table" and KINDS[report.kind]
  if not kind then
    error("dr.prometheus: a report of cbr.dr is needed", 3)
  end
  local lines = {}
  kind(lines, report)
  head(lines, "cbr_report_timestamp_seconds", "Time for which the report was made, in seconds since 1970.")
  add(lines, "cbr_report_timestamp_seconds", ('kind="%s"'):format(report.kind),
    require("cbr.util.time").parse(report.at))
  return table.concat(lines, "\n") .. "\n"
end
