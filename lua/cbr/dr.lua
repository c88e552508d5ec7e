--- cbr.dr: disaster recovery on the methods of a client. Which resources have a copy in another region and how old is
-- it, which copies are missing, which can be removed, and what is not protected at all. Each function is loaded when it
-- is first used, in nginx all at once.

local late = require "cbr.util.late"

local FUNCTIONS = { "copies", "replicate", "unprotected", "prune", "text", "prometheus" }

local dr = {}

for _, name in ipairs(FUNCTIONS) do
  local run
  dr[name] = function(...)
    run = run or late.load("cbr.dr." .. name)
    local result, err = run(...) -- no tail call, which would change the stack level of a raised error
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
