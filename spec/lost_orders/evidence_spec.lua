-- Tasks and records together, as evidence of lost orders: request ids, late and incomplete lists, other clouds.

local core = require "cbr.core"
local entries = require "cbr.lost_orders.entry"
local evidence = require "cbr.lost_orders.evidence"
local lost_orders = require "spec.helpers.lost_orders"
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
    support.merge(replication, about)
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
    return support.merge(made, changes)
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

  it("the evidence of a replication has the ids of the vault's backups in lower case", function()
    local id = "AAAAAAAA-2222-4333-8444-555555555555"
    assert.same({ [id:lower()] = true }, read({ tasks = {}, backups = { backup(id) } }).backup_ids)
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
