-- How tasks and records match an order by time and destination: clocks that disagree, several forms of time stamps,
-- other vaults and projects.

local core = require "cbr.core"
local lost_orders = require "spec.helpers.lost_orders"
local match = require "cbr.lost_orders.match"
local support = require "spec.helpers.support"

local sandbox, fixtures, lose_response = support.sandbox, support.fixtures, support.lose_response
local HYBRID = lost_orders.HYBRID

describe("a lost order is matched by time:", function()
  local fixture, client, other

  lost_orders.for_each_test(function(made)
    fixture, client, other = made, made.client, made.other
  end)

  it("a sync of a minute ago does not match a lost sync", function()
    sandbox.time_scale(lost_orders.FAST)
    lost_orders.complete_sync(other)
    sandbox.clock(60)
    assert(client:list_vault {}) -- the client learns the service's time
    lose_response("sync", "reset_before")
    local response = assert(client:sync(HYBRID))
    assert.is_nil(response.reconciled)
    assert.equal(2, #sandbox.ledger())
  end)

  it("a sync of ten seconds ago leaves the outcome of a lost sync unknown", function()
    sandbox.time_scale(lost_orders.FAST)
    lost_orders.complete_sync(other)
    sandbox.clock(10)
    lose_response("sync", "reset_before")
    local _, err = client:sync(HYBRID)
    assert.same({ "unknown", 1 }, { err.outcome, #err.seen })
    assert.same({ "doubtful" }, fixture.verdicts)
    assert.equal(1, #sandbox.ledger())
  end)

  it("a lost order is found although this machine's clock is wrong by 800 seconds", function()
    for _, offset in ipairs { -800, 800 } do
      sandbox.reset()
      sandbox.clock(offset)
      -- This client has not received a Date header of the service yet.
      local fresh = support.client { timeout = 8, settle_time = 0.2 }
      lose_response "sync"
      assert.is_true(assert(fresh:sync(HYBRID)).reconciled)
      assert.equal(1, #sandbox.ledger())
      fresh:close()
    end
  end)

  it("a lost order that seems old because the machine was suspended is not placed again", function()
    for operation, params in pairs(lost_orders.PARAMS) do
      sandbox.reset()
      sandbox.time_scale(lost_orders.FAST) -- so fast that the service would accept a second order
      local suspended = lost_orders.fixture()
      assert(suspended.client:list_vault {})
      lose_response(operation)
      suspended.after_request(operation, function()
        sandbox.clock(700) -- as if the client's own clocks had stood still for 700 seconds
      end)
      local response, err = suspended.client[operation](suspended.client, params)
      assert.equal(1, #sandbox.ledger())
      assert.is_nil(response)
      assert.same({ "network", "unknown", 1 }, { err.kind, err.outcome, err.attempts })
      assert.is_true(#err.seen > 0)
      assert.matches("matches", err.hint)
      suspended.close()
    end
  end)

  it("a lost order is not placed again when the lists come without a Date header, or with an impossible one", function()
    local body = '{"operation_logs":[],"count":0}'
    for _, date in ipairs { "", "Mon, 01 Jan 0001 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT" } do
      local header = date ~= "" and ("Date: %s\r\n"):format(date) or ""
      sandbox.clear_requests()
      lose_response("list_op_logs", "raw", {
        times = -1, bytes = 0,
        body = ("HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n%s"):format(header, #body, body),
      })
      lose_response "sync"
      local _, err = client:sync(HYBRID, { timeout = 2 })
      assert.same({ "network", "unknown" }, { err.kind, err.outcome })
      assert.equal(1, support.count "sync")
      assert.is_nil(err.hint:find "start_time")
      sandbox.clear_faults()
    end
  end)

  it("the Date header of another region is not taken for the service's time", function()
    local regional = lost_orders.fixture { region = "cn-north-4" }
    sandbox.time_scale(lost_orders.FAST)
    lost_orders.complete_sync(regional.other)
    sandbox.clock(60) -- the sync below comes a minute later
    lose_response("list_external_vault", "status", { status = 404, code = "APIGW.0101" })
    function regional.on_event(event)
      if event.event == "attempt" and event.path:find "/vaults/external" then
        sandbox.clock(-40) -- the next response comes from the other region, whose clock differs
      end
    end
    assert(regional.client:preflight(support.replicate_params()))
    sandbox.clock(60)
    lose_response("sync", "reset_before")
    assert(regional.client:sync(HYBRID))
    assert.equal(2, #sandbox.ledger())
    regional.close()
  end)

  it("find_order leaves the outcome unknown when the service's clock was set ahead after the order", function()
    local unsearching = support.client { reconcile = false }
    for operation, params in pairs(lost_orders.PARAMS) do
      sandbox.reset()
      lose_response(operation)
      local _, lost = unsearching[operation](unsearching, params)
      assert.equal("unknown", lost.outcome)
      sandbox.clock(20) -- the service's clock is set ahead by 20 seconds
      local fresh = support.client { timeout = 8, settle_time = 0.2 }
      local response, err = fresh:find_order(operation, params, { since = os.time() })
      assert.is_nil(response)
      assert.same({ "service", "unknown" }, { err.kind, err.outcome })
      assert.equal("the order that matches may be an earlier one", err.message)
      assert.is_true(#err.seen > 0)
      fresh:close()
    end
    unsearching:close()
  end)

  for _, stamps in ipairs { "z", "micro", "offset" } do
    it(("a lost order is found if the service's time stamps have the form '%s'"):format(stamps), function()
      lost_orders.assert_found_and_followed(fixture, { stamps = stamps })
    end)
  end
end)

describe("a lost order is matched by destination:", function()
  local VAULT, PROJECT = "11111111-2222-4333-8444-555555555555", "0123456789abcdef0123456789abcdef"
  local fixture

  lost_orders.for_each_test(function(made)
    fixture = made
    sandbox.time_scale(1)
  end)

  -- Places another order between a lost attempt and its retry. The service then rejects the retry as in progress.
  local function assert_not_matched(changes)
    lose_response("replicate", "reset_before")
    local placed
    fixture.after_request("replicate", function(event)
      if event.kind == "network" then
        placed = assert(fixture.other:replicate(support.replicate_params(changes)))
      end
    end)
    local response, err = fixture.client:replicate(support.replicate_params(), { max_attempts = 2 })
    assert.is_table(placed)
    assert.is_nil(response)
    assert.same({ "BackupService.6130", "rejected", 2 }, { err.code, err.outcome, err.attempts })
    assert.equal(1, #sandbox.ledger())
  end

  it("a replication to another vault does not match a lost replication", function()
    sandbox.patch { vaults = { [VAULT] = { kind = "replicas", project = "east", size = 9000 } } }
    assert_not_matched { destination_vault_id = VAULT }
  end)

  it("a replication to another vault does not match, even if the field for its vault has an old name", function()
    sandbox.quirks { old_names = true }
    sandbox.patch { vaults = { [VAULT] = { kind = "replicas", project = "east", size = 9000 } } }
    assert_not_matched { destination_vault_id = VAULT }
  end)

  it("a replication to another project does not match a lost replication", function()
    sandbox.patch {
      projects = { [PROJECT] = { region = fixtures.projects.east.region, name = "cn-east-3_second", parent = "east" } },
      vaults = { [VAULT] = { kind = "replicas", project_id = PROJECT, size = 9000 } },
    }
    assert_not_matched { destination_project_id = PROJECT, destination_vault_id = VAULT }
  end)

  it("an identical replication matches a lost replication, whoever placed it", function()
    lose_response("replicate", "reset_before")
    fixture.after_request("replicate", function()
      assert(fixture.other:replicate(support.replicate_params()))
    end)
    assert.is_true(assert(fixture.client:replicate(support.replicate_params())).reconciled)
    assert.equal(1, #sandbox.ledger())
  end)
end)

describe("matching:", function()
  it("a value matches the wanted value if both are equal, or if the value is missing", function()
    assert.is_true(match.agrees("a", "a"))
    assert.is_true(match.agrees("eu-de", "EU-DE"))
    assert.is_false(match.agrees("a", "b"))
    assert.is_false(match.agrees(nil, "b"))
    for _, nothing in ipairs { "", 5, false, {} } do
      assert.is_true(match.agrees("a", nothing))
    end
    assert.is_true(match.agrees("a", nil))
  end)

  it("a destination matches only if its region, its project and its vault match", function()
    local params = { destination_region = "r", destination_project_id = "p", destination_vault_id = "v" }
    local work = { destination_region = "r", destination_project_id = "p", destination_vault_id = "v" }
    assert.is_true(match.has_destination(params, work))
    for field in pairs(work) do
      local other = {}
      for name, value in pairs(work) do
        other[name] = name == field and "other" or value
      end
      assert.is_false(match.has_destination(params, other), field)
    end
    assert.is_true(match.has_destination(params, {}))
  end)

  it("a time stamp without a fraction of a second is in time if it is less than one second early", function()
    local since = 1638857200.5 -- 2021-12-07T06:06:40.5Z
    local span = { certain = since, possible = since - 10 }
    assert.is_true(match.is_in_time(span, "2021-12-07T06:06:40.500000"))
    assert.is_false(match.is_in_time(span, "2021-12-07T06:06:40.400000"))
    assert.is_true(match.is_in_time(span, "2021-12-07T06:06:40Z"))
    assert.is_false(match.is_in_time(span, "2021-12-07T06:06:39Z"))
    assert.is_true(match.may_be_in_time(span, "2021-12-07T06:06:30Z"))
    assert.is_false(match.may_be_in_time(span, "2021-12-07T06:06:29Z"))
  end)

  it("a task or record without a valid time stamp is neither certainly in time nor certainly too old", function()
    local span = { certain = 1638857200, possible = 1638857170 }
    for _, stamp in pairs { "no time", "", 1638857300, "2021-12-07T06:06Z", nil, false } do
      assert.is_false(match.is_in_time(span, stamp))
      assert.is_true(match.may_be_in_time(span, stamp))
    end
    assert.is_true(match.may_be_in_time(span, nil))
    assert.is_false(match.is_in_time(span, nil))
  end)

  it("a time stamp is certainly in time up to one second early, and possibly in time up to 30 seconds early", function()
    local now = core.monotonic()
    local client = { clock_offset = 0, date_header = { text = "Tue, 07 Dec 2021 06:06:40 GMT", at = now } }
    local span = match.span(client, { at = now, wall = 1638857200, date_header = client.date_header })
    assert.same({ certain = 1638857199, possible = 1638857170 }, span)
    span = match.span(client, { at = now - 10, wall = 1638857100 }) -- the clock was 90 s behind 10 s ago
    assert.is_true(math.abs(span.certain - 1638857189) < 0.01 and math.abs(span.possible - 1638857070) < 0.01)
  end)
end)
