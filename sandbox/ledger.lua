-- luacheck: std ngx_lua+luajit
--- What the specs count: every order taken in, and every request that came.

local clock = require "sandbox.clock"
local json = require "sandbox.json"

local ledger = {}

local KEPT_REQUESTS = 5000

local entries, requests, first, last

function ledger.clear_orders()
  entries = json.list()
end

function ledger.clear_requests()
  requests, first, last = {}, 1, 0
end

function ledger.reset()
  ledger.clear_orders()
  ledger.clear_requests()
end

--- Notes an order at the moment it is taken in, whatever becomes of its answer.
function ledger.order(operation, request, project, vault_id, made, request_id)
  entries[#entries + 1] = {
    n = #entries + 1, operation = operation, time = clock.now(), project_id = project.id, region = project.region,
    vault_id = vault_id, request = json.decode(request.body), made = made, request_id = request_id,
  }
end

function ledger.orders()
  return entries
end

--- Notes a request on arrival and returns the note, which the gateway and the log phase complete.
function ledger.arrival(note)
  last = last + 1
  note.n, note.time = last, clock.now()
  requests[last] = note
  if last - first >= KEPT_REQUESTS then
    requests[first] = nil
    first = first + 1
  end
  return note
end

function ledger.requests()
  local list = json.list()
  for i = first, last do list[#list + 1] = requests[i] end
  return list
end

ledger.reset()

return ledger
