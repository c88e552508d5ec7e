-- The free space of a vault.

local capacity = require "cbr.objects.capacity"

describe("cbr.objects.capacity", function()
  it("the size and the used space of a vault are numbers of GB, or unknown", function()
    assert.same({ 300, 1.5 }, { capacity.of { billing = { size = "300", used = 1536 } } })
    assert.same({ nil, 0 }, { capacity.of { billing = { used = 0 } } })
    assert.same({}, { capacity.of {} })
  end)

  it("the free space of a vault is its size in GB without its used space in MB", function()
    assert.equal(100 - 1 / 1024, (capacity.free_gb { billing = { size = 300, used = 200 * 1024 + 1 } }))
    assert.equal(-1, (capacity.free_gb { billing = '{"size":"1","used":"2048"}' }))
  end)

  it("the free space of a vault is unknown if the service does not show its size or its used space", function()
    for _, billing in ipairs { { size = 1 }, { used = 1 }, { size = 1, used = "much" } } do
      assert.is_nil((capacity.free_gb { billing = billing }))
    end
    assert.is_nil((capacity.free_gb {}))
  end)

  it("a vault with auto_expand grows when it is full", function()
    local billing = { size = 1, used = 2048 }
    assert.same({ -1, true }, { capacity.free_gb { billing = billing, auto_expand = true } })
    assert.same({ -1, false }, { capacity.free_gb { billing = billing, auto_expand = "yes" } })
  end)
end)
