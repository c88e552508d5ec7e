--- The project's Markdown pages: their text, snippets, sections and links.

local lfs = require "lfs"
local lower = require("cbr.util.text").lower
local support = require "spec.helpers.support"

local pages = {}

-- The text of each page that was read.
local texts = setmetatable({}, {
  __index = function(read, page)
    read[page] = support.read(page)
    return read[page]
  end,
})

--- The text of a page.
---@param page string path from the root of the project
---@return string
function pages.text(page)
  return texts[page]
end

--- The user's documentation: README.md, and those pages in docs/ that people write (also pages with generated blocks).
---@return string[] paths, sorted
function pages.documentation()
  local found = { "README.md" }
  for name in support.run "find docs -name '*.md'":gmatch "[^\n]+" do
    if not pages.text(name):find('<!-- Written by "make reference"', 1, true) then
      found[#found + 1] = name
    end
  end
  table.sort(found)
  return found
end

--- Every Markdown page of the project.
---@return string[] paths, sorted
function pages.all()
  local found = {}
  -- The folder build can hold the root directories of tools/platforms, where some files of running processes cannot be
  -- read.
  local list = support.run "find . '(' -name build -o -name node_modules ')' -prune -o -name '*.md' -print"
  for name in list:gmatch "%./([^\n]+)" do
    found[#found + 1] = name
  end
  table.sort(found)
  return found
end

--- Whether a name on a page is a file or a folder of the project.
---@param name string path from the root of the project
---@return boolean
function pages.exists(name)
  return lfs.attributes(name, "mode") ~= nil
end

--- The fenced blocks of a page.
---@param page string
---@param language? string default: of every language
---@return string[]
function pages.snippets(page, language)
  local found = {}
  for name, text in ("\n" .. texts[page]):gmatch "\n```(%w*)\n(.-)\n```%f[\n]" do
    if not language or name == language then
      found[#found + 1] = text
    end
  end
  return found
end

--- A page without its fenced blocks.
---@param page string
---@return string
function pages.prose(page)
  return (("\n" .. texts[page]):gsub("\n```%w*\n.-\n```%f[\n]", "\n"))
end

--- The text below a heading, up to the next heading of any level.
---@param page string
---@param title string
---@return string
function pages.section(page, title)
  local text = pages.prose(page)
  local _, from = text:find("\n#+ " .. title:gsub("%p", "%%%0") .. "\n")
  assert(from, ("%s has no section '%s'"):format(page, title))
  return text:sub(from, (text:find("\n#+ ", from)))
end

-- The id that GitHub and GitLab give a heading.
local function anchor_of(title)
  return (lower(title):gsub("[^%w%- _\128-\255]", ""):gsub(" ", "-"))
end

--- The ids of a page's headings.
---@param page string
---@return table<string, boolean>
function pages.anchors(page)
  local anchors = {}
  for title in pages.prose(page):gmatch "\n#+ ([^\n]+)" do
    anchors[anchor_of(title)] = true
  end
  return anchors
end

--- Where a page's relative links lead.
---@param page string
---@return { link: string, path: string, anchor?: string }[] `path` is from the root of the project
function pages.links(page)
  local found = {}
  local folder = page:match "^(.*)/[^/]*$"
  for link in pages.prose(page):gsub("`[^`\n]*`", ""):gmatch "%]%(([^)%s]+)%)" do
    if not link:find "^%a+:" then
      local target, anchor = link:match "^([^#]*)#?(.*)$"
      local path = target == "" and page or (folder and folder .. "/" or "") .. target
      local count
      repeat
        path, count = path:gsub("^[^/]+/%.%./", "", 1)
        if count == 0 then
          path, count = path:gsub("/[^/]+/%.%./", "/", 1)
        end
      until count == 0
      found[#found + 1] = { link = link, path = path, anchor = anchor ~= "" and anchor or nil }
    end
  end
  return found
end

return pages
