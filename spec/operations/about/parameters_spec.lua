-- Meanings that several parameters share.

local described = require "spec.helpers.described"
local parameters = require "cbr.operations.about.parameters"

describe("meanings: shared parameters", function()
  it("each shared meaning of a parameter is a sentence about a parameter that exists", function()
    for key, meaning in pairs(parameters) do
      described.is_sentence(meaning, key)
    end
    described.are_used(parameters, function(description)
      return description.parameters
    end)
  end)
end)
