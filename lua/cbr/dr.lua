--- cbr.dr: disaster recovery with the methods of a client. Some of its functions report which resources have a
-- copy in another region, how old the copies are, and which resources are not protected at all. Other functions
-- make missing copies, or delete old copies. Each function is loaded when it is first used. In nginx, all
-- functions are loaded at once.

local late = require "cbr.util.late"

local FUNCTIONS = { "copies", "replicate", "unprotected", "prune", "text", "prometheus" }

local dr = {}

for _, name in ipairs(FUNCTIONS) do
  local run
  dr[name] = function(...)
    run = run or late.load("cbr.dr." .. name)
    local result, err = run(...) -- a tail call would make an error name another line
    if err == nil then
      return result
    end
    return result, err
  end
end

if type(rawget(_G, "ngx")) == "table" then
  for _, name in ipairs(FUNCTIONS) do
    late.load("cbr.dr." .. name)
  end
end

return dr
