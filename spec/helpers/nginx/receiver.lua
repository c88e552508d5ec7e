--- A receiver of webhooks: a real nginx with TLS that keeps each request, and responds as a spec says.

local json = require "cbr.util.json"
local server = require "spec.helpers.nginx.server"
local servers = require "spec.helpers.servers"
local support = require "spec.helpers.support"

local receiver = {}

local HTTP = [[
  lua_shared_dict hook 1m;
  server {
    listen 127.0.0.1:%d ssl;
    ssl_certificate %s/localhost.pem;
    ssl_certificate_key %s/server.key;
    location = /hook {
      content_by_lua_block {
        ngx.req.read_body()
        local headers, dict = ngx.req.get_headers(), ngx.shared.hook
        dict:rpush("requests", require "cjson".encode {
          method = ngx.req.get_method(), body = ngx.req.get_body_data(), signature = headers["x-cbr-signature"],
          idempotency_key = headers["idempotency-key"], content_type = headers["content-type"],
        })
        ngx.sleep(dict:get "seconds" or 0)
        return ngx.exit(dict:get "status" or 204)
      }
    }
  }
]]

local CONTROL = [[
  location = /requests {
    content_by_lua_block {
      local dict, texts = ngx.shared.hook, {}
      for i = 1, dict:llen "requests" do
        texts[i] = dict:lpop "requests"
        dict:rpush("requests", texts[i])
      end
      ngx.print("[", table.concat(texts, ","), "]")
    }
  }
  location = /clear { content_by_lua_block { ngx.shared.hook:flush_all() } }
  location = /respond {
    content_by_lua_block {
      ngx.shared.hook:set("status", tonumber(ngx.var.arg_status))
      ngx.shared.hook:set("seconds", tonumber(ngx.var.arg_seconds))
    }
  }
]]

local methods = {}
local meta = { __index = methods }

--- What has arrived, the oldest first.
---@return { method: string, body: string, signature: string?, idempotency_key: string?, content_type: string? }[]
function methods:requests()
  return assert(json.decode((self.nginx:get "/requests")))
end

--- Forgets all requests, and responds with 204 at once.
function methods:clear()
  self.nginx:get "/clear"
end

--- From now on, responds to each request with `status`, after `seconds`.
function methods:respond(status, seconds)
  self.nginx:get(("/respond?status=%d&seconds=%g"):format(status, seconds or 0))
end

--- Stops the worker: the kernel still accepts connections, but nothing responds.
function methods:pause()
  support.run("kill -STOP " .. select(2, self.nginx:workers()))
end

function methods:resume()
  support.run("kill -CONT " .. select(2, self.nginx:workers()))
end

function methods:stop()
  self.nginx:stop "TERM"
end

--- Starts the receiver.
function receiver.start()
  local port, dir = servers.free_port(), support.sandbox.dir
  local nginx = server.start { http = HTTP:format(port, dir, dir), server = CONTROL }
  return setmetatable({ nginx = nginx, url = ("https://localhost:%d/hook"):format(port) }, meta)
end

return receiver
