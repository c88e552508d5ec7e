-- How the text of a profile file is read: as Python's configparser does.

local profile_file = require "cbr.credentials.profile_file"
local support = require "spec.helpers.support"

local KNOWN = { ak = "access_key", sk = "secret_key", security_token = "security_token" }

-- Returns the values of a profile file as plain texts, or nil and the reason.
local function read(text)
  local values, reason, is_absent = profile_file.read(text, KNOWN)
  if not values then
    return nil, reason, is_absent
  end
  local texts = {}
  for name, value in pairs(values) do
    texts[name] = value.text
  end
  return texts
end

-- Texts that can be read.
local READ = {
  "[basic]\nak = A\nsk = S\n", "[basic]\r\nak = A\r\nsk = S\r\n", "[basic]\rak = A\rsk = S\r",
  "[basic]\nak = A\nsk = S",
  "\t[basic]\t\n\tak\t=\tA\n\tsk=S  \n", "[basic] # production\nak = A\nsk = S\n", "[basic] ; x\nak : A\nsk:S\n",
  "[basic]x\nAK = A\nSk = S\n", "# c\n; c\n[basic]\n# c\nak = A\n\n   # c\nsk = S\n",
  "[DEFAULT]\nsk = S\n[basic]\nak = A\n",
  "[basic]\nak = A\n[DEFAULT]\nsk = S\nak = other\n",
  "[other]\nak = x\nak = y\nno value\n[basic]\nak = A\nsk = S\n[x]\nak = z",
  "[other]\nx = 1\n  [basic]\n[basic]\nak = A\nsk = S\n",
}

describe("the text of a profile file", function()
  it("a profile file is read with comments, sections, defaults and every line end", function()
    for _, text in ipairs(READ) do
      local values, reason = read(text)
      assert.same({ "A", "S" }, { (values or {}).ak, (values or {}).sk }, text .. tostring(reason))
    end
  end)

  it("a value in a profile file includes everything after the separator, comments and quotes too", function()
    for text, value in pairs {
      ["ak = A # mine"] = "A # mine", ["ak = A;b"] = "A;b", ["ak = a=b:c"] = "a=b:c", ['ak = "A"'] = '"A"',
      ["ak ="] = "", ["ak = 100%(x)s"] = "100%(x)s",
    } do
      assert.equal(value, read("[basic]\n" .. text .. "\n").ak)
    end
  end)

  it("the reader of a profile file reports the number of a line that continues a value", function()
    local values = profile_file.read("[basic]\nak =\n# c\n\n  A\nsk = S\n", KNOWN)
    assert.same({ 2, "", 5 }, { values.ak.line, values.ak.text, values.ak.continued })
    assert.is_nil(values.sk.continued)
  end)

  it("a profile file lacks the section [basic] if the name differs, or if the values are in no section", function()
    for text, words in pairs {
      [""] = "has no section [basic]", ["[Basic]\nak = A\n"] = "has no section [basic], only [Basic]",
      ["[DEFAULT]\nak = A\n[x]\n"] = "has no section [basic], only [DEFAULT], [x]",
      ["[a]\nx = 1\n  [basic]\n  ak = A\n"] = "has no section [basic], only [a]",
      ["ak = A\nsk = S\n"] = "has no section [basic]: line 1 cannot be read: no section begins above this line",
      ['{"profiles":[]}'] = "has no section [basic]: line 1 cannot be read",
      ["\n[basic\nak = A\n"] = "has no section [basic]: line 2 cannot be read",
    } do
      local values, reason, is_absent = read(text)
      assert.is_nil(values)
      assert.matches(words, reason, 1, true)
      assert.is_true(is_absent)
    end
  end)

  it("an invalid section of a profile file is rejected, and the reason names the line", function()
    for text, words in pairs {
      ["[basic]\nak = A\n[x]\n[basic]\nsk = S\n"] = "line 4 cannot be read: section [basic] occurs twice",
      ["[basic]\nak = A\nAK = B\n"] = "line 3 cannot be read: 'ak' occurs twice",
      ["[basic]\nak A\n"] = "line 2 cannot be read: the line is not 'name = value'",
      ["[basic]\n= A\n"] = "line 2 cannot be read: the line is not 'name = value'",
      ["[basic]\nak\194\160= A\n"] =
        "line 2 cannot be read: the name of a value contains the character U+00A0 at position 3",
      ["[basic]\n\226\128\139sk = S\n"] =
        "line 2 cannot be read: the name of a value contains the invisible character U+200B at position 1",
      ["[basic]\n\239\187\191ak = A\n"] =
        "line 2 cannot be read: the name of a value contains the invisible character U+FEFF at position 1",
      ["[basic]\n\"ak\" = A\n"] = "line 2 cannot be read: the name of a value contains a quote at position 1",
    } do
      local values, reason, is_absent = read(text)
      assert.is_nil(values, text)
      assert.equal(words, reason)
      assert.is_falsy(is_absent)
    end
  end)

  it("a profile file is read as Python reads it #process", function()
    local _, has_python = support.run "command -v python3"
    if not has_python then
      pending "needs python3"
      return
    end
    local script = support.file [[
import configparser, sys
for text in sys.stdin.buffer.read().decode().split("\x01"):
  parser = configparser.RawConfigParser()
  try:
    parser.read_string(text.replace("\r\n", "\n").replace("\r", "\n"))
    print(parser.get("basic", "ak"), parser.get("basic", "sk"))
  except configparser.Error:
    print("error")
]]
    -- left out: texts that Python rejects because of sections other than [basic]
    local texts = {}
    for _, text in ipairs(READ) do
      if not text:find "ak = y" then
        texts[#texts + 1] = text
      end
    end
    for _, text in ipairs {
      "[Basic]\nak = A\nsk = S\n", "ak = A\nsk = S\n", "[basic]\nak = A\nak = B\nsk = S\n", "[basic]\nak A\nsk = S\n",
      "[basic]\nak = A\n[basic]\nsk = S\n", "[a]\nx = 1\n  [basic]\n  ak = A\n", "",
    } do
      texts[#texts + 1] = text
    end
    local input = support.file(table.concat(texts, "\1"))
    local output = support.run(("python3 %s < %s"):format(script, input))
    os.remove(script)
    os.remove(input)
    local i = 0
    for line in output:gmatch "[^\n]+" do
      i = i + 1
      local values = read(texts[i]) or {}
      local ours = values.ak and values.sk and values.ak .. " " .. values.sk or "error"
      assert.equal(line, ours, texts[i])
    end
    assert.equal(#texts, i)
  end)
end)
