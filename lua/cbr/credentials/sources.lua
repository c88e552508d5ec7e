--- The sources of credentials that have a name, as data, in the order in which the chain asks them.
--
-- A source has a row here, and a module of its name in this folder, with two functions: `source(given, getenv,
-- allow_http)` makes the source, as cbr.credentials.chain describes; `place(getenv)` says for messages where its
-- credentials are from, and is called only after the source had some.

local late = require "cbr.util.late"

---@class cbr.NamedSource
---@field name string value of `credentials.source`
---@field fields string[] the other fields that may be given with this value: file names and URLs
---@field is_configured? boolean a source that could be made is configured, so any failure of this source ends the
-- search. Any other source checks at each call whether it is configured
---@field note? { check: string, words: string } for cbr.diagnose, if the source has no credentials: the name of a check
-- that shows the reason as a note, and words about it
---@field module { source: function, place: fun(getenv: fun(name: string): string?): string } stand-in

---@type cbr.NamedSource[]
local sources = {
  { name = "environment", fields = {}, is_configured = true },
  { name = "profile", fields = { "file" } },
  { name = "container", fields = { "uri", "token_file" }, is_configured = true },
  {
    name = "ecs", fields = { "endpoint" },
    note = { check = "metadata", words = "the metadata service is needed only on an ECS with an agency" },
  },
}

for _, source in ipairs(sources) do
  source.module = late.module("cbr.credentials." .. source.name)
end

return sources
