--- The metrics for Prometheus (text format 0.0.4). Shared memory keeps the counters of this host, so that they survive
-- a reload.

local metrics = {}

local shared = ngx.shared.cbr_metrics

-- Name, type and help of each metric, in the order of the output.
local METRICS = {
  { "cbr_orders_total", "counter", "Orders of jobs that this host sent, by outcome." },
  { "cbr_order_failures_total", "counter", "Orders of jobs that ended with an error on this host, by kind of error." },
  { "cbr_order_seconds", "summary", "Duration of the calls of this host that place the order of a job." },
  { "cbr_runs_total", "counter", "Runs that ended, by result. Each run is counted by the host that noticed the end." },
  { "cbr_poll_failures_total", "counter", "Failed polls of the service, by kind of error." },
  { "cbr_notices_total", "counter", "Notices for the webhook that ended on this host, by outcome." },
  { "cbr_redis_up", "gauge", "1 if Redis responded last time, else 0. Without Redis, this host orders nothing." },
  { "cbr_in_flight", "gauge", "Orders of the fleet that are claimed or in progress." },
  { "cbr_queued_jobs", "gauge", "Waiting jobs of the fleet." },
  { "cbr_progress_ratio", "gauge", "Progress of a vault's current run, from 0 to 1." },
  { "cbr_last_success_timestamp_seconds", "gauge", "When a vault's last successful run ended." },
  { "cbr_last_run_timestamp_seconds", "gauge", "When a vault's last run ended, successful or not." },
  { "cbr_last_run_duration_seconds", "gauge", "How long a vault's last run took, from order to end." },
  { "cbr_newest_backup_age_seconds", "gauge", "Age of a resource's newest backup: the maximum in a vault." },
  { "cbr_newest_replica_age_seconds", "gauge", "Age of a resource's newest copy: the maximum in a vault." },
  { "cbr_replica_lag_seconds", "gauge", "Time from a backup to the arrival of its copy: the maximum in a vault." },
  { "cbr_copies", "gauge", "Resources of a vault, by the verdict of dr.copies about their copies." },
  { "cbr_copies_are_green", "gauge", "1 if every resource that can have a copy has a recent copy, else 0." },
}

local ESCAPES = { ["\\"] = "\\\\", ['"'] = '\\"', ["\n"] = "\\n" }

-- The labels of a sample as text: {a="1",b="2"}, sorted by name.
local function braces(labels)
  local words = {}
  for name, value in pairs(labels or {}) do
    words[#words + 1] = ('%s="%s"'):format(name, (tostring(value):gsub('[\\"\n]', ESCAPES)))
  end
  table.sort(words)
  return #words > 0 and "{" .. table.concat(words, ",") .. "}" or ""
end

--- Increases a counter.
---@param name string
---@param labels? table<string, string>
---@param by? number default 1
function metrics.count(name, labels, by)
  shared:incr(name .. braces(labels), by or 1, 0)
end

--- Adds a duration to a summary.
---@param name string
---@param seconds number
function metrics.observe(name, seconds)
  metrics.count(name .. "_sum", nil, seconds)
  metrics.count(name .. "_count")
end

local function line(name, labels, value)
  return ("%s%s %.14g"):format(name, braces(labels), value)
end

-- Adds the samples of a vault's copies. Until the next check of the copies, their ages grow with the clock.
local function add_copies(list, vault, now)
  local copies, labels = vault.copies, { vault = vault.name }
  local older = math.max(0, now - (vault.copies_at or now))
  local function add(name, value)
    list[#list + 1] = value and { name, labels, value } or nil
  end
  add("cbr_newest_backup_age_seconds", copies.newest_backup_age and copies.newest_backup_age + older)
  add("cbr_newest_replica_age_seconds", copies.newest_replica_age and copies.newest_replica_age + older)
  add("cbr_replica_lag_seconds", copies.lag)
  add("cbr_copies_are_green", copies.is_green and 1 or 0)
  for verdict, count in pairs(copies.totals) do
    list[#list + 1] = { "cbr_copies", { vault = vault.name, verdict = verdict }, count }
  end
end

-- Returns the gauges as a list of samples { name, labels, value }.
local function gauges(snapshot)
  local list, in_flight = { { "cbr_redis_up", nil, snapshot.redis.reachable and 1 or 0 } }, 0
  for _, vault in ipairs(snapshot.vaults or {}) do
    local labels, last = { vault = vault.name }, vault.last or {}
    in_flight = in_flight + (vault.run and 1 or 0)
    if vault.copies then
      add_copies(list, vault, ngx.now() + (snapshot.ahead or 0))
    end
    list[#list + 1] = vault.run and { "cbr_progress_ratio", labels, (vault.run.percent or 0) / 100 } or nil
    list[#list + 1] = last.success_at and { "cbr_last_success_timestamp_seconds", labels, last.success_at } or nil
    list[#list + 1] = last.at and { "cbr_last_run_timestamp_seconds", labels, last.at } or nil
    list[#list + 1] = last.seconds and { "cbr_last_run_duration_seconds", labels, last.seconds } or nil
  end
  local queued = 0
  for _, job in ipairs(snapshot.jobs or {}) do
    queued = queued + (job.state == "queued" and 1 or 0)
    in_flight = in_flight + (job.state ~= "queued" and 1 or 0)
  end
  list[#list + 1] = { "cbr_in_flight", nil, in_flight }
  list[#list + 1] = { "cbr_queued_jobs", nil, queued }
  return list
end

--- The text of all metrics.
---@param snapshot table what status.snapshot returned
---@return string
function metrics.text(snapshot)
  local samples = {}
  local function add(family, text)
    samples[family] = samples[family] or {}
    table.insert(samples[family], text)
  end
  for _, key in ipairs(shared:get_keys(0)) do
    local name = key:match "^[%w_]+"
    local family = name:gsub("_sum$", ""):gsub("_count$", "")
    local value = shared:get(key)
    if value then
      add(family, ("%s %.14g"):format(key, value))
    end
  end
  for _, sample in ipairs(gauges(snapshot)) do
    add(sample[1], line(sample[1], sample[2], sample[3]))
  end
  local lines = {}
  for _, family in ipairs(METRICS) do
    local name, kind, help = family[1], family[2], family[3]
    if samples[name] then
      table.sort(samples[name])
      lines[#lines + 1] = ("# HELP %s %s"):format(name, help)
      lines[#lines + 1] = ("# TYPE %s %s"):format(name, kind)
      lines[#lines + 1] = table.concat(samples[name], "\n")
    end
  end
  return table.concat(lines, "\n") .. "\n"
end

return metrics
