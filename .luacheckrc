-- The library is for every Lua: only what all of them share.
std = "min"
max_line_length = 120
exclude_files = { "build", "**/node_modules" }

local nginx = { std = "ngx_lua+luajit" }
files["spec/sandbox"] = nginx
files["spec/nginx"] = nginx
files["examples/nginx"] = nginx
files["bench"] = { std = "lua54" }
files["spec/threads/calls.lua"] = { read_globals = { "THREAD", "ROUND" } }
