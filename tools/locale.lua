-- Checks that the locale of the host program changes nothing in lua/cbr (cbr.util.text says what a locale can change).
-- All modules except cbr.util.text obey these rules:
--   * text.lower and text.upper replace string.lower and string.upper;
--   * ranges such as [A-Za-z0-9] replace the classes %a %c %g %l %p %u %w (also in upper case) in patterns;
--   * text.decimal, not string.format, writes numbers with a fraction;
--   * table.sort with text.is_before, not with `<`, sorts texts.
-- No module has a number with a decimal point, since Lua cannot read such a number if the locale's decimal point has
-- several bytes (ps_AF.UTF-8). A module writes 1 / 2 in place of 0.5.

local source = require "tools.source"

local OWNER = "lua/cbr/util/text.lua"
local CASE = { lower = true, upper = true }

local faults = {}

local function fault(file, token, words)
  faults[#faults + 1] = ("%s:%d: %s"):format(file, token.line, words)
end

-- The first character class in a pattern that depends on the locale; nil if the pattern has no such class.
local function class_of(text)
  return text:gsub("%%%%", ""):match "%%[acglpuwACGLPUW]"
end

-- The first format of a number with a fraction in a text; nil if the text has no such format.
local function fraction_of(text)
  text = text:gsub("%%f%[", "") -- "%f[" is a frontier of a pattern, not a format
  local format = text:match "%%%d*[efgEG]" or text:match "%%%d*%.%d+[efgEG]"
  return format ~= "%.0f" and format or nil
end

-- Whether the format at `i` is an argument of text.decimal, or tonumber reads the text that it makes.
local function may_have_fraction(tokens, i)
  return i > 3 and (tokens[i - 2].text == "decimal" or tokens[i - 3].text == "tonumber")
end

local files = source.files "lua"
for _, file in ipairs(files) do
  local all = source.tokens(source.read(file))
  for _, token in ipairs(all) do
    if token.kind == "number" and token.text:find(".", 1, true) then
      fault(file, token, ("%s cannot be read in every locale: write a fraction, such as 1 / 2"):format(token.text))
    end
  end
  local tokens = file == OWNER and {} or all
  for i, token in ipairs(tokens) do
    local owner = i > 2 and tokens[i - 2].text
    if token.kind == "name" and CASE[token.text] and (tokens[i - 1].text == ":" or owner == "string") then
      fault(file, token, ("use text.%s"):format(token.text))
    elseif token.kind == "string" and not may_have_fraction(tokens, i) then
      local class, fraction = class_of(token.text), fraction_of(token.text)
      if fraction then
        fault(file, token, ("%s writes a fraction as the locale does: use text.decimal"):format(fraction))
      elseif class then
        fault(file, token, ("%s depends on the locale: use a range"):format(class))
      end
    elseif token.text == "sort" and owner == "table" and tokens[i + 3].text ~= "," then
      fault(file, token, "table.sort has no second argument: sort texts with text.is_before")
    end
  end
end

source.finish(faults, ("%d files of lua/ do not depend on the locale"):format(#files))
