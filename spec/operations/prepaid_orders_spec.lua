-- Orders of prepaid vaults: the operations, compared with the API reference.

local documented = require "spec.helpers.documented"
local json = require "cbr.util.json"

describe("operations: orders of prepaid vaults", function()
  it("cbr.operations.prepaid_orders has exactly the 3 operations of its group in the reference", function()
    documented.is_complete("prepaid_orders", 3)
  end)

  for _, known in ipairs(documented.group "prepaid_orders") do
    it(documented.title(known), function()
      documented.is_sent(known)
    end)
  end

  it("update_order sends its names in camel case", function()
    local request = documented.sent("update_order", {
      order_id = "o-1", resource_id = "r",
      product_info = { product_id = "p", resource_size = 10, resource_spec_code = "vault.backup.server.normal" },
      cloud_service_console_url = "https://console.test",
    })
    assert.equal("/orders/o-1", request.path)
    assert.same({
      productInfo = { productId = "p", resourceSize = 10, resourceSpecCode = "vault.backup.server.normal" },
      resourceId = "r", cloudServiceConsoleURL = "https://console.test",
    }, json.decode(request.body))
  end)
end)
