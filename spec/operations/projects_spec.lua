-- Projects and accounts: the operations, compared with the API reference.

local documented = require "spec.helpers.documented"

describe("operations: projects and accounts", function()
  it("cbr.operations.projects has exactly the 5 operations of its group in the reference", function()
    documented.is_complete("projects", 5)
  end)

  for _, known in ipairs(documented.group "projects") do
    it(documented.title(known), function()
      documented.is_sent(known)
    end)
  end

  it("paths about accounts do not contain the client's project id", function()
    for name, params in pairs {
      list_projects = {}, show_domain = { source_project_id = ("0a"):rep(16) },
      list_domain_projects = { domain_name = "an account" }, show_migrate_status = {},
    } do
      assert.is_nil(documented.sent(name, params).path, name)
    end
    assert.equal("/v3/domain/an%20account/projects",
      documented.sent("list_domain_projects", { domain_name = "an account" }).uri)
  end)

  it("list_projects lists the account's projects", function()
    local _, response = documented.sent("list_projects", {})
    assert.is_string(response.projects[1].id)
  end)
end)
