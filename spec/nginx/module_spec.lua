-- The module inside a real nginx worker, on LuaJIT.

local json = require "cbr.util.json"
local server = require "spec.helpers.nginx.server"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

describe("inside an nginx worker #process", function()
  local nginx

  local function lua_string(value)
    return ("%q"):format(value)
  end

  setup(function()
    sandbox.reset()
    local options = ([[{
      endpoint = %s, ca_file = %s, project_id = %s, proxy = "",
      credentials = { access_key = %s, secret_key = %s },
    }]]):format(lua_string(sandbox.tls), lua_string(sandbox.ca), lua_string(fixtures.projects.home.id),
      lua_string(fixtures.keys.home.ak), lua_string(fixtures.keys.home.sk))
    local params = support.replicate_params()
    nginx = server.start {
      workers = 2,
      http = ([[
        init_by_lua_block {
          local cbr = require "cbr"
          -- the master makes a call before it forks: workers must not use its connection
          client = assert(cbr.new %s)
          assert(client:request { method = "GET", path = "/v3/{project_id}/vaults" })
          package.path, package.cpath = "", "" -- from here on, nothing can be loaded
        }
      ]]):format(options),
      server = ([[
        location /replicate {
          content_by_lua_block {
            local json = require "cbr.util.json" -- loaded in the init phase, like everything else
            local replication, err = client:replicate {
              vault_id = %s, destination_project_id = %s, destination_region = %s, destination_vault_id = %s,
            }
            ngx.say(json.encode { replication = replication, err = err and tostring(err), pid = ngx.worker.pid() })
          }
        }
        location /rest {
          content_by_lua_block {
            local late = require "cbr.util.late"
            local function result(...)
              local value, err = ...
              return value and "ok" or err.kind
            end
            -- The wait ends after one poll, because the next one would be due after the timeout.
            ngx.say(tostring(next(late.pending)), " ",
              result(client:list_backups {}), " ",
              result(client:show_vault { vault_id = "7379f99e-c640-44c5-90b8-e4650dab7540" }), " ",
              result(client:preflight { vault_id = "7379f99e-c640-44c5-90b8-e4650dab754e" }), " ",
              result(client:wait({ "7379f99e-c640-44c5-90b8-e4650dab754e" }, { timeout = 4 })), " ",
              result(require "cbr".new { region = "eu-de" }))
          }
        }
        location /vaults {
          content_by_lua_block {
            local response, err = client:request { method = "GET", path = "/v3/{project_id}/vaults" }
            ngx.say(response and "ok" or tostring(err), " ", ngx.worker.pid())
          }
        }
      ]]):format(lua_string(params.vault_id), lua_string(params.destination_project_id),
        lua_string(params.destination_region), lua_string(params.destination_vault_id)),
    }
  end)

  teardown(function()
    nginx:stop()
    sandbox.reset()
  end)

  it("a signed replicate succeeds inside an nginx worker", function()
    local text = nginx:get "/replicate"
    local response = assert(json.decode(text), text)
    assert.is_nil(response.err)
    assert.equal(3, #response.replication.backups)
    assert.equal(1, #sandbox.ledger())
  end)

  it("an nginx worker can use all of cbr although the worker may not read cbr's files", function()
    local text = nginx:get "/rest"
    assert.matches("^nil ok not_found ok timeout ok\n$", text)
  end)

  it("each nginx worker opens its own connection although the master had opened one before the fork", function()
    local workers, count = {}, 0
    for _ = 1, 200 do
      local result, pid = nginx:get("/vaults"):match "^(.-) (%d+)\n$"
      assert.equal("ok", result)
      if not workers[pid] then
        workers[pid], count = true, count + 1
      end
    end
    assert.equal(2, count)
    local connections, distinct = {}, 0
    for _, request in ipairs(sandbox.requests()) do
      if not connections[request.connection] then
        connections[request.connection], distinct = true, distinct + 1
      end
    end
    assert.equal(3, distinct) -- the connection of the master, and one of each worker
  end)

  it("nginx logs no error while its workers use cbr", function()
    assert.is_nil(nginx:log():find "%[error%]" or nginx:log():find "%[alert%]" or nginx:log():find "%[crit%]")
  end)
end)

describe("an nginx that reloads #process", function()
  it("an nginx that reloads keeps cbr.core and libcurl mapped even if its new configuration uses no cbr", function()
    local nginx = server.start { http = 'init_by_lua_block { require "cbr" }' }
    local function is_mapped()
      local maps = support.read(("/proc/%s/maps"):format(nginx:master()))
      return maps:find("cbr/core.so", 1, true) ~= nil and maps:find("libcurl", 1, true) ~= nil
    end
    assert.is_true(is_mapped())
    for _ = 1, 3 do
      nginx:reload { server = "location / { return 204; }" }
    end
    assert.is_true(is_mapped()) -- otherwise, their threads and signal handlers would run unmapped code
    assert.equal(204, (select(2, nginx:get "/")))
    nginx:stop()
  end)
end)
