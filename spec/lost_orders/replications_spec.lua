-- The copy of one backup, when the response is lost. The search finds the copy by the backup's records and the vault's
-- tasks, and distinguishes it from other copies and from replications of the vault.

local cbr = require "cbr"
local core = require "cbr.core"
local entries = require "cbr.lost_orders.entry"
local evidence = require "cbr.lost_orders.evidence"
local lost_orders = require "spec.helpers.lost_orders"
local socket = require "socket"
local support = require "spec.helpers.support"

local sandbox, fixtures, lose_response = support.sandbox, support.fixtures, support.lose_response
local COPY = lost_orders.PARAMS.copy_backup
local BACKUPS = fixtures.backups

-- Destination regions on Open Telekom Cloud, which has no records.
local TELEKOM = {
  backup_id = BACKUPS.de_server_web.id, destination_project_id = fixtures.projects.nl.id,
  destination_region = "eu-nl", destination_vault_id = fixtures.vaults.nl_replicas.id,
}

describe("a lost copy of a backup", function()
  local fixture, client, other

  lost_orders.for_each_test(function(made)
    fixture, client, other = made, made.client, made.other
  end)

  -- Asserts that a result equals the lost response to the nth accepted order.
  local function assert_is_order(n, result)
    local order = sandbox.ledger()[n]
    assert.same({ order.made[1].backup_id, order.made[1].replication_record_id },
      { result.backup_id, result.replication_record_id })
  end

  it("a lost copy is found, with the fields that its response would have had", function()
    lose_response "copy_backup"
    local copy = assert(client:copy_backup(COPY))
    assert_is_order(1, copy)
    assert.equal(1, #sandbox.ledger())
    copy.replication_record_id = nil
    assert.same({
      backup_id = COPY.backup_id, project_id = fixtures.projects.home.id, reconciled = true,
      provider_id = fixtures.kinds.server.provider_id, source_region = "cn-north-4",
      destination_region = COPY.destination_region, destination_project_id = COPY.destination_project_id,
      destination_vault_id = COPY.destination_vault_id,
    }, copy)
  end)

  it("a lost copy is found when lists and records are late or incomplete in every way known of the service", function()
    for _, quirks in ipairs {
      { late_tasks = 4, late_records = 5 }, { late_tasks = 1e6 }, { late_records = 1e6 },
      { nulls = true, numbers_as_text = true, old_names = true }, { extra_info_text = true, stamps = "z" },
    } do
      local fresh = lost_orders.fixture()
      sandbox.quirks(quirks)
      lose_response "copy_backup"
      assert.is_true(assert(fresh.client:copy_backup(COPY)).reconciled)
      assert.equal(1, #sandbox.ledger())
      fresh.close()
    end
  end)

  it("a lost copy is found on Open Telekom Cloud, which has no replication records", function()
    local telekom = support.client { project_id = fixtures.projects.de.id, timeout = 8, settle_time = 0.2 }
    lose_response "copy_backup"
    local copy = assert(telekom:copy_backup(TELEKOM))
    assert.same({ true, TELEKOM.backup_id }, { copy.reconciled, copy.backup_id })
    assert.equal(1, #sandbox.ledger())
    telekom:close()
  end)

  it("a lost copy is placed again only when it is certain that the service has not accepted it", function()
    lose_response("copy_backup", "reset_before")
    assert.is_nil(assert(client:copy_backup(COPY)).reconciled)
    assert.same({ "nothing" }, fixture.verdicts)
    assert.equal(1, #sandbox.ledger())
    sandbox.reset()
    lose_response("copy_backup", "reset_before")
    lost_orders.reject "list_op_logs"
    local _, err = client:copy_backup(COPY)
    assert.same({ "unknown", 0 }, { err.outcome, #sandbox.ledger() })
  end)

  it("a lost copy is found when its retry is rejected with any of the codes for a duplicate", function()
    for _, code in ipairs { "BackupService.1009", "BackupService.6130" } do
      sandbox.reset()
      sandbox.quirks { late_tasks = 120, late_records = 120 } -- the search finds nothing for two seconds
      lose_response "copy_backup"
      fixture.before_retry(function()
        sandbox.fault { call = "copy_backup", fault = "status", status = 400, code = code }
      end)
      local copy = assert(client:copy_backup(COPY))
      assert_is_order(1, copy)
      assert.equal(1, #sandbox.ledger())
      assert.equal(2, support.count "copy_backup")
    end
  end)

  it("a lost copy is not mistaken for a copy of another backup, or to another destination vault", function()
    for _, changes in ipairs {
      { backup_id = BACKUPS.server_db.id }, { destination_vault_id = fixtures.vaults.replicas_full.id },
    } do
      sandbox.reset()
      other:copy_backup(lost_orders.copy_params(changes))
      local count = #sandbox.ledger()
      lose_response("copy_backup", "reset_before")
      assert.is_nil(assert(client:copy_backup(COPY)).reconciled)
      assert.equal(count + 1, #sandbox.ledger())
    end
  end)

  it("a lost copy is not mistaken for a replication of the whole vault", function()
    lose_response("copy_backup", "reset_before")
    assert(other:replicate(support.replicate_params()))
    local copy, err = client:copy_backup(COPY)
    assert.is_nil(copy) -- the retry is rejected: the backup is being copied already
    assert.same({ "nothing_to_do", "BackupService.1009", "rejected" }, { err.kind, err.code, err.outcome })
    assert.same({ "nothing", "others" }, fixture.verdicts)
    assert.equal(1, #sandbox.ledger())
  end)

  it("a lost copy is not mistaken for a copy that was made ten seconds ago", function()
    sandbox.time_scale(lost_orders.FAST)
    local failing = lost_orders.copy_params { backup_id = BACKUPS.mixed_fails.id }
    assert(other:copy_backup(failing))
    sandbox.clock(10)
    lose_response("copy_backup", "reset_before")
    local _, err = client:copy_backup(failing)
    assert.same({ "unknown", true }, { err.outcome, #err.seen > 0 })
    assert.same({ "doubtful" }, fixture.verdicts)
    assert.equal(1, #sandbox.ledger())
  end)

  it("a lost copy has an unknown outcome when two copies match", function()
    sandbox.time_scale(lost_orders.FAST)
    local failing = lost_orders.copy_params { backup_id = BACKUPS.mixed_fails.id } -- a failed copy can be ordered again
    assert(other:copy_backup(failing))
    socket.sleep(0.05) -- until this copy has ended, as the service would otherwise reject the next copy
    lose_response "copy_backup"
    local _, err = client:copy_backup(failing)
    assert.same({ "unknown", 2 }, { err.outcome, #err.seen })
    assert.same({ "several" }, fixture.verdicts)
    assert.equal(2, #sandbox.ledger())
  end)

  it("a lost copy is not mistaken for an earlier failed copy of the same backup by the same client", function()
    sandbox.time_scale(lost_orders.FAST)
    local failing = lost_orders.copy_params { backup_id = BACKUPS.mixed_fails.id }
    local first = assert(client:copy_backup(failing))
    lose_response("copy_backup", "reset_before")
    local second = assert(client:copy_backup(failing))
    assert.is_nil(second.reconciled)
    assert.are_not.equal(first.replication_record_id, second.replication_record_id)
    socket.sleep(0.05) -- until the second copy has ended, as the service would otherwise reject the third copy
    lose_response "copy_backup"
    local _, err = client:copy_backup(failing)
    assert.equal("unknown", err.outcome) -- no task names a record, and no record names a task
    assert.equal(3, #sandbox.ledger())
  end)

  it("many concurrent copies of one client are all found after all of their responses were lost", function()
    lose_response("copy_backup", nil, { times = 4 })
    local list = { BACKUPS.server_web.id, BACKUPS.server_db.id, BACKUPS.server_cache.id, BACKUPS.single_only.id }
    local results, errors = cbr.map(list, function(id)
      return client:copy_backup(lost_orders.copy_params { backup_id = id })
    end)
    assert.same({}, errors)
    for i, id in ipairs(list) do
      assert.same({ id, true }, { results[i].backup_id, results[i].reconciled })
    end
    assert.equal(4, #sandbox.ledger())
  end)

  it("a copy and a replication of its vault, whose responses are both lost, are both found", function()
    for _ = 1, 4 do
      sandbox.reset()
      lose_response "copy_backup"
      lose_response "replicate"
      assert(client:list_vault {}) -- the key is accepted; otherwise the client would send one order alone first
      local results, errors = cbr.map({ "copy_backup", "replicate" }, function(name)
        return client[name](client, lost_orders.PARAMS[name])
      end)
      local of_operation = {}
      for _, order in ipairs(sandbox.ledger()) do
        assert.is_nil(of_operation[order.operation])
        of_operation[order.operation] = order
      end
      for i, name in ipairs { "copy_backup", "replicate" } do
        local order, result = of_operation[name], results[i]
        if result then
          local part = result.backups and result.backups[1] or result
          assert.is_table(order, name .. " reported an order that was not accepted")
          assert.equal(#order.made, result.backups and #result.backups or 1)
          local is_own = false
          for _, made in ipairs(order.made) do
            is_own = is_own or made.replication_record_id == part.replication_record_id
          end
          assert.is_true(is_own)
        elseif errors[i].outcome ~= "unknown" then
          assert.is_nil(order, name .. " was accepted: " .. tostring(errors[i]))
        end
      end
    end
  end)

  it("find_order finds a copy that another process ordered", function()
    lose_response "copy_backup"
    local since = os.time()
    local _, err = other:copy_backup(COPY, { reconcile = false })
    assert.equal("unknown", err.outcome)
    local copy = assert(client:find_order("copy_backup", COPY, { since = since }))
    assert_is_order(1, copy)
  end)

  it("a lost copy has an unknown outcome when the backup cannot be read", function()
    lose_response "copy_backup"
    lost_orders.reject "show_backup"
    local _, err = client:copy_backup(COPY)
    assert.equal("unknown", err.outcome)
    assert.same({ "unread" }, fixture.verdicts)
  end)
end)

describe("the evidence of a copy", function()
  local VAULT, RECORD = "7379f99e-c640-44c5-90b8-e4650dab754e", "11111111-1111-4111-8111-111111111111"

  local function stamp()
    return os.date "!%Y-%m-%dT%H:%M:%SZ"
  end

  local function task(id, source, request_id, changes)
    local made = {
      id = id, operation_type = "replication", status = "running", created_at = stamp(), vault_id = VAULT,
      extra_info = {
        common = { request_id = request_id },
        replication = { source_backup_id = source, destination_region = COPY.destination_region },
      },
    }
    return support.merge(made, changes)
  end

  local function read(shown)
    local client = { clock_offset = 0, region = "cn-north-4", project_id = "p", entries = {} }
    local backup = {
      id = COPY.backup_id, vault_id = shown.vault_id == nil and VAULT or shown.vault_id or nil,
      replication_records = shown.records,
    }
    local asked = {}
    local function reader(name, params)
      if name == "show_backup" then
        return backup
      end
      asked[#asked + 1] = params
      return { operation_logs = (params.offset or 0) == 0 and shown.tasks or {}, count = #shown.tasks }
    end
    local searched = entries.open_foreign(client, "copy", COPY)
    searched:note_open { at = core.monotonic(), wall = os.time() }
    local found, err = evidence.read(searched, reader)
    return found, asked, err
  end

  local function record(changes)
    local made = {
      id = RECORD, destination_region = COPY.destination_region, status = "replicating", created_at = stamp(),
    }
    return support.merge(made, changes)
  end

  it("a task and its record are evidence of one copy, and the search reads only the tasks of one vault", function()
    local shown, asked = read { tasks = { task("t", COPY.backup_id, "r") }, records = { record() } }
    assert.equal(1, #shown.orders)
    assert.same({ RECORD, true }, { shown.orders[1].result.replication_record_id, shown.orders[1].is_complete })
    assert.same({ VAULT, VAULT }, { asked[1].vault_id, shown.vault_id })
  end)

  it("a record without a task is evidence of a copy, and a task without a record is incomplete evidence", function()
    local shown = read { tasks = {}, records = { record() } }
    assert.equal(RECORD, shown.orders[1].result.replication_record_id)
    shown = read { tasks = { task("t", COPY.backup_id, "r") }, records = {} }
    assert.same({ 1, false }, { #shown.orders, shown.orders[1].is_complete })
  end)

  it("a task that names no backup may be of another copy: it proves an order, but gives no result", function()
    local shown = read { tasks = { task("t", nil, "r") }, records = {} }
    assert.same({ 1, nil }, { #shown.orders, shown.orders[1].result })
  end)

  it("a task does not count as the copy of one backup if its request has also copied another backup", function()
    local tasks = { task("t", COPY.backup_id, "r"), task("u", BACKUPS.server_db.id, "r") }
    local shown = read { tasks = tasks, records = { record() } }
    assert.same({ {}, true }, { shown.orders, shown.is_running })
    tasks[1].status = "success"
    shown = read { tasks = tasks, records = { record() } }
    assert.same({ {}, false }, { shown.orders, shown.is_running })
    -- with a second record, nothing shows which of the two records belongs to the copy
    shown = read { tasks = tasks, records = { record(), record { id = "other" } } }
    assert.same({ 1, nil }, { #shown.orders, shown.orders[1].result })
  end)

  it("the evidence shows two copies if two tasks match, with or without request ids, or two records match", function()
    for _, shown in ipairs {
      { tasks = { task("t", COPY.backup_id, "r"), task("u", COPY.backup_id, "s") }, records = {} },
      { tasks = { task("t", COPY.backup_id), task("u", COPY.backup_id) }, records = {} },
      { tasks = { task("t", COPY.backup_id, "r"), task("u", COPY.backup_id, "r") }, records = {} },
      { tasks = {}, records = { record(), record { id = "other" } } },
      { tasks = { task("t", COPY.backup_id, "r") }, records = { record(), record { id = "other" } } },
    } do
      assert.equal(2, #read(shown).orders)
    end
  end)

  it("a copy to another region counts as in progress only if it is a copy of the backup of the order", function()
    local elsewhere = { replication = { source_backup_id = COPY.backup_id, destination_region = "eu-de" } }
    for source, expected in pairs { [COPY.backup_id] = true, [BACKUPS.server_db.id] = false } do
      elsewhere.replication.source_backup_id = source
      local shown = read { tasks = { task("t", source, "r", { extra_info = elsewhere }) }, records = {} }
      assert.same({ {}, expected }, { shown.orders, shown.is_running })
    end
  end)

  it("the search for a copy reads the tasks of all vaults when the backup does not name its vault", function()
    local shown, asked = read { vault_id = false, tasks = { task("t", COPY.backup_id, "r") }, records = {} }
    assert.same({ 1, nil }, { #shown.orders, asked[1].vault_id })
  end)
end)
