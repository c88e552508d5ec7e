--- The clockwork: one worker of this host looks, every tick, at what is due, and starts a step for each.

local settle = require "replicator.settle"
local status = require "replicator.status"
local step = require "replicator.step"
local store = require "replicator.store"
local survey = require "replicator.survey"

local schedule = {}

local shared = ngx.shared.cbr_state
local LEAD = 3 -- ticks; after so many another worker takes the place of one that is gone

-- Whether this worker is the one of its host that looks. It stays so while it goes on asking.
local function leads(settings)
  local pid, life = ngx.worker.pid(), LEAD * settings.tick
  if shared:add("leader", pid, life) then
    return true
  elseif shared:get "leader" == pid then
    shared:set("leader", pid, life)
    return true
  end
  return false
end

-- Makes room for a worker of the new configuration.
local function resign()
  if shared:get "leader" == ngx.worker.pid() then
    shared:delete "leader"
  end
end

local function words(reason)
  return type(reason) == "table" and reason.redis or tostring(reason)
end

local function run_step(premature, settings, client, it)
  local mark = "step:" .. it.vault_id
  if not premature then
    local well, reason = pcall(step.take, settings, client, it)
    if not well then
      ngx.log(ngx.ERR, "cbr: ", it.key, ": ", words(reason))
    end
  end
  shared:delete(mark)
end

local function start(settings, client, it)
  local mark = "step:" .. it.vault_id -- it ends by itself, for a worker that is killed in a step
  if not shared:add(mark, true, settings.lock) then
    return
  end
  local well, reason = ngx.timer.at(0, run_step, settings, client, it)
  if not well then
    shared:delete(mark)
    ngx.log(ngx.ERR, "cbr: no timer for ", it.key, ": ", reason)
  end
end

local function look_around(settings, client)
  settle.flush(settings)
  local seen, reason = store.use(settings, function(db)
    return survey.look(settings, db)
  end)
  status.note(settings, seen, reason)
  if not seen then
    return -- without Redis nobody knows what is claimed: nothing is ordered
  end
  for _, it in ipairs(survey.due(settings, seen)) do
    start(settings, client, it)
  end
end

--- Begins in a worker.
function schedule.start(settings, client)
  local function tick(premature)
    if premature or ngx.worker.exiting() then
      return resign()
    end
    if leads(settings) then
      local well, reason = pcall(look_around, settings, client)
      if not well then
        ngx.log(ngx.ERR, "cbr: ", words(reason))
      end
    end
    local armed = ngx.timer.at(settings.tick, tick)
    if not armed then
      resign() -- the worker has begun to exit
    end
  end
  assert(ngx.timer.at(0, tick))
end

return schedule
