-- Which bodies with status 2xx are those of errors. spec/call/response_spec.lua and
-- spec/call/malformed_responses_spec.lua read whole responses.

local failure = require "cbr.call.failure"

describe("a body with status 2xx", function()
  it("states an error if it has the code of one", function()
    for _, body in ipairs {
      { error_code = "BackupService.6001", error_msg = "m" }, { errorCode = "APIGW.0301" },
      { error = { code = "IAM.0101", message = "m" } }, { code = "BackupService.6001", message = "m" },
      { error_code = 6001 },
    } do
      assert.is_true(failure.states_error(body))
    end
  end)

  it("states none if the code means success, or if the fields belong to a result", function()
    for _, body in ipairs {
      {}, { error_code = "0" }, { error_code = "" }, { errorCode = "OK", error = "none" }, { error = {} },
      { error_code = "CBC.1", vault = {} }, { error_code = "CBC.1", orders = {} }, { code = "a", message = "m" },
      { code = "BackupService.6001" }, { error = { code = "0", message = "m" } }, { error = { code = "IAM.0101" } },
    } do
      assert.is_false(failure.states_error(body))
    end
  end)
end)
