-- The commands and the relative links on the Markdown pages name things that exist.

local pages = require "spec.helpers.pages"
local support = require "spec.helpers.support"

local targets -- the set of all make targets: name -> true

-- Pages whose commands are checked: the documentation, and what contributors read first.
local function pages_with_commands()
  local list = pages.documentation()
  for _, page in ipairs { "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "bench/README.md" } do
    list[#list + 1] = page
  end
  return list
end

-- Returns what is wrong with a line of a shell snippet, or nil. Only the lines that shell_snippets_spec does not run
-- need this check.
local function problem_of(line)
  local command = line:gsub("%s+#.*$", ""):gsub("^%s+", "")
  while command:find "^[%u_]+=%S*%s" do
    command = command:gsub("^[%u_]+=%S*%s+", "")
  end
  local program, arguments = command:match "^(%S+)%s*(.*)$"
  if program == "make" then
    local target = arguments:match "^[%l-]+"
    return target and not targets[target] and ("there is no target '%s'"):format(target) or nil
  end
  for word in (program == "luarocks" and arguments or ""):gmatch "[%w_.-]+/[%w_./-]*" do
    if not pages.exists(word) then
      return ("there is no file '%s'"):format(word)
    end
  end
end

describe("the Markdown pages #process", function()
  setup(function()
    targets = {}
    for target in support.run("make -s help"):gmatch "  make ([%w-]+) " do
      targets[target] = true
    end
  end)

  it("the shell snippets on Markdown pages name only make targets and rockspecs that exist", function()
    local problems, count = {}, 0
    for _, page in ipairs(pages_with_commands()) do
      for _, text in ipairs(pages.snippets(page, "sh")) do
        for line in text:gmatch "[^\n]+" do
          count = count + 1
          local problem = problem_of(line)
          problems[#problems + 1] = problem and ("%s: %s: %s"):format(page, line, problem) or nil
        end
      end
    end
    assert.same({}, problems)
    assert.is_true(count > 10, count .. " commands")
  end)

  it("the text of the Markdown pages outside of snippets names only make targets that exist", function()
    local problems = {}
    for _, page in ipairs(pages_with_commands()) do
      for target in pages.prose(page):gmatch "`make ([%l-]+)" do
        problems[#problems + 1] = not targets[target] and ("%s: make %s"):format(page, target) or nil
      end
    end
    assert.same({}, problems)
  end)

  it("CONTRIBUTING.md lists every make target", function()
    local missing = {}
    for target in pairs(targets) do
      if not pages.text "CONTRIBUTING.md":find(("`make %s`"):format(target), 1, true) then
        missing[#missing + 1] = target
      end
    end
    assert.same({}, missing)
  end)

  it("the Markdown pages link only to files, folders and headings that exist", function()
    local problems, count = {}, 0
    for _, page in ipairs(pages.all()) do
      for _, link in ipairs(pages.links(page)) do
        count = count + 1
        local exists = pages.exists(link.path)
        if not exists or link.anchor and not pages.anchors(link.path)[link.anchor] then
          problems[#problems + 1] = ("%s: %s"):format(page, link.link)
        end
      end
    end
    assert.same({}, problems)
    assert.is_true(count > 50, count .. " links")
  end)

  it("docs/README.md lists every page in docs/", function()
    local linked = { ["docs/README.md"] = true, ["README.md"] = true }
    for _, link in ipairs(pages.links "docs/README.md") do
      linked[link.path] = true
    end
    for _, page in ipairs(pages.documentation()) do
      assert.is_true(linked[page], page)
    end
  end)
end)
