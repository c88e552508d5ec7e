rockspec_format = "3.0"
package = "cbr"
version = "dev-1"
source = { url = "git+file://." } -- a development rock is built from its own tree: luarocks make
description = {
  summary = "Replicates and synchronizes backups of Huawei Cloud and Open Telekom Cloud (CBR)",
  detailed = [[
A client for the Cloud Backup and Recovery service: signed calls over verified TLS on libcurl, Lua tables in and out,
one error object that says whether an order can have been taken in.]],
  license = "MIT",
  labels = { "cloud", "backup", "huawei", "otc", "openresty" },
}
supported_platforms = { "unix" }
dependencies = {
  "lua >= 5.1, < 5.6",
  "lua-cjson >= 2.1.0",
}
-- By library alone: Debian's curl.h is in a directory that luarocks does not search, and the compiler does.
external_dependencies = {
  CURL = { library = "curl" },
  NETTLE = { library = "nettle" },
}
build = {
  type = "builtin",
  modules = {
    ["cbr"] = "lua/cbr.lua",
    ["cbr.answers"] = "lua/cbr/answers.lua",
    ["cbr.build"] = "lua/cbr/build.lua",
    ["cbr.call"] = "lua/cbr/call.lua",
    ["cbr.check"] = "lua/cbr/check.lua",
    ["cbr.client"] = "lua/cbr/client.lua",
    ["cbr.codes"] = "lua/cbr/codes.lua",
    ["cbr.credentials"] = "lua/cbr/credentials.lua",
    ["cbr.credentials.chain"] = "lua/cbr/credentials/chain.lua",
    ["cbr.credentials.container"] = "lua/cbr/credentials/container.lua",
    ["cbr.credentials.ecs"] = "lua/cbr/credentials/ecs.lua",
    ["cbr.credentials.environment"] = "lua/cbr/credentials/environment.lua",
    ["cbr.credentials.federated"] = "lua/cbr/credentials/federated.lua",
    ["cbr.credentials.fresh"] = "lua/cbr/credentials/fresh.lua",
    ["cbr.credentials.password"] = "lua/cbr/credentials/password.lua",
    ["cbr.credentials.profile"] = "lua/cbr/credentials/profile.lua",
    ["cbr.credentials.static"] = "lua/cbr/credentials/static.lua",
    ["cbr.each"] = "lua/cbr/each.lua",
    ["cbr.endpoints"] = "lua/cbr/endpoints.lua",
    ["cbr.errors"] = "lua/cbr/errors.lua",
    ["cbr.exchange"] = "lua/cbr/exchange.lua",
    ["cbr.explain"] = "lua/cbr/explain.lua",
    ["cbr.files"] = "lua/cbr/files.lua",
    ["cbr.iam"] = "lua/cbr/iam.lua",
    ["cbr.json"] = "lua/cbr/json.lua",
    ["cbr.log"] = "lua/cbr/log.lua",
    ["cbr.loop"] = "lua/cbr/loop.lua",
    ["cbr.operations"] = "lua/cbr/operations.lua",
    ["cbr.operations.agents"] = "lua/cbr/operations/agents.lua",
    ["cbr.operations.backups"] = "lua/cbr/operations/backups.lua",
    ["cbr.operations.features"] = "lua/cbr/operations/features.lua",
    ["cbr.operations.orders"] = "lua/cbr/operations/orders.lua",
    ["cbr.operations.organization_policies"] = "lua/cbr/operations/organization_policies.lua",
    ["cbr.operations.policies"] = "lua/cbr/operations/policies.lua",
    ["cbr.operations.projects"] = "lua/cbr/operations/projects.lua",
    ["cbr.operations.protection"] = "lua/cbr/operations/protection.lua",
    ["cbr.operations.restore_points"] = "lua/cbr/operations/restore_points.lua",
    ["cbr.operations.rules"] = "lua/cbr/operations/rules.lua",
    ["cbr.operations.sharing"] = "lua/cbr/operations/sharing.lua",
    ["cbr.operations.tags"] = "lua/cbr/operations/tags.lua",
    ["cbr.operations.tasks"] = "lua/cbr/operations/tasks.lua",
    ["cbr.operations.usage"] = "lua/cbr/operations/usage.lua",
    ["cbr.operations.vaults"] = "lua/cbr/operations/vaults.lua",
    ["cbr.project"] = "lua/cbr/project.lua",
    ["cbr.regions_file"] = "lua/cbr/regions_file.lua",
    ["cbr.request"] = "lua/cbr/request.lua",
    ["cbr.settings"] = "lua/cbr/settings.lua",
    ["cbr.sign"] = "lua/cbr/sign.lua",
    ["cbr.text"] = "lua/cbr/text.lua",
    ["cbr.time"] = "lua/cbr/time.lua",
    ["cbr.version"] = "lua/cbr/version.lua",
    ["cbr.core"] = {
      sources = {
        "src/binding.c",
        "src/buffer.c",
        "src/outgoing.c",
        "src/pool.c",
        "src/process.c",
        "src/sigpipe.c",
        "src/signer.c",
        "src/transfer.c",
        "src/uri.c",
      },
      libraries = { "curl", "nettle" },
      incdirs = { "src", "$(CURL_INCDIR)", "$(NETTLE_INCDIR)" },
      libdirs = { "$(CURL_LIBDIR)", "$(NETTLE_LIBDIR)" },
    },
  },
}
test = { type = "command", command = "make test" }
