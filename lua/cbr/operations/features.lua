--- Operations that show the features of the service in a region.

local rules = require "cbr.operations.rules"

local operations = {}

local OFFSET = { name = "offset", type = "integer", from = 0, to = 1000 }

operations.list_features = { -- the response is an object of keys and values, not a list
  method = "GET",
  path = "/v3/{project_id}/cbr-features",
  params = { rules.limit, OFFSET },
}

operations.show_feature = {
  method = "GET",
  path = "/v3/{project_id}/cbr-features/{feature_key}",
  params = { { name = "feature_key", type = "string", max = 255 }, rules.limit, OFFSET },
}

return operations
