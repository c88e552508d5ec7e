-- The parameters of cbr.dr's functions.

local input = require "cbr.dr.input"

local UUID, OTHER = "0bac0bac-0000-4000-8000-000000000001", "0bac0bac-0000-4000-8000-000000000002"
local THERE = { region = "eu-nl", vault_id = UUID }

-- Returns the problems of parameters as one text.
local function problems(name, params)
  local _, err = input.read(name, params, 1)
  local words = {}
  for i, problem in ipairs(err and err.problems or {}) do
    words[i] = problem.parameter .. " " .. problem.problem
  end
  return table.concat(words, "; ")
end

describe("the parameters of cbr.dr", function()
  it("durations are converted to seconds, and times to seconds since 1970", function()
    local given = assert(input.read("copies", {
      all = true, destinations = { THERE }, rpo = "26h", lag = 90, at = "1970-01-02T00:00:00Z",
    }, 1))
    assert.same({ 26 * 3600, 90, 86400, input.CONCURRENCY }, { given.rpo, given.lag, given.at, given.concurrency })
    given = assert(input.read("replicate", {
      all = true, destinations = { THERE }, select = { since = "1970-01-02T00:00:00Z" }, timeout = "2d",
    }, 1))
    assert.same({ 86400, 172800 }, { given.select.since, given.timeout })
    for text, seconds in pairs { ["5s"] = 5, ["2m"] = 120, ["1h"] = 3600, ["1d"] = 86400, ["1w"] = 604800 } do
      assert.equal(seconds, input.seconds(text))
    end
  end)

  it("a UUID is converted to lower case, and other ids are not changed", function()
    local given = assert(input.read("copies", {
      vault_ids = { UUID:upper(), "Other" }, destinations = { { region = "eu-nl", vault_id = UUID:upper() } },
      rpo = "1h",
    }, 1))
    assert.same({ UUID, "Other" }, given.vault_ids)
    assert.equal(UUID, given.destinations[1].vault_id)
  end)

  it("input.read does not change the caller's tables", function()
    local params = { all = true, destinations = { THERE }, rpo = "1h" }
    local given = assert(input.read("copies", params, 1))
    assert.equal("1h", params.rpo)
    assert.is_true(math.abs(given.at - os.time()) < 60)
    local selection = { since = "1970-01-02T00:00:00Z" }
    assert(input.read("replicate", { all = true, destinations = { THERE }, select = selection }, 1))
    assert.equal("1970-01-02T00:00:00Z", selection.since)
  end)

  it("exactly one of vault_ids, name_prefix, tags and all must be given", function()
    local function copies(selection)
      selection.destinations, selection.rpo = { THERE }, "1h"
      return problems("copies", selection)
    end
    assert.matches("^vault_ids or `name_prefix`", copies {})
    assert.matches("^vault_ids or `name_prefix`", copies { all = true, tags = { a = "b" } })
    assert.equal("all must be true or omitted", copies { all = false })
    assert.equal("tags must have at least one key", copies { tags = {} })
    assert.matches("^tags must map each key to a string, or to true", copies { tags = { "a" } })
    assert.equal("", copies { tags = { a = true } })
    assert.matches("^vault_ids%[1%] must be an id", copies { vault_ids = { "x/y" } })
  end)

  it("dr.replicate needs a vault for each destination, one destination per region, and a valid selection", function()
    local function replicate(params)
      params.all, params.destinations = true, params.destinations or { THERE }
      return problems("replicate", params)
    end
    assert.equal("destinations[2].vault_id is missing", replicate { destinations = { THERE, { region = "eu-de" } } })
    assert.equal("destinations[2].region is given twice: a backup can have only one copy in each region",
      replicate { destinations = { THERE, { region = "EU-NL", vault_id = OTHER } } })
    for _, selection in ipairs { {}, { newest = 1, since = 1 } } do
      assert.equal("select must have exactly one of `newest`, `per` (with `last`) or `since`",
        replicate { select = selection })
    end
    for _, selection in ipairs { { per = "day" }, { newest = 1, last = 2 } } do
      assert.equal("select must have `per` and `last` together", replicate { select = selection })
    end
    assert.equal("", replicate { select = { per = "day", last = 7 } })
    assert.equal("store.set must be a function, not a nil", replicate { store = { get = print } })
    assert.equal("", replicate { store = setmetatable({ more = 1 }, { __index = { get = print, set = print } }) })
    assert.matches("^method must be", replicate { method = "both" })
  end)

  it("dr.prune needs a rule that keeps at least one replica", function()
    assert.equal("keep must have `last`, `days` or `weeks`", problems("prune", { vault_id = UUID, keep = {} }))
    assert.equal("keep.last must be at least 1, not 0", problems("prune", { vault_id = UUID, keep = { last = 0 } }))
    assert.equal("vault_id is missing; keep is missing", problems("prune", {}))
    assert.equal("", problems("prune", { vault_id = OTHER, keep = { weeks = 1 } }))
  end)

  it("one error names every problem of the parameters", function()
    assert.equal("destinations is missing; rpo must be a duration like 26h (a whole number with s, m, h, d or w); "
      .. "concurrency must be at least 1, not 0; vault_ids or `name_prefix`, `tags` or `all` must select the vaults, "
      .. "and only one of them can be given", problems("copies", { rpo = "1y", concurrency = 0 }))
  end)
end)
