-- Chooses the mutations of one run: lua5.4 tools/mutants/plan.lua <folder> <sample> <seed> [<file>...]
-- For each mutation it writes these files to <folder>/NNN/: "file", the mutated text; "about", the line for the report;
-- "name", the name of the mutated file; "specs", the specs that judge the mutation. A mutation does not count if the
-- code no longer compiles, or if it compiles to the same code.

local source = require "tools.source"
local c_tokens = require "tools.mutants.c_tokens"
local languages = { lua = require "tools.mutants.lua_statements", c = require "tools.mutants.c_statements" }
local tiers = require "tools.mutants.tiers"

local folder, sample, seed = arg[1], tonumber(arg[2]), tonumber(arg[3])

local function write(name, text)
  local file = assert(io.open(name, "wb"))
  file:write(text)
  file:close()
end

-- The bytecode of a text of Lua, or nil if the text does not compile.
local function lua_code(text)
  local chunk = load(text)
  return chunk and string.dump(chunk, true)
end

-- The object code of a text of C, or nil if the text does not compile.
local function c_code(text)
  local name = folder .. "/compiled"
  write(name .. ".c", text)
  local ok = os.execute(("cc -std=c11 -O2 -w -fPIC -Isrc $CBR_C_FLAGS -c -o %s.o %s.c 2>/dev/null"):format(name, name))
  local code = ok and source.read(name .. ".o")
  os.remove(name .. ".c")
  return code
end

local files = {}

-- The text, tokens and compiled code of a file. Each file is read only once.
local function file_of(name)
  if not files[name] then
    local text, is_lua = source.read(name), name:find "%.lua$" ~= nil
    files[name] = { name = name, text = text, tokens = (is_lua and source.tokens or c_tokens)(text),
      language = languages[is_lua and "lua" or "c"], compile = is_lua and lua_code or c_code }
    files[name].seen = { [files[name].compile(text)] = true }
  end
  return files[name]
end

-- All mutations of the files, in a fixed order.
local function all_mutations(names)
  local list = {}
  for _, name in ipairs(names) do
    local file = file_of(name)
    for _, mutation in ipairs(file.language.mutations(file.tokens)) do
      mutation.file = file
      list[#list + 1] = mutation
    end
  end
  return list
end

local function shuffle(list)
  for i = #list, 2, -1 do
    local k = math.random(i)
    list[i], list[k] = list[k], list[i]
  end
end

-- The line at a position, without its indentation.
local function line_at(text, at)
  local first = at
  while first > 1 and text:sub(first - 1, first - 1) ~= "\n" do
    first = first - 1
  end
  return (text:match("^[^\n]*", first):gsub("^%s+", ""):gsub("\t", " "))
end

local specs = source.files("spec", "_spec.lua")
local equivalents = require "tools.mutants.equivalents"

-- Writes the folder of a mutation. Returns false if the mutation does not count.
local function put(number, mutation)
  local file, tokens = mutation.file, mutation.file.tokens
  local first, last = tokens[mutation.from].first, tokens[mutation.to].last
  local text = file.text:sub(1, first - 1) .. mutation.by .. file.text:sub(last + 1)
  local code = file.compile(text)
  if not code or file.seen[code] then
    return false
  end
  file.seen[code] = true
  local before, after = line_at(file.text, first), line_at(text, first)
  local directory = ("%s/%03d"):format(folder, number)
  assert(os.execute("mkdir " .. directory))
  write(directory .. "/file", text)
  write(directory .. "/name", file.name .. "\n")
  write(directory .. "/about", ("%s:%d\t%s\t%s\t%s\n"):format(file.name, tokens[mutation.from].line, mutation.operator,
    before, after))
  write(directory .. "/specs", table.concat(tiers.specs(file.name, specs), "\n") .. "\n")
  local reason = equivalents.reason(file.name, before, after)
  if reason then
    write(directory .. "/result", ("equivalent\t%s\n"):format(reason))
  end
  return true
end

local names = { select(4, ...) }
if #names == 0 then
  for _, of_language in ipairs { source.files "lua", source.files("src", ".c") } do
    for _, name in ipairs(of_language) do
      names[#names + 1] = name
    end
  end
end

math.randomseed(seed)
local list = all_mutations(names)
shuffle(list)
local chosen = 0
for _, mutation in ipairs(list) do
  if chosen == sample then
    break
  end
  chosen = chosen + (put(chosen + 1, mutation) and 1 or 0)
end
print(("%d of %d possible mutations are judged, seed %d"):format(chosen, #list, seed))
