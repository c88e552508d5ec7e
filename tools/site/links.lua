-- Checks the built site, whose folder is the argument (default: build/site):
--   * every relative link leads to a file of the site, and, if the link has an id, to an element with this id;
--   * nothing is loaded from another server: no script, style, font or picture;
--   * no line of a paragraph begins with a mark of Markdown. Such a line is an item of a list that has no empty line
--     before it: forges show it as a list, but mkdocs shows it as a paragraph.
-- The search of the site needs no check: mkdocs makes its texts from the same pages.

local source = require "tools.source"

local root = (arg[1] or "build/site"):gsub("/$", "")
local faults, count = {}, 0

local ENTITIES = { ["&amp;"] = "&", ["&quot;"] = '"', ["&#39;"] = "'", ["&lt;"] = "<", ["&gt;"] = ">" }
local LEFT_OVER = { "^%- ", "^%* ", "^|", "^```", "^#+ " }

local is_file, texts, ids = {}, {}, {}
for _, name in ipairs(source.lines(("find '%s' -type f"):format(root))) do
  is_file[name:sub(#root + 2)] = true
end

local function fault(page, words, ...)
  faults[#faults + 1] = ("%s: " .. words):format(page, ...)
end

local function text_of(page)
  texts[page] = texts[page] or source.read(root .. "/" .. page):gsub("<!%-%-.-%-%->", "")
  return texts[page]
end

-- The set of the ids on a page.
local function ids_of(page)
  if not ids[page] then
    ids[page] = {}
    for id in text_of(page):gmatch "%sid=[\"']?([^\"'%s>]+)" do
      ids[page][id] = true
    end
  end
  return ids[page]
end

-- The values of an attribute in the tags of a page, as a browser reads them.
local function values(page, attribute)
  local list = {}
  for tag in text_of(page):gmatch "<%a[^>]*>" do
    local value = tag:match("%s" .. attribute .. '="([^"]*)"') or tag:match("%s" .. attribute .. "=([^\"'%s>]+)")
    if value then
      list[#list + 1] = { value = value:gsub("&#?%w+;", ENTITIES), tag = tag:match "%a+" }
    end
  end
  return list
end

-- The name of the file that a link leads to. The file need not exist.
local function target_of(page, path)
  local joined = path:find "^/" and path:sub(2) or (page:match "^(.*/)" or "") .. path
  local parts = {}
  for part in joined:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end):gmatch "[^/]+" do
    if part == ".." then
      if #parts == 0 then
        return "a place outside of the site"
      end
      parts[#parts] = nil
    elseif part ~= "." then
      parts[#parts + 1] = part
    end
  end
  local name = table.concat(parts, "/")
  if path == "" then
    return page
  end
  return is_file[name] and name or (name == "" and "" or name .. "/") .. "index.html"
end

local function check_link(page, link)
  count = count + 1
  local path, id = link:match "^([^#?]*)[^#]*#?(.*)$"
  local target = target_of(page, path)
  if not is_file[target] then
    fault(page, "the link '%s' does not lead to a file of the site", link)
  elseif id ~= "" and target:find "%.html$" and not ids_of(target)[id] then
    fault(page, "the link '%s' does not lead to a heading", link)
  end
end

local function check_page(page)
  for _, attribute in ipairs { "href", "src" } do
    for _, link in ipairs(values(page, attribute)) do
      if not link.value:find "^%a+:" and not link.value:find "^//" then
        check_link(page, link.value)
      elseif link.tag ~= "a" and not link.value:find "^data:" then
        fault(page, "<%s> loads %s from another server", link.tag, link.value)
      end
    end
  end
  for paragraph in text_of(page):gmatch "<p>(.-)</p>" do
    for line in paragraph:gmatch "[^\n]+" do
      for _, mark in ipairs(LEFT_OVER) do
        if line:find(mark) then
          fault(page, "a line of a paragraph begins with a mark of Markdown: %s", line)
        end
      end
    end
  end
end

local pages = 0
for name in pairs(is_file) do
  if name:find "%.html$" then
    pages = pages + 1
    check_page(name)
  elseif name:find "%.css$" then
    for address in source.read(root .. "/" .. name):gmatch "url%([\"']?(%w+:?//[^)]*)" do
      fault(name, "loads %s from another server", address)
    end
  end
end
if pages == 0 then
  fault(root, "the site has no page: run make docs")
end
table.sort(faults)
source.finish(faults, ("%d links on %d pages of %s lead to files and headings of the site"):format(count, pages, root))
