--- A federated identity: an id token in a file, which IAM exchanges for temporary keys. The file is read at each
-- renewal, because another program renews the token in it.

local files = require "cbr.util.files"
local forms = require "cbr.credentials.forms"
local iam = require "cbr.credentials.iam"
local renewed = require "cbr.credentials.renewed"

local federated = {}

--- Makes the source of a federated identity's credentials (see cbr.credentials.choose).
---@param given { idp_id: string, id_token_file: string, iam_endpoint?: string }
---@param allow_http? boolean
---@return function? source
---@return string|cbr.Error|nil reason
function federated.source(given, allow_http)
  for _, name in ipairs { "idp_id", "id_token_file" } do
    if type(given[name]) ~= "string" or given[name] == "" then
      return nil, ("%s is missing"):format(name)
    end
  end
  local iam_origin, problem
  if given.iam_endpoint then
    iam_origin, problem = forms.origin(given.iam_endpoint, {
      setting = "credentials.iam_endpoint", allow_http = allow_http,
    })
    if not iam_origin then
      return nil, problem
    end
  end
  local identity = { idp_id = given.idp_id, iam_endpoint = iam_origin }
  return renewed.source("federated", function(client, deadline)
    local id_token, reason = files.word(given.id_token_file)
    if not id_token then
      return nil, "the id token: " .. reason
    end
    return iam.federated_keys(client, identity, id_token, deadline)
  end)
end

return federated
