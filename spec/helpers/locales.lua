--- Runs functions in other locales, which tools/locales makes.

local cjson = require "cjson"

local locales = {}

locales.COMMA = "de_DE.UTF-8" -- this locale writes 0.5 as 0,5
locales.TURKISH = "tr_TR.ISO-8859-9" -- 0.5 is 0,5; the lower case of I is not i; bytes above 127 are letters
locales.WIDE = "ps_AF.UTF-8" -- the decimal point of this locale has two bytes

--- Calls a function while the whole process has another locale.
---@param name string
---@param fn function an error of this function is raised again
function locales.with(name, fn)
  local before = os.setlocale(nil, "all")
  assert(os.setlocale(name, "all"), "the locale is missing: run tools/locales, and this spec through tools/with_lua")
  local ok, err = pcall(fn)
  os.setlocale(before, "all")
  cjson.new() -- makes cjson read the decimal point of the old locale again, for all code in this process
  if not ok then
    error(err, 0)
  end
end

return locales
