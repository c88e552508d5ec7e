--- Other locales for the time of a function. tools/locales makes them.

local cjson = require "cjson"
local support = require "spec.helpers.support"

local locales = {}

locales.COMMA = "de_DE.UTF-8" -- writes 0.5 as 0,5
locales.TURKISH = "tr_TR.ISO-8859-9" -- likewise; other case of I and i; letters and controls above 127
locales.WIDE = "ps_AF.UTF-8" -- its decimal point has two bytes

--- Calls a function while the whole process has another locale.
---@param name string
---@param fn function an error that it raises is raised again
function locales.with(name, fn)
  local before = os.setlocale(nil, "all")
  if not os.setlocale(name, "all") then
    local output, is_made = support.run "tools/locales"
    assert(is_made, output)
    assert(os.setlocale(name, "all"), "LOCPATH must name the directory of the locales: use tools/with_lua")
  end
  local ok, err = pcall(fn)
  os.setlocale(before, "all")
  cjson.new() -- for all who use cjson in this process
  if not ok then
    error(err, 0)
  end
end

return locales
