-- The meanings of the codes of the API gateway.

local codes = require "cbr.operations.about.gateway_codes"
local described = require "spec.helpers.described"
local service_codes = require "cbr.call.service_codes"

describe("meanings: codes of the gateway", function()
  it("each gateway code that cbr knows has a meaning, and the gateway code 0201 has a meaning too", function()
    local numbers = { ["0201"] = true } -- this code has four meanings, which only the HTTP status tells apart
    for code in pairs(service_codes.known) do
      numbers[code:match "^APIGW%.(%d+)$" or "0201"] = true
    end
    for number in pairs(numbers) do
      described.is_sentence(codes[number], number)
    end
    for number in pairs(codes) do
      assert.is_true(numbers[number], number)
    end
  end)
end)
