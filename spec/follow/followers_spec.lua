-- What client:wait accepts: results of orders, task ids, and lists of them.

local followers = require "cbr.follow.followers"

local ID = "0b7e4a4c-6a8a-4f10-9a5e-1d1c5f0d3c21"

describe("the first argument of client:wait", function()
  it("client:wait accepts a task id, the result of a sync, and the result of a replicate", function()
    assert.equal(1, #followers.of(ID))
    assert.equal(1, #followers.of { operation_log_id = ID, vault_id = ID })
    local list = followers.of { vault_id = ID, backups = { { backup_id = "a" }, { backup_id = "b" } } }
    assert.equal(1, #list)
    assert.equal(2, #list[1].items)
  end)

  it("client:wait accepts the results of copy_backup, create_checkpoint, restore_backup and delete_vault", function()
    for _, result in ipairs {
      { backup_id = ID, replication_record_id = ID, destination_region = "eu-nl", destination_vault_id = ID },
      { id = ID, status = "protecting", vault = { id = ID, resources = { { id = ID } } } },
      { operation_type = "restore", backup_id = ID }, { operation_type = "vault_delete", vault_id = ID },
    } do
      local list = followers.of(result)
      assert.same({ 1, false }, { #list, list.is_list })
      assert.equal(1, #list[1].items)
    end
  end)

  it("client:wait accepts a list of task ids and results, also a nested one", function()
    assert.equal(3, #followers.of { ID, { operation_log_id = ID }, { { vault_id = ID, backups = {} } }, {} })
    assert.equal(0, #followers.of {})
    assert.is_true(followers.of { ID }.is_list)
    assert.is_false(followers.of(ID).is_list)
    assert.is_false(followers.of { operation_log_id = ID }.is_list)
  end)

  it("client:wait rejects anything but a task id, a result, or a list of such values", function()
    for _, other in ipairs { "not an id", "task_1", 7, true, { backups = {} }, { ID, "x" }, { ID, x = ID } } do
      local list, problem, is_of_service = followers.of(other)
      assert.is_nil(list)
      assert.matches("is needed$", problem)
      assert.is_nil(is_of_service)
    end
  end)

  it("client:wait rejects a list with a hole, instead of following only the values before the hole", function()
    local _, problem = followers.of { ID, nil, ID }
    assert.equal("the list has no entry 2: leave out the calls that failed", problem)
    _, problem = followers.of { [2] = ID }
    assert.matches("no entry 1", problem)
    _, problem = followers.of { { ID, [3] = ID } }
    assert.matches("no entry 2", problem)
  end)

  it("client:wait rejects a list that contains itself, but accepts a list that contains one list twice", function()
    local list, inner = { ID }, { ID }
    list[2] = { list }
    local _, problem = followers.of(list)
    assert.equal("the list contains itself", problem)
    assert.equal(2, #followers.of { inner, inner })
  end)

  it("client:wait reports a result without the ids that it needs as a fault of the service", function()
    for _, result in ipairs {
      { vault_id = ID }, { operation_log_id = "x" }, { vault_id = ID, backups = { {} } },
      { vault_id = ID, backups = { 7 } }, { operation_log_id = 5, vault_id = ID }, { destination_region = "eu-nl" },
      { operation_type = "restore" }, { operation_type = "restore", vault_id = ID }, { operation_type = "sync" },
      { vault = {} }, { vault = { id = ID } }, { id = ID, vault = 7 },
    } do
      local list, problem, is_of_service = followers.of(result)
      assert.is_nil(list)
      assert.matches("lacks the ids", problem)
      assert.is_true(is_of_service)
    end
  end)
end)
