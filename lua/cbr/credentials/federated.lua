--- A federated identity: an id token in a file, exchanged at IAM for temporary keys. The file is read at each renewal,
-- since whoever writes it replaces it.

local files = require "cbr.util.files"
local fresh = require "cbr.credentials.renewed"
local iam = require "cbr.credentials.iam"

local federated = {}

--- Makes the source.
---@param given { idp_id: string, id_token_file: string, iam_endpoint?: string }
---@return function? source
---@return string? reason
function federated.source(given)
  for _, name in ipairs { "idp_id", "id_token_file" } do
    if type(given[name]) ~= "string" or given[name] == "" then
      return nil, ("%s is missing"):format(name)
    end
  end
  return fresh.source("federated", function(self, deadline)
    local id_token, reason = files.word(given.id_token_file)
    if not id_token then
      return nil, "the id token: " .. reason
    end
    return iam.federated_keys(self, given, id_token, deadline)
  end)
end

return federated
