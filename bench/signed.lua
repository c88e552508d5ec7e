-- Prints the signed request that floor.c sends: the URL, then the headers. The request of cbr.lua has the same URL and
-- headers. The signature is valid for 15 minutes.
-- Usage: signed.lua [DELAY]

local cbr = require "cbr"
local core = require "cbr.core"
local target = require "bench.target"

local query = target.query(arg[1])
local signature = cbr.sign({
  method = "GET", host = target.endpoint:match "//(.*)", path = target.path(target.project_id),
  query = { bytes = tostring(query.bytes), delay = query.delay },
}, {
  access_key = target.credentials.access_key, secret_key = target.credentials.secret_key,
  project_id = target.project_id,
})

print(("%s%s?%s"):format(target.endpoint, signature.url_path, signature.query_string))
for name, value in pairs(signature.headers) do
  print(("%s: %s"):format(name, value))
end
print "Accept: application/json"
print(("User-Agent: cbr/%s (%s; %s)"):format(cbr._VERSION, _VERSION, "libcurl/" .. core.versions.libcurl))
