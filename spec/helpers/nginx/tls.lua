--- An nginx that accepts only TLS connections, and one request on each connection. The response describes the
-- connection.

local server = require "spec.helpers.nginx.server"
local servers = require "spec.helpers.servers"
local support = require "spec.helpers.support"

local tls = {}

local HTTP = [[
  ssl_session_cache shared:sessions:1m;
  server {
    listen 127.0.0.1:%d ssl backlog=512;
    ssl_certificate %s/localhost.pem;
    ssl_certificate_key %s/server.key;
    ssl_protocols %s;
    keepalive_timeout 0;
    default_type text/plain;
    location / { return 200 "$connection $ssl_session_reused $ssl_protocol"; }
  }
]]

--- Starts the server. The body of each response has three words: the number of the connection; "r" if the connection
-- resumed a TLS session, else "."; and the version of TLS.
---@param protocols string for nginx's ssl_protocols
---@return table server as spec.helpers.nginx.server starts it, with `origin`
function tls.start(protocols)
  local port = servers.free_port()
  local dir = support.sandbox.dir
  local nginx = server.start { http = HTTP:format(port, dir, dir, protocols) }
  nginx.origin = "https://127.0.0.1:" .. port
  return nginx
end

return tls
