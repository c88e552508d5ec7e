-- luacheck: std ngx_lua+luajit
--- A request as it arrived, before nginx normalises anything: signatures cover these bytes.

local Request = {}
Request.__index = Request

local function decode(text)
  return (text:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

--- Makes a request from its raw parts, also outside nginx. `lines`: header lines {name, value} in order of arrival.
function Request.new(method, uri, lines, body)
  -- An absolute-form target (RFC 9112, 3.2.2) carries scheme and host before the path.
  local target = uri:gsub("^%a[%w+.-]*://[^/?]*", "")
  local raw_path, raw_query = target:match "^([^?]*)%??(.*)$"
  local values = {}
  for _, line in ipairs(lines) do
    local name = line[1]:lower()
    values[name] = values[name] or {}
    table.insert(values[name], line[2])
  end
  return setmetatable({
    method = method, uri = uri, raw_path = raw_path, raw_query = raw_query,
    path = decode(raw_path), lines = lines, values = values, body = body,
  }, Request)
end

--- The request that nginx is processing. The body of the request must have been read before.
function Request.current()
  local lines = {}
  for name, value in ngx.req.raw_header(true):gmatch "([^\r\n:]+):[ \t]*([^\r\n]*)" do
    lines[#lines + 1] = { name, (value:gsub("[ \t]+$", "")) }
  end
  local body = ngx.req.get_body_data()
  if not body then
    local file = ngx.req.get_body_file()
    local handle = file and io.open(file, "rb")
    if handle then
      body = handle:read "*a"
      handle:close()
    end
  end
  return Request.new(ngx.req.get_method(), ngx.var.request_uri, lines, body or "")
end

function Request:header_values(name)
  return self.values[name] or {}
end

function Request:header(name)
  local values = self.values[name]
  return values and values[1]
end

--- The decoded query: for each name, the list of its values.
function Request:arguments()
  local arguments = {}
  for piece in self.raw_query:gmatch "[^&]+" do
    local name, value = piece:match "^([^=]*)=(.*)$"
    name = decode(name or piece)
    arguments[name] = arguments[name] or {}
    table.insert(arguments[name], decode(value or ""))
  end
  return arguments
end

--- The headers: the value of each name, or a list of values if a header was repeated.
function Request:header_map()
  local map = {}
  for name, values in pairs(self.values) do map[name] = #values > 1 and values or values[1] end
  return map
end

return Request
