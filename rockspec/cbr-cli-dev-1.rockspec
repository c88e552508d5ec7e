rockspec_format = "3.0"
package = "cbr-cli"
version = "dev-1"
source = { url = "git+file://." } -- built from its own tree, with "luarocks make"; tools/dist writes another line
description = {
  summary = "The command cbr: backups of Huawei Cloud and Open Telekom Cloud (CBR)",
  detailed = [[
Replicates and synchronizes backups from a shell or cron, calls every operation of the service, and checks a set-up. A
sandbox that behaves like the service comes along; it needs nginx with its Lua module.]],
  license = "MIT",
  labels = { "cloud", "backup", "huawei", "otc", "commandline" },
}
supported_platforms = { "linux" }
dependencies = {
  "lua >= 5.1, < 5.6",
  "argparse >= 0.7.1", -- the rock of 0.7.1 is for Lua 5.1 to 5.4
  "lua-cjson >= 2.1.0",
  "cbr",
}
build = {
  type = "builtin",
  copy_directories = { "sandbox" },
  install = { bin = { cbr = "cli/cbr" } },
  modules = {
    ["cbr_cli.client"] = "cli/cbr_cli/client.lua",
    ["cbr_cli.completion"] = "cli/cbr_cli/completion.lua",
    ["cbr_cli.doctor"] = "cli/cbr_cli/doctor.lua",
    ["cbr_cli.exit_status"] = "cli/cbr_cli/exit_status.lua",
    ["cbr_cli.resume"] = "cli/cbr_cli/resume.lua",
    ["cbr_cli.json"] = "cli/cbr_cli/json.lua",
    ["cbr_cli.lists"] = "cli/cbr_cli/lists.lua",
    ["cbr_cli.main"] = "cli/cbr_cli/main.lua",
    ["cbr_cli.operations"] = "cli/cbr_cli/operations.lua",
    ["cbr_cli.options"] = "cli/cbr_cli/options.lua",
    ["cbr_cli.orders"] = "cli/cbr_cli/orders.lua",
    ["cbr_cli.output"] = "cli/cbr_cli/output.lua",
    ["cbr_cli.parser"] = "cli/cbr_cli/parser.lua",
    ["cbr_cli.places"] = "cli/cbr_cli/places.lua",
    ["cbr_cli.progress"] = "cli/cbr_cli/progress.lua",
    ["cbr_cli.recovery"] = "cli/cbr_cli/recovery.lua",
    ["cbr_cli.run"] = "cli/cbr_cli/run.lua",
    ["cbr_cli.sandbox"] = "cli/cbr_cli/sandbox.lua",
    ["cbr_cli.selection"] = "cli/cbr_cli/selection.lua",
    ["cbr_cli.store"] = "cli/cbr_cli/store.lua",
    ["cbr_cli.terminal"] = "cli/cbr_cli/terminal.lua",
    ["cbr_cli.text"] = "cli/cbr_cli/text.lua",
    ["cbr_cli.times"] = "cli/cbr_cli/times.lua",
    ["cbr_cli.values"] = "cli/cbr_cli/values.lua",
  },
}
