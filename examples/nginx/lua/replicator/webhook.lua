--- Sends a POST to the webhook, over nginx's sockets. nginx.conf names the file with which the certificate is verified.

local webhook = {}

local CONNECT, SEND, READ = 5000, 5000, 10000 -- timeouts in milliseconds
local DEFAULT_PORTS = { http = 80, https = 443 }

--- The longest time that a POST can take, in seconds: to connect, for the TLS handshake, to send, and to receive.
webhook.LONGEST = (2 * CONNECT + SEND + READ) / 1000

--- Reads a URL.
---@param text string
---@return { is_tls: boolean, host: string, port: integer, path: string, authority: string }? url nil if it is not valid
function webhook.parse(text)
  local scheme, authority, rest = text:match "^(https?)://([%w.:%[%]-]+)([^%s#%c]*)$"
  local host, port = (authority or ""):match "^([^:]+):?(%d*)$"
  if not host then
    host, port = (authority or ""):match "^(%[[%x:.]+%]):?(%d*)$" -- an IPv6 address
  end
  if not host or not (rest == "" or rest:find "^[/?]") then
    return nil
  end
  return {
    is_tls = scheme == "https", host = host, port = tonumber(port) or DEFAULT_PORTS[scheme], authority = authority,
    path = rest:find "^/" and rest or "/" .. rest,
  }
end

local function connect(url)
  local socket = ngx.socket.tcp()
  socket:settimeouts(CONNECT, SEND, READ)
  -- "localhost" is replaced here, because nginx's resolver does not read /etc/hosts.
  local ok, reason = socket:connect(url.host == "localhost" and "127.0.0.1" or url.host, url.port)
  if ok and url.is_tls then
    -- Some versions of lua-resty-core raise an error if the certificate cannot be verified.
    local has_returned
    has_returned, ok, reason = pcall(socket.sslhandshake, socket, nil, url.host, true)
    if not has_returned then
      ok, reason = nil, "the TLS handshake failed, perhaps because the certificate cannot be verified: " .. tostring(ok)
    end
  end
  if not ok then
    socket:close()
    return nil, tostring(reason)
  end
  return socket
end

local function request_text(url, headers, body)
  local lines = {
    ("POST %s HTTP/1.1"):format(url.path), "Host: " .. url.authority, "Connection: close",
    "User-Agent: cbr-replicator", "Content-Type: application/json", "Content-Length: " .. #body,
  }
  for name, value in pairs(headers) do
    lines[#lines + 1] = ("%s: %s"):format(name, value)
  end
  return table.concat(lines, "\r\n") .. "\r\n\r\n" .. body
end

--- Sends a POST.
---@param url table what `parse` returned
---@param headers table<string, string>
---@param body string
---@param before_sending fun(): boolean? is called when there is a connection; nothing is sent unless it returns true
---@return integer? status of the response
---@return string? reason
---@return boolean is_sent whether the receiver may have got the request
function webhook.post(url, headers, body, before_sending)
  local socket, reason = connect(url)
  if not socket then
    return nil, reason, false
  elseif not before_sending() then
    socket:close()
    return nil, "the state of the notice could not be written", false
  end
  local line
  local ok, problem = socket:send(request_text(url, headers, body))
  if ok then
    line, problem = socket:receive "*l"
  end
  socket:close()
  local status = tonumber((line or ""):match "^HTTP/1%.[01] (%d%d%d)")
  return status, not status and (problem or "the response is not HTTP") or nil, true
end

return webhook
