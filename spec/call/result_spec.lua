-- The body of a successful response: what counts as a result.

local operations = require "cbr.operations"
local result = require "cbr.call.result"

describe("the body of a successful response", function()
  local function read(name, body)
    return result.read({
      definition = name and assert(operations[name]), params = { backup_id = "b", server_id = "s" },
      client = { clock_offset = 0 },
      response = { seconds = 2.5, headers = { date = "Thu, 26 Nov 2026 08:00:00 GMT", ["x-request-id"] = "r" } },
    }, body)
  end

  it("an empty body, or a body that says only OK, is read as true if the operation returns no content", function()
    for _, name in ipairs { "delete_backup", "delete_vault_tag", "create_vault_tags" } do
      for _, body in ipairs { "", "  ", "\r\n", "null", " null\n", '"OK"', "OK", '""', "true", '"success"' } do
        local value, problem = read(name, body)
        assert.equal(true, value, ("'%s': %s"):format(body, tostring(problem)))
      end
      for _, body in ipairs { "<html>login</html>", "no", '"no"', "7", "{" } do
        local value, problem = read(name, body)
        assert.is_nil(value, body)
        assert.matches("the response is not JSON", problem)
      end
    end
  end)

  it("if the operation starts a task, a body that is empty or says only OK becomes a result for client:wait", function()
    for _, body in ipairs { "", "null", '"OK"', "{}", " [ ]\n" } do
      assert.same({
        operation_type = "restore", backup_id = "b", target_id = "s", request_id = "r",
        started_at = "2026-11-26T07:59:57Z",
      }, (read("restore_backup", body)))
      assert.equal("vault_delete", read("delete_vault", body).operation_type)
    end
    assert.is_nil((read("delete_vault", '{"error_code":"BackupService.6001","error_msg":"m"}')))
    local value, problem = read("restore_backup", "no")
    assert.is_nil(value)
    assert.matches("the response is not JSON", problem)
  end)

  it("a 2xx body with a code is an error only if the operation needs no object, list or order in the body", function()
    local bodies = {
      create_vault = '{"vault":{}}', show_summary = '{"a":1}', batch_update_vault = '{"a":1}',
      show_vault = '{"vault":{}}', show_backup = '{"backup":{}}', list_vault = '{"vaults":[]}',
      list_op_logs = '{"operation_logs":[]}',
      import_checkpoint = '{"sync":{"operation_log_id":"0b7e4a4c-6a8a-4f10-9a5e-1d1c5f0d3c21"}}',
    }
    local bare = { create_vault = true, show_summary = true, batch_update_vault = true }
    for name, body in pairs(bodies) do
      local value, problem = read(name, body)
      assert.is_table(value, tostring(problem))
      value, problem = read(name, (body:gsub("}$", ',"code":"BackupService.6001","message":"m"}')))
      assert.same({ not bare[name], nil }, { value ~= nil, problem }, name)
    end
    assert.is_nil((read(nil, '{"code":"BackupService.6001","message":"m"}')))
  end)

  it("a task's id in a body must be a UUID, but a copied backup's id may be any text that is not empty", function()
    assert.is_table((read("copy_backup", '{"replication":{"backup_id":"b"}}')))
    assert.is_nil((read("copy_backup", '{"replication":{"backup_id":""}}')))
    assert.is_nil((read("import_checkpoint", '{"sync":{"operation_log_id":"mock_task_1"}}')))
  end)

  it("a body contradicts the request if the body has the id of another resource, vault or destination", function()
    local function problem_of(name, params, body)
      return select(2, result.read({ definition = operations[name], params = params }, body))
    end
    local words = "the response has another '%s' than the request"
    assert.equal(words:format "id", problem_of("show_vault", { vault_id = "a" }, '{"vault":{"id":"b"}}'))
    assert.is_nil(problem_of("show_vault", { vault_id = "a" }, '{"vault":{"id":"a"}}'))
    assert.is_nil(problem_of("show_vault", { vault_id = "a" }, '{"vault":{"id":7}}'))
    for _, shown in ipairs { "a", "A" } do -- ids are the same in upper and lower case
      local read_vault = { definition = operations.show_vault, params = { vault_id = "a" } }
      assert.equal(shown, assert(result.read(read_vault, ('{"vault":{"id":"%s"}}'):format(shown))).id)
    end
    local body = '{"sync":{"operation_log_id":"0b7e4a4c-6a8a-4f10-9a5e-1d1c5f0d3c21","vault_id":"b"}}'
    assert.equal(words:format "vault_id", problem_of("import_checkpoint", { vault_id = "a" }, body))
    assert.is_nil(problem_of("import_checkpoint", { vault_id = "b" }, body))
  end)

  it("an empty body, or a body that says only OK, is not valid for an operation that returns content", function()
    for _, body in ipairs { "", " ", "null" } do
      assert.is_nil((read("list_vault", body)))
      assert.is_nil((read("show_vault", body)))
      assert.is_nil((read("import_checkpoint", body)))
    end
    for _, name in ipairs { "create_vault", "show_summary" } do
      assert.is_nil((read(name, '"OK"')))
      assert.is_nil((read(name, "null")))
    end
  end)

  it("an empty object is a valid body for a change, but not for a read, a creation or an order", function()
    assert.same({}, read("update_vault", "{}"))
    assert.same({}, read("update_policy", "{}"))
    for _, name in ipairs { "show_vault", "create_policy", "import_checkpoint", "copy_checkpoint" } do
      assert.is_nil((read(name, "{}")))
    end
  end)

  it("an empty body becomes the result true for a custom request, since the operation is unknown", function()
    for _, body in ipairs { "", " ", "null" } do
      assert.equal(true, (read(nil, body)))
    end
    assert.is_nil((read(nil, "OK")))
    assert.same({ a = 1 }, (read(nil, '{"a":1}')))
  end)

  it("a body with a long row of spaces is read in a short time #many", function()
    local spaces, before = (" "):rep(1e6), os.clock()
    assert.same({ a = 1 }, (read(nil, '{"a":' .. spaces .. "1}")))
    assert.is_nil((read(nil, spaces .. "O" .. spaces .. "K")))
    assert.equal(true, (read("delete_backup", spaces .. "OK" .. spaces)))
    assert.is_true(os.clock() - before < 5) -- quadratic work would take hours
  end)
end)
