-- Tasks and records together, as evidence of lost orders: request ids, late and incomplete lists, other clouds.

local cbr = require "cbr"
local core = require "cbr.core"
local entries = require "cbr.lost_orders.entry"
local evidence = require "cbr.lost_orders.evidence"
local lost_orders = require "spec.helpers.lost_orders"
local socket = require "socket"
local support = require "spec.helpers.support"

local sandbox, fixtures, lose_response = support.sandbox, support.fixtures, support.lose_response
local HYBRID = lost_orders.HYBRID

describe("a lost order", function()
  local fixture, client, other

  lost_orders.for_each_test(function(made)
    fixture, client, other = made, made.client, made.other
  end)

  it("the request id of a broken response distinguishes a lost order from a recent identical order", function()
    sandbox.time_scale(lost_orders.FAST)
    lost_orders.complete_sync(other)
    lose_response("sync", "invalid_json")
    local sync = assert(client:sync(HYBRID))
    local orders = sandbox.ledger()
    assert.equal(2, #orders)
    assert.equal(orders[2].made[1].operation_log_id, sync.operation_log_id)
  end)

  it("an empty request id does not identify a lost order", function()
    sandbox.time_scale(lost_orders.FAST)
    for _ = 1, 2 do
      lost_orders.complete_sync(other)
    end
    lose_response("sync", "raw", {
      body = "HTTP/1.1 200 OK\r\nX-Request-Id: \r\nContent-Length: 90\r\n\r\n{", bytes = 0,
    })
    local response, err = client:sync(HYBRID)
    assert.is_nil(response)
    assert.equal("unknown", err.outcome)
  end)

  it("a lost order is found when its tasks and its records appear late", function()
    lost_orders.assert_found_and_followed(fixture, { late_tasks = 4, late_records = 5 })
  end)

  it("a lost order is found when optional fields are null, numbers are text and fields have old names", function()
    lost_orders.assert_found_and_followed(fixture, { nulls = true, numbers_as_text = true, old_names = true })
  end)

  it("a lost order is found when extra_info is text and time stamps have no fraction", function()
    lost_orders.assert_found_and_followed(fixture, { extra_info_text = true, stamps = "z" })
  end)

  it("a lost order is found by its records when its tasks never appear", function()
    sandbox.quirks { late_tasks = 1e6 }
    lose_response "replicate"
    local replication = assert(client:replicate(support.replicate_params()))
    assert.is_true(replication.reconciled)
    assert.same(lost_orders.ordered_backups(), lost_orders.sorted(replication.backups))
  end)

  it("a lost order is found and followed on Open Telekom Cloud, which has no replication records", function()
    local telekom = support.client { project_id = fixtures.projects.de.id, timeout = 8, settle_time = 0.2 }
    lose_response "replicate"
    local replication = assert(telekom:replicate {
      vault_id = fixtures.vaults.de_server.id, destination_project_id = fixtures.projects.nl.id,
      destination_region = "eu-nl", destination_vault_id = fixtures.vaults.nl_replicas.id,
    })
    assert.is_true(replication.reconciled)
    assert.equal(2, #replication.backups)
    sandbox.time_scale(6000)
    assert.equal(2, assert(telekom:wait(replication, { interval = 0.02 })).succeeded)
    assert.equal(1, #sandbox.ledger())
    telekom:close()
  end)
end)

describe("the evidence of a replication", function()
  local PARAMS = support.replicate_params()
  local FIRST, SECOND = "11111111-2222-4333-8444-555555555555", "22222222-2222-4333-8444-555555555555"
  local client

  before_each(function()
    client = { clock_offset = 0, region = "cn-north-4", project_id = "p", entries = {} }
  end)

  local function stamp()
    return os.date "!%Y-%m-%dT%H:%M:%S.999999"
  end

  local function date_now()
    return { text = support.http_date(), at = core.monotonic() }
  end

  local function task(backup_id, about)
    local replication = { source_backup_id = backup_id }
    for name, value in pairs(about or {}) do
      replication[name] = value
    end
    return {
      id = "task-of-" .. backup_id, operation_type = "replication", status = "running", created_at = stamp(),
      extra_info = { common = { request_id = "one" }, replication = replication },
    }
  end

  local function record(id)
    return { id = id, destination_region = PARAMS.destination_region, status = "replicating", created_at = stamp() }
  end

  local function backup(id, changes)
    local made = { id = id, status = "available" }
    for name, value in pairs(changes or {}) do
      made[name] = value
    end
    return made
  end

  -- Reads the evidence from the first pages of the lists. The second page is empty. `failure` is the error of each read
  -- of a single backup.
  local function read(lists, failure)
    local function reader(name, params)
      if name == "show_backup" then
        return nil, { kind = failure or "not_found" }
      end
      local list = name == "list_op_logs" and lists.tasks or lists.backups
      if not lists.without_date then
        client.date_header = date_now()
      end
      return {
        [name == "list_op_logs" and "operation_logs" or "backups"] = params.offset == 0 and list or {}, count = #list,
      }
    end
    local searched = entries.open_foreign(client, "replication", PARAMS)
    searched:note_open { at = core.monotonic(), wall = os.time() }
    return evidence.read(searched, reader)
  end

  it("a task for another destination is not evidence of a replication", function()
    local shown = read { tasks = { task(FIRST, { destination_region = "elsewhere" }) }, backups = { backup(FIRST) } }
    assert.same({}, shown.orders)
    assert.is_true(shown.is_running)
    shown = read { tasks = { task(FIRST, { destination_region = PARAMS.destination_region }) }, backups = {} }
    assert.equal(1, #shown.orders)
    assert.is_false(shown.is_running)
  end)

  it("a task created ten seconds before the order is only doubtful evidence, which names the backup", function()
    local old = task(FIRST)
    old.created_at = os.date("!%Y-%m-%dT%H:%M:%SZ", os.time() - 10)
    local shown = read { tasks = { old }, backups = { backup(FIRST) } }
    assert.same({}, shown.orders)
    assert.equal(FIRST, shown.doubtful[1].backup_id)
    assert.is_nil(shown.doubtful[2])
  end)

  -- Returns the project, the region and the provider of the found order.
  local function origin_of(lists)
    local result = read(lists).orders[1].result
    return { result.project_id, result.source_region, result.provider_id }
  end

  it("a found replication takes project, region and provider from a task, a record, a backup, or the client", function()
    local of_record = record "r1"
    of_record.source_project_id, of_record.source_region = "p-record", "r-record"
    local with_record = backup(FIRST, { provider_id = "v-backup", replication_records = { of_record } })
    local of_task = task(FIRST, { source_region = "r-task" })
    of_task.project_id, of_task.provider_id = "p-task", "v-task"
    assert.same({ "p-task", "r-task", "v-task" }, origin_of { tasks = { of_task }, backups = { with_record } })
    assert.same({ "p-task", "r-task", "v-task" }, origin_of { tasks = { of_task, task(SECOND) }, backups = {} })
    for _, tasks in ipairs { { task(FIRST) }, {} } do
      assert.same({ "p-record", "r-record", "v-backup" }, origin_of { tasks = tasks, backups = { with_record } })
    end
    assert.same({ "p", "cn-north-4" }, origin_of { tasks = { task(FIRST) }, backups = { backup(FIRST) } })
  end)

  it("a found replication is complete if the service shows each backup that had to be replicated", function()
    local shown = read {
      tasks = { task(FIRST) },
      backups = { backup(FIRST, { replication_records = { record "r1" } }), backup(SECOND) },
    }
    assert.is_false(shown.orders[1].is_complete) -- only one of two backups is listed
    assert.same({ { backup_id = FIRST, replication_record_id = "r1" } }, shown.orders[1].result.backups)
    shown = read {
      tasks = { task(FIRST) },
      backups = { backup(FIRST, { replication_records = { record "r1" } }),
        backup(SECOND, { image_type = "replication" }) },
    }
    assert.is_true(shown.orders[1].is_complete) -- replicas are not replicated
  end)

  it("a found replication is not complete as long as the record of one of its backups is missing", function()
    local shown = read {
      tasks = { task(FIRST), task(SECOND) },
      backups = { backup(FIRST, { replication_records = { record "r1" } }), backup(SECOND) },
    }
    assert.equal(2, #shown.orders[1].parts)
    assert.is_false(shown.orders[1].is_complete)
  end)

  it("two tasks with one request id belong to two orders if they name the same backup", function()
    local again = task(FIRST)
    again.id = "another-task"
    assert.equal(2, #read({ tasks = { task(FIRST), again }, backups = { backup(FIRST) } }).orders)
    assert.equal(1, #read({ tasks = { task(FIRST), task(SECOND) }, backups = { backup(FIRST) } }).orders)
  end)

  it("the evidence counts as dated only if a valid Date header arrived during the reads of the search", function()
    local nothing = { tasks = {}, backups = {} }
    assert.is_true(read(nothing).is_dated)
    nothing.without_date = true
    assert.is_false(read(nothing).is_dated) -- only the previous reads had a Date header
    for _, words in ipairs { "no date", "Mon, 01 Jan 0001 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT" } do
      client.date_header = { text = words, at = core.monotonic() + 10 }
      assert.is_false(read(nothing).is_dated)
    end
    client.date_header = nil
    assert.is_false(read(nothing).is_dated)
  end)

  it("a backup that was deleted does not stop the search, but any other failure to read a backup does", function()
    local lists = { tasks = { task(FIRST), task(SECOND) }, backups = {} }
    assert.equal(2, #assert(read(lists)).orders[1].parts)
    local _, err = read(lists, "network")
    assert.same({ kind = "network" }, err)
  end)
end)

-- Some clouds show no tasks, or tasks without request ids. Then only ids, backups and times tell orders apart.
describe("orders that no request id tells apart", function()
  local PARAMS = support.replicate_params()
  local fixture, client

  lost_orders.for_each_test(function(made)
    fixture, client = made, made.client
    sandbox.time_scale(lost_orders.FAST) -- otherwise the service rejects the second replication of a vault
  end)

  local backups = 0

  -- Adds a backup to the vault.
  local function add_backup()
    backups = backups + 1
    local id = ("%08x-0000-4000-8000-00000000beef"):format(backups)
    sandbox.patch { backups = { [id] = { vault_id = PARAMS.vault_id, size = 1 } } }
    return id
  end

  -- Places two replications of the vault, which are in progress together. The vault gets another backup before the
  -- second replication. Returns the results and the errors.
  local function replicate_together()
    return cbr.map({ 0, 0.1 }, function(delay)
      if delay > 0 then
        assert(client:request { method = "GET", path = "/v3/{project_id}/echo", query = { delay = delay } })
        add_backup()
      end
      return client:replicate(PARAMS)
    end)
  end

  -- What the service shows of an order -> the quirks of the sandbox for this.
  local WAYS = {
    ["records alone"] = { late_tasks = 1e9 },
    ["records, and tasks without request ids"] = { request_ids = false },
    ["tasks without request ids alone"] = { request_ids = false, late_records = 1e9 },
  }
  for way, quirks in pairs(WAYS) do
    it(("%s distinguish a lost replication from an earlier one whose response arrived"):format(way), function()
      sandbox.quirks(quirks)
      assert(client:replicate(PARAMS))
      socket.sleep(0.05) -- until the replication has ended
      local id = add_backup()
      lose_response "replicate"
      local second = assert(client:replicate(PARAMS))
      assert.is_true(second.reconciled)
      assert.same({ id }, { second.backups[1].backup_id, second.backups[2] })
      assert.equal(2, #sandbox.ledger())
    end)

    it(("%s distinguish a lost replication from a concurrent one whose response arrived"):format(way), function()
      sandbox.quirks(quirks)
      lose_response "replicate"
      lose_response("replicate", "slow_headers", { seconds = 1 })
      local results, errors = replicate_together()
      assert.same({}, errors)
      local ledger = sandbox.ledger()
      assert.equal(2, #ledger)
      assert.is_true(results[1].reconciled)
      for i = 1, 2 do
        assert.equal(#ledger[i].made, #results[i].backups)
      end
    end)

    it(("two lost replications have unknown outcomes when the service shows %s"):format(way), function()
      sandbox.quirks(quirks)
      lose_response("replicate", "silent", { after = true, seconds = 6, times = 2 })
      local results, errors = replicate_together()
      assert.same({}, results)
      assert.same({ "unknown", "unknown" }, { errors[1].outcome, errors[2].outcome })
      assert.equal(2, #sandbox.ledger())
    end)
  end

  it("a lost replication is found after a copy whose response had an empty record id", function()
    sandbox.quirks { records = false, records_in_list = false }
    lose_response("copy_backup", "other_vault", { fields = { replication_record_id = "" } })
    assert(client:copy_backup(lost_orders.PARAMS.copy_backup))
    socket.sleep(0.05) -- until the copy has ended
    lose_response "replicate"
    local replication, err = client:replicate(PARAMS)
    assert.is_true(replication and replication.reconciled, tostring(err))
    assert.equal(2, #sandbox.ledger())
  end)

  it("a lost replication is not mistaken for an earlier copy whose outcome is unknown", function()
    lose_response "copy_backup"
    lost_orders.reject("list_op_logs", nil, { times = -1 })
    lost_orders.reject("show_backup", nil, { times = -1 })
    local copy, err = client:copy_backup(lost_orders.PARAMS.copy_backup)
    assert.is_nil(copy)
    assert.equal("unknown", err.outcome)
    sandbox.clear_faults()
    lose_response("replicate", "reset_before")
    local replication
    replication, err = client:replicate(PARAMS)
    assert.is_nil(replication)
    assert.equal("unknown", err.outcome)
    assert.equal(1, #sandbox.ledger())
  end)

  it("a second call does not return the order of the first call, whose response had an upper-case region", function()
    sandbox.quirks { records = false, records_in_list = false }
    lose_response("replicate", "other_vault", { fields = { destination_region = PARAMS.destination_region:upper() } })
    assert(client:replicate(PARAMS))
    lose_response("replicate", "reset_before")
    local second, err = client:replicate(PARAMS)
    assert.is_nil(second)
    assert.not_equal("rejected", err.outcome)
    assert.equal(1, #sandbox.ledger())
  end)

  it("err.seen lists each found part of an order only once", function()
    sandbox.quirks { request_ids = false }
    lose_response("replicate", "silent", { after = true, seconds = 4, times = 2 })
    local _, errors = replicate_together()
    local seen = {}
    for _, part in ipairs(errors[1].seen) do
      assert.is_nil(seen[part.operation_log_id])
      seen[part.operation_log_id] = true
    end
    assert.is_true(#errors[1].seen > 1)
  end)

  it("an old record without a time is not taken for a lost order that was not accepted", function()
    assert(client:replicate(PARAMS))
    sandbox.forward(3600)
    lose_response("list_backups", "other_vault", { fields = { created_at = "yesterday" }, times = -1 })
    lose_response("replicate", "reset_before")
    local fresh = support.client { timeout = 8, settle_time = 0.2 }
    local response, err = fresh:replicate(PARAMS)
    fresh:close()
    assert.is_nil(response)
    assert.equal("unknown", err.outcome)
    assert.equal(1, #sandbox.ledger())
  end)

  it("an old task without a time is not taken for a lost order", function()
    lost_orders.complete_sync(fixture.other)
    for _, stamp in ipairs { "", "2019-05-23t14:31", "no time" } do
      lose_response("list_op_logs", "other_vault", { fields = { created_at = stamp }, times = -1 })
      lose_response("sync", "reset_before")
      local response, err = client:sync(HYBRID)
      assert.is_nil(response)
      assert.equal("unknown", err.outcome)
      sandbox.clear_faults()
    end
    assert.equal(1, #sandbox.ledger())
  end)
end)
