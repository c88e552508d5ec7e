-- The pictures in docs/pictures show what the programs do today.

local command = require "spec.helpers.command"
local pages = require "spec.helpers.pages"
local support = require "spec.helpers.support"

local sandbox = support.sandbox

local ENTITIES = { ["&lt;"] = "<", ["&gt;"] = ">", ["&amp;"] = "&" }

-- The texts in a piece of SVG: those of one class, or all of them if `class` is nil.
local function texts(svg, class)
  local list = {}
  for attributes, words in svg:gmatch "<text([^>]*)>([^<]*)</text>" do
    if not class or attributes:find(('class="%s"'):format(class), 1, true) then
      list[#list + 1] = words:gsub("&%l+;", ENTITIES)
    end
  end
  return list
end

describe("the pictures of the documentation #process", function()
  it("the recording of cbr replicate ends with what the command prints", function()
    local svg = support.read "docs/pictures/replicate.svg"
    local screen = texts(svg:match '<g [^>]*id="last">(.*)</g>')
    assert.equal("$", table.remove(screen))
    local typed = table.remove(screen, 1):match "^%$ cbr (.*)\\$" .. table.remove(screen, 1):match "^>(.*)"
    sandbox.reset()
    sandbox.time_scale(6000)
    local output = command.on_terminal(typed .. " --interval 0.1", { TERM = "xterm", COLUMNS = "80" })
    if not output then
      pending "needs script(1) and a pseudo-terminal"
      return
    end
    local function comparable(text)
      return (text:gsub("%d+ s *\n", "N s\n"):gsub(" +\n", "\n"))
    end
    local shown = output:gsub("\r\n", "\n"):gsub("[^\n]*\r", "") -- a line that was overwritten is not shown
    assert.equal(comparable(table.concat(screen, "\n") .. "\n"), comparable(shown))
  end)

  it("the recording of cbr replicate says that the sandbox was used, and how fast its clock ran", function()
    local caption = texts(support.read "docs/pictures/replicate.svg", "caption")[1]
    assert.matches("recorded against the sandbox, whose clock runs %d+ times as fast", caption)
  end)

  it("ARCHITECTURE.md names each function in the picture of a call, and the file that has the function", function()
    local names = texts(support.read "docs/pictures/call.svg", "name")
    local block = pages.text "ARCHITECTURE.md":match "\n## One call\n.-\n```\n(.-)\n```"
    local files = {}
    for name, file in ("\n" .. block):gmatch "\n *([%l_]+[.:][%l_]+) +(lua/%S+)" do
      files[name] = file
    end
    files["errors.finish"] = "lua/cbr/errors.lua" -- ARCHITECTURE.md names this file below the block
    assert.is_true(#names >= 10)
    for _, name in ipairs(names) do
      assert.is_string(files[name], name)
      local code = support.run(("find %s -name '*.lua' -exec cat {} +"):format(files[name]))
      local short = name:match "[%l_]+$"
      -- A loop makes the methods for operations, so the file has only the name of such a method.
      assert.is_truthy(code:find("function [%w_]+[.:]" .. short .. "%(") or code:find(name, 1, true), name)
    end
  end)

  it("each picture is shown on a page, and has an alternative text wherever it is shown", function()
    local shown = {}
    for _, page in ipairs(pages.all()) do
      local folder = page:match "^(.*/)" or ""
      for words, link in pages.prose(page):gmatch "!%[([^%]]*)%]%(([^)]+)%)" do
        local name = link:match "pictures/([^/]+)$"
        if name then
          assert.is_true(pages.exists(folder .. link), page .. ": " .. link)
          assert.is_true(#words > 10, page .. ": " .. link)
          shown[name] = true
        end
      end
    end
    for name in support.run "ls docs/pictures":gmatch "%S+" do
      assert.is_true(shown[name], name)
    end
  end)
end)
