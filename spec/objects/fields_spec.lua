-- What tasks and replication records say, in all forms in which the service writes them.

local fields = require "cbr.objects.fields"

describe("cbr.objects.fields", function()
  it("an id is the text as the service wrote it, and a value of another type is no id", function()
    assert.equal("a\n", fields.id "a\n")
    for _, value in ipairs { "", 5, true, {} } do
      assert.is_nil(fields.id(value))
    end
    assert.is_nil(fields.id(nil))
  end)

  it("words for people are one line without control characters, and may be a number", function()
    assert.same({ "one two", "a [2Jb", "6406" },
      { fields.words "one\ntwo", fields.words "a\27[2Jb", fields.words(6406) })
    for _, value in ipairs { "", true, {} } do
      assert.is_nil(fields.words(value))
    end
    assert.is_nil(fields.words(nil))
  end)

  it("a value agrees with the wanted text unless it is another text", function()
    assert.is_true(fields.agrees("eu-de", "EU-DE"))
    assert.is_false(fields.agrees("a", "b"))
    assert.is_false(fields.agrees(nil, "b"))
    for _, nothing in ipairs { "", 5, false, {} } do
      assert.is_true(fields.agrees("a", nothing))
    end
    assert.is_true(fields.agrees("a", nil))
  end)

  it("a replication record says what it copies, to where, and how far it is", function()
    assert.same({
      status = "skipped", progress = 40, fail_code = "6406", fail_reason = "no room", auto_trigger = false,
      source_backup_id = "s", source_region = "a", destination_backup_id = "d", destination_region = "b",
      destination_project_id = "p", destination_vault_id = "v",
    }, fields.of_record {
      id = "r", status = "skip", source_backup_id = "s", source_region = "a", destination_backup_id = "d",
      destination_region = "b", destination_project_id = "p", destination_vault_id = "v",
      extra_info = '{"progress":"40","fail_code":6406,"fail_reason":"no\\nroom","auto_trigger":false}',
    })
    assert.same({ status = "running", unknown_status = "rehearsing" }, fields.of_record { status = "rehearsing" })
  end)

  it("a record names the destination vault in itself or in its details, also with the name's old spelling", function()
    local misspelt = { destinatio_vault_id = "v" }
    for _, record in ipairs {
      { destination_vault_id = "v", extra_info = { destination_vault_id = "other" } },
      { destination_vault_id = "", extra_info = { destination_vault_id = "v" } },
      { extra_info = misspelt }, { destination_vault_id = 5, extra_info = misspelt },
    } do
      assert.equal("v", fields.of_record(record).destination_vault_id)
    end
  end)

  it("a task says which request created it, what it copies, and why it failed", function()
    assert.same({
      status = "failed", progress = 30, request_id = "q", fail_code = "6010", fail_reason = "no room",
      source_backup_id = "s", destination_region = "b",
    }, fields.of_task {
      status = "failed", error_info = { code = "6010", message = "no room" },
      extra_info = { common = { progress = 30, request_id = "q" },
        replication = { source_backup_id = "s", destination_region = "b", destination_backup_id = "" } },
    })
    assert.same({ status = "success" }, fields.of_task {
      status = "success", error_info = { code = "", message = "" }, extra_info = { backup = { backup_id = "b" } },
    })
    assert.equal("the task timed out at the service", fields.of_task { status = "timeout" }.fail_reason)
  end)

  it("an id or a region that is not a text counts as missing, because it proves nothing", function()
    local wrong = {
      source_backup_id = 5, source_region = true, destination_backup_id = {}, destination_region = 5,
      destination_project_id = false, destination_vault_id = 5,
    }
    assert.same({ status = "success" }, fields.of_task {
      status = "success", extra_info = { common = { request_id = 5 }, replication = wrong },
    })
    wrong.status, wrong.extra_info = "success", { auto_trigger = "yes" }
    assert.same({ status = "success" }, fields.of_record(wrong))
  end)

  it("one part of a task's details is a table, whatever the service sends", function()
    assert.same({ backup_id = "b" }, fields.about({ extra_info = '{"backup":{"backup_id":"b"}}' }, "backup"))
    for _, task in ipairs { {}, { extra_info = 5 }, { extra_info = { backup = "none" } } } do
      assert.same({}, fields.about(task, "backup"))
    end
    assert.same({}, fields.about(nil, "backup"))
  end)
end)
