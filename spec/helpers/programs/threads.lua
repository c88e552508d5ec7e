-- threads.c runs this script in each Lua state. It makes calls of every kind: some fail, and some run concurrently.

local cbr = require "cbr"

local client = assert(cbr.new { proxy = "", timeout = 30, region = "cn-north-4" })
local vault_id = os.getenv "VAULT_ID"

assert(client:show_vault { vault_id = vault_id }.id == vault_id)
assert(not client:show_vault { vault_id = "00000000-0000-4000-8000-000000000000" })
local results, errors = cbr.map({ 1, 2, 3, 4 }, function(number)
  local response, err = client:request {
    method = "POST", path = "/v3/{project_id}/echo", body = { number = number, thread = THREAD },
  }
  return response and number, err
end)
assert(#results == 4 and next(errors) == nil, tostring(errors[next(errors) or 1]))
local _, late = client:request({ method = "GET", path = "/v3/{project_id}/echo", query = { delay = 5 } }, {
  timeout = 0.05,
})
assert(late.kind == "timeout")
local refused = assert(cbr.new { endpoint = "https://127.0.0.1:1", proxy = "", retry_pause = 0.01 })
assert(select(2, refused:sync { vault_id = vault_id }).outcome == "not_sent")
assert(cbr.sign({ method = "GET", host = "h", path = "/" }, { access_key = "a", secret_key = "b" }))

-- The thread of the bell sends bytes while this thread arms and rings the bell.
local core = require "cbr.core"
local unix = require "socket.unix"
local watched = assert(core.bell())
local bell = assert(core.bell(watched:fd()))
local stream = (type(unix) == "table" and (unix.stream or unix.tcp) or unix)()
assert(stream:connect(assert(bell:listen())))
assert(bell:accept())
stream:settimeout(20)
for i = 1, 20 do
  watched:arm(i % 3 == 0 and 0 or nil)
  bell:arm(i % 2 == 0 and 0.001 or nil)
  if i % 5 == 0 then
    bell:ring()
  end
  if i % 3 == 0 or i % 2 == 0 or i % 5 == 0 then
    assert(stream:receive(1))
  end
end

-- While this loop runs, other threads open descriptors under the numbers that it frees.
for _ = 1, 50 do
  local short_lived = assert(cbr.new { endpoint = "https://127.0.0.1:1", proxy = "", max_attempts = 1 })
  assert(not short_lived:show_vault { vault_id = vault_id })
  short_lived:close()
  assert(core.bell()):close()
end

if ROUND % 3 == 0 then
  bell:close() -- in the other rounds, the garbage collector closes the bell
end

if ROUND % 2 == 0 then
  client:close() -- in the other rounds, closing the Lua state closes the client
end
