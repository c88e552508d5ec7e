-- Every fenced block of README.md and docs/ is tested. shell_snippets_spec runs the shell blocks, reference_spec runs
-- the example on the page of each operation, and a block of JSON must be valid. For any other block, a spec in
-- spec/docs has a test that calls snippet("page", "language", number).

local cjson = require "cjson"
local pages = require "spec.helpers.pages"
local support = require "spec.helpers.support"

-- The blocks that no spec can run: "page language number" -> the reason.
local NOT_RUN = {}

local function all_pages()
  local list = {}
  for page in support.run "find README.md docs -name '*.md'":gmatch "[^\n]+" do
    list[#list + 1] = page
  end
  table.sort(list)
  return list
end

-- Counts the fences of a page: the lines that begin with ``` or ~~~, or with spaces and then ``` or ~~~.
local function count_fences(page)
  local count = 0
  for line in pages.text(page):gmatch "[^\n]+" do
    count = count + ((line:find "^%s*```" or line:find "^%s*~~~") and 1 or 0)
  end
  return count
end

-- Calls visit(page, language, number, text) for each block.
local function each_block(page, visit)
  local numbers = {}
  for language, text in ("\n" .. pages.text(page)):gmatch "\n```(%w*)\n(.-)\n```%f[\n]" do
    numbers[language] = (numbers[language] or 0) + 1
    visit(page, language, numbers[language], text)
  end
end

describe("the documentation #process", function()
  local run = {} -- the blocks that a spec in spec/docs runs: "page language number" -> true
  local calls = support.run "grep -ho 'snippet(\"[^)]*)' spec/docs/*_spec.lua"
  for page, language, number in calls:gmatch 'snippet%("([^"]+)", "(%w+)", (%d+)%)' do
    run[("%s %s %s"):format(page, language, number)] = true
  end

  local function is_run(page, language, number, text)
    local name = ("%s %s %d"):format(page, language, number)
    if language == "sh" then
      return true
    elseif language == "json" then
      return (pcall(cjson.decode, text))
    elseif page:find "^docs/reference/operations/%l[%l_]*%.md$" then
      return language == "lua" and number == 1
    end
    return run[name] or NOT_RUN[name] ~= nil
  end

  it("every fenced block of README.md and docs is run by a spec, or listed with the reason why it is not", function()
    local problems, count = {}, 0
    for _, page in ipairs(all_pages()) do
      local here = 0
      each_block(page, function(_, language, number, text)
        here = here + 1
        if not is_run(page, language, number, text) then
          problems[#problems + 1] = ("%s: no spec runs '%s' block number %d"):format(page, language, number)
        end
      end)
      if count_fences(page) ~= 2 * here then
        problems[#problems + 1] = page .. ": a block does not end, or its fence is not at the beginning of a line"
      end
      count = count + here
    end
    assert.same({}, problems)
    assert.is_true(count > 110, count .. " blocks")
  end)

  it("no command stands in an indented block, because the specs run only fenced blocks", function()
    local COMMANDS = {
      apt = true, ["apt-get"] = true, cbr = true, ["cli/cbr"] = true, curl = true, export = true, git = true,
      lua = true, luarocks = true, make = true, source = true, sudo = true,
    }
    local problems = {}
    for _, page in ipairs(all_pages()) do
      for word, rest in pages.prose(page):gmatch "\n    ([%w./-]+) ([^\n]*)" do
        problems[#problems + 1] = COMMANDS[word] and ("%s: %s %s"):format(page, word, rest) or nil
      end
    end
    assert.same({}, problems)
  end)

  it("every block that is listed as not run exists, and is not run", function()
    local exists = {}
    for _, page in ipairs(all_pages()) do
      each_block(page, function(_, language, number)
        exists[("%s %s %d"):format(page, language, number)] = true
      end)
    end
    for name in pairs(NOT_RUN) do
      assert.is_true(exists[name], name .. " does not exist")
      assert.is_nil(run[name], name .. " is run")
    end
  end)
end)
