-- The library runs under every Lua version: only the globals that all of them share.
std = "min"
max_line_length = 120
exclude_files = { "build", "**/node_modules" }

local nginx = { std = "ngx_lua+luajit" }
files["sandbox"] = nginx
files["spec/helpers/nginx"] = nginx
files["examples/nginx"] = nginx
files["bench"] = { std = "lua54" }
files["spec/helpers/programs/threads.lua"] = { read_globals = { "THREAD", "ROUND" } }
