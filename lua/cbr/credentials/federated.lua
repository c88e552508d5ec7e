--- A federated identity: an id token in a file, exchanged at IAM for temporary keys. The file is read at each renewal,
-- since another program keeps it up to date.

local files = require "cbr.util.files"
local iam = require "cbr.credentials.iam"
local renewed = require "cbr.credentials.renewed"
local tables = require "cbr.util.tables"

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
  given = tables.copy(given) -- the caller may change it
  return renewed.source("federated", function(client, deadline)
    local id_token, reason = files.word(given.id_token_file)
    if not id_token then
      return nil, "the id token: " .. reason
    end
    return iam.federated_keys(client, given, id_token, deadline)
  end)
end

return federated
