--- What the fields of the option `credentials` mean, in the order of the annotations: { name, meaning, type }. The type
-- is `string` unless it is given.

local sources = require "cbr.credentials.sources"

local SOURCE_TYPES = {}
for i, source in ipairs(sources) do
  SOURCE_TYPES[i] = ('"%s"'):format(source.name)
end
SOURCE_TYPES[#SOURCE_TYPES + 1] = "cbr.Credentials|function"

return {
  { "access_key", "Access key." }, { "secret_key", "Secret key." },
  { "security_token", "Security token of a temporary key." },
  { "token", "Token of a user." }, { "username", "Name of a user." }, { "password", "Password of the user." },
  { "domain_name", "Name of the account of the user or of the agency." },
  { "project_id", "Id of the user's project." },
  { "project_name", "Name of the user's project." }, { "idp_id", "Id of an identity provider." },
  { "id_token_file", "File with the id token." }, { "iam_endpoint", "URL of IAM." },
  { "source", "Name of a source of the credential chain; for an agency, the credentials that may use the agency.",
    table.concat(SOURCE_TYPES, "|") },
  { "agency", "Name of an agency." }, { "domain_id", "Id of the account of the agency." },
  { "duration", "Life of the agency's keys in seconds.", "integer" },
  { "file", "Profile file." }, { "uri", "URL of a container's credentials." },
  { "token_file", "File with the token for `uri`." },
  { "endpoint", "URL of the metadata service." },
}
