--- Loads modules when they are first used, so that a script starts faster.
--
-- A stand-in is a table that loads a module, or a part of a module, when one of its fields is first read. If the
-- loading fails, this read raises an error. But a call must return an error, not raise one, if a file cannot be read.
-- So `late.ready` is called before a stand-in is used. In nginx, and after `cbr.load()`, everything is loaded.

local version = require "cbr.version"

local late = {}

local require, package = require, package -- the host program may replace these globals

local PROBE = "/dev/null" -- opening this file shows whether the process has a descriptor left
local NO_DESCRIPTOR = { [23] = true, [24] = true } -- the numbers of ENFILE and EMFILE on Linux

--- Stand-in that is not loaded yet -> function that loads its contents.
---@type table<table, fun()>
late.pending = {}

local pending = late.pending
local named = {} -- name of a module -> its stand-in

--- Makes a table a stand-in.
---@generic T: table
---@param stand_in T without a metatable
---@param load fun() removes or replaces the metatable; raises an error if it fails, and can be called again after that
---@return T stand_in
function late.stand_in(stand_in, load)
  local function ready()
    load()
    pending[stand_in] = nil
  end
  pending[stand_in] = ready
  return setmetatable(stand_in, { __index = function(_, field)
    ready()
    return stand_in[field]
  end })
end

-- Returns the version of the copy of cbr from which `require` would load a module now; nil if there is no copy.
local function present_version()
  for _, search in ipairs(package.searchers or package.loaders) do
    local load, place = search "cbr.version"
    if type(load) == "function" then
      return load("cbr.version", place)
    end
  end
end

-- Removes the userdata or number that Lua 5.1 and LuaJIT leave in package.loaded for a module that could not be loaded.
-- With that value, `require` would not try again.
local function forget_failures()
  for name, value in pairs(package.loaded) do
    if (type(value) == "userdata" or type(value) == "number") and tostring(name):find "^cbr%." then
      package.loaded[name] = nil
    end
  end
end

-- Returns the reason why `require` failed, as one line. If a file has an error, the second line of
-- Lua's message is added.
local function reason_of(message)
  local first, second = tostring(message):match "^([^\n]*)\n?%s*([^\n]*)"
  return first:find "^error loading module" and second ~= "" and ("%s %s"):format(first, second) or first
end

--- Loads a module, unless it is loaded already. If the module cannot be loaded, this function raises an error with the
-- reason, and can be called again later.
---@param name string
---@return table module
function late.load(name)
  local present = not package.loaded[name] and present_version()
  if present and present ~= version then
    error(("%s has version %s, but version %s is in use: restart the program, and call cbr.load() first if cbr "
      .. "may be replaced while it runs"):format(name, tostring(present), version), 0)
  end
  local ok, module = pcall(require, name)
  if not ok then
    forget_failures()
    local file, reason, code = io.open(PROBE)
    if file then
      file:close()
    end
    if not NO_DESCRIPTOR[code] then
      reason = reason_of(module)
    end
    error(("%s cannot be loaded (%s); cbr.load() loads everything in advance"):format(name, reason), 0)
  end
  return module
end

--- Makes the stand-in of a module. `late "cbr.x"` is short for `late.module "cbr.x"`.
---@param name string
---@return table stand_in the same one for each caller
function late.module(name)
  local stand_in = named[name] or {}
  if not named[name] then
    named[name] = late.stand_in(stand_in, function()
      setmetatable(stand_in, { __index = late.load(name) })
    end)
  end
  return stand_in
end

--- Loads the modules of these stand-ins.
---@param ... table stand-ins; any other table counts as loaded
---@return true? ready
---@return string? reason why a module cannot be loaded
---@return "connect"|"config"|nil kind of the error: `connect` if this process has no descriptor left
function late.ready(...)
  for i = 1, select("#", ...) do
    local load = pending[(select(i, ...))]
    if load then
      local ok, reason = pcall(load)
      if not ok then
        reason = tostring(reason)
        return nil, reason, reason:find("(" .. PROBE, 1, true) and "connect" or "config"
      end
    end
  end
  return true
end

--- Makes a function that calls a function of a module that may not be loaded yet.
---@param module table stand-in
---@param name string the function
---@param to_error fun(reason: string, kind: "connect"|"config"): any if the module cannot be loaded, its result
-- is returned after nil
---@return function
function late.call(module, name, to_error)
  return function(...)
    local ok, reason, kind = late.ready(module)
    if not ok then
      return nil, to_error(reason, kind)
    end
    return module[name](...)
  end
end

--- Loads all modules that have stand-ins. Raises an error if a module cannot be loaded.
function late.load_all()
  local _, load = next(pending)
  while load do
    load()
    _, load = next(pending)
  end
end

return setmetatable(late, { __call = function(_, name)
  return late.module(name)
end })
