-- The shell blocks of the documentation run in a real shell: all blocks of a page in one shell, as a reader would paste
-- them, in the sandbox, in a directory that looks like the root of the project. The commands are the same for each Lua,
-- so this spec runs under Lua 5.4 only.

local pages = require "spec.helpers.pages"
local support = require "spec.helpers.support"

local sandbox = support.sandbox

if _VERSION ~= "Lua 5.4" then
  return
end

-- The lines that are not run: how they begin, and why.
local NOT_RUN = {
  { "make deps", "it installs packages" },
  { "tools/deps", "it installs packages" },
  { "export HUAWEICLOUD_SDK_AK=...", "the keys are the reader's; the sandbox has set its own" },
  { "make test", "it runs the specs, this one too" },
  { "make dist", "make packaging runs it" },
  { "make bench", "bench_spec runs each part" },
  { "apt-get install", "it installs packages" },
  { "luarocks --lua-version 5.4 make", "make packaging runs it" },
  { "luarocks --lua-version 5.4 config", "it changes the configuration of the system" },
  { "cbr sandbox nginx", "it runs until Ctrl-C; nginx_snippets_spec runs the configuration" },
  { "curl http://127.0.0.1:8080/sync", "it needs the command above" },
  { "luarocks make", "make packaging runs it" },
  { "luarocks config --scope system", "it changes the configuration of the system" },
  { "luarocks install", "it needs a release; make packaging installs the rock that make dist makes" },
  { "tools/surroundings", "make test runs specs so; the locales may be missing here" },
  { "sandbox/run  ", "it runs until Ctrl-C" },
}

-- The lines that end with another status than 0: how the line begins, the status, and why.
local STATUSES = {
  { "cbr dr copies", 5, "the copy that dr replicate makes is of a backup that is older than 26 hours" },
}

-- Pages with shell blocks outside of docs/.
local MORE_PAGES = { "CONTRIBUTING.md", "bench/README.md", "sandbox/README.md" }

local used = {} -- the entries of NOT_RUN and STATUSES that were needed: entry -> true

-- Returns the entry of NOT_RUN or STATUSES with which a line begins, or nil.
local function entry_for(list, line)
  for _, entry in ipairs(list) do
    if line:sub(1, #entry[1]) == entry[1] then
      used[entry] = true
      return entry
    end
  end
end

-- Returns the script of a page, and the number of lines that the script runs.
local function script_of(page)
  local lines, count = {}, 0
  for _, text in ipairs(pages.snippets(page, "sh")) do
    for line in text:gsub("\\\n%s*", ""):gmatch "[^\n]+" do
      local status = entry_for(STATUSES, line)
      if entry_for(NOT_RUN, line) then
        lines[#lines + 1] = ": not run"
      else
        count = count + 1
        lines[#lines + 1] = status and ("{ %s\n} || test $? = %d"):format(line, status[2]) or line
      end
    end
  end
  return table.concat(lines, "\n"), count
end

-- Makes the directory in which a script runs. It has links to the project's files, a home directory, the commands `cbr`
-- and `lua`, and the two files that the pages expect a reader to have: proxy-ca.pem and my_script.lua.
local function make_place()
  local place = support.run("mktemp -d"):match "%S+"
  local output, well = support.run(([[
    root=$PWD && cd '%s' && mkdir commands home &&
    for file in "$root"/*; do ln -s "$file" .; done &&
    ln -s "$(command -v lua5.4)" commands/lua &&
    printf '#!/bin/sh\nexec lua5.4 "%%s/cli/cbr" "$@"\n' "$root" >commands/cbr &&
    chmod +x commands/cbr &&
    cp "$CBR_SANDBOX_CA" proxy-ca.pem &&
    echo 'assert(require("cbr").new()):close()' >my_script.lua]]):format(place))
  assert(well, output)
  return place
end

local ENVIRONMENT = [[cd %s && export HOME="$PWD/home" DESTDIR="$PWD/installed" PATH="$PWD/commands:$PATH" \
  CBR_METADATA_ENDPOINT=http://127.0.0.1:9 && ]]

-- Runs a script, and stops at the first line that fails. Returns what it printed, and whether it succeeded.
local function run(script)
  local place = make_place()
  local file = support.file(script .. "\n")
  local output, well = support.run("(" .. ENVIRONMENT:format(place) .. "sh -evx " .. file .. ")")
  os.remove(file)
  support.run(("rm -rf '%s'"):format(place))
  return output, well
end

describe("the documentation's shell blocks #process #once", function()
  local all = pages.documentation()
  for _, page in ipairs(MORE_PAGES) do
    all[#all + 1] = page
  end

  local total = 0
  for _, page in ipairs(all) do
    local script, count = script_of(page)
    total = total + count
    if count > 0 then
      it(("the shell blocks of %s run"):format(page), function()
        sandbox.reset()
        sandbox.time_scale(6000)
        local output, well = run(script)
        assert.is_true(well, output)
      end)
    end
  end

  it("many lines of the shell blocks are run, and every exception is needed", function()
    assert.is_true(total >= 30, total .. " lines")
    for _, list in ipairs { NOT_RUN, STATUSES } do
      for _, entry in ipairs(list) do
        assert.is_true(used[entry], "no block has a line that begins with: " .. entry[1])
      end
    end
  end)

  it("a line of a shell block that fails, or ends with an unexpected status, fails the test of its page", function()
    assert.is_true((select(2, run "true\ncbr --version\nlua -v")))
    assert.is_false((select(2, run "false\ntrue")))
    assert.is_false((select(2, run "{ false\n} || test $? = 5\ntrue")))
  end)
end)
