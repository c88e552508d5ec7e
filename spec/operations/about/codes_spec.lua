-- The meanings of the codes of the service.

local codes = require "cbr.operations.about.codes"
local described = require "spec.helpers.described"
local service_codes = require "cbr.call.service_codes"

describe("meanings: codes of the service", function()
  it("each service code that cbr knows has a meaning, and no other service code has a meaning", function()
    local count = 0
    for code in pairs(service_codes.known) do
      local number = code:match "^BackupService%.(%d+)$"
      if number then
        described.is_sentence(codes[number], code)
        count = count + 1
      end
    end
    for number in pairs(codes) do
      assert.is_table(service_codes.known["BackupService." .. number], number)
      count = count - 1
    end
    assert.equal(0, count)
  end)
end)
