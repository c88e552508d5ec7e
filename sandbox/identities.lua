--- The identities among the fixtures: accounts, users, keys, tokens, and the identities of a server and a pod.
-- Plain data that loads in every Lua from 5.1 on. sandbox.fixtures has each field of this table under the same name.

local identities = {}

--- Accounts, which IAM calls domains.
identities.accounts = {
  home = { id = "3b8f7d1c5ea94f60a2c7d9e10b46f835", name = "sandbox_home" },
  other = { id = "c9e2417a80bd43f5967e1d3fa85c20b4", name = "sandbox_other" },
}

identities.users = {
  home = {
    -- The password has characters that JSON must escape.
    id = "7fd10c62b9e84a35af06c8d2e417b953", name = "sandbox_robot", account = "home",
    password = "Sandbox-robot-123 \"quoted\" \\ ü",
  },
  other = {
    id = "a46be8f39c0d4127b5d8f7e2013c6a9e", name = "sandbox_stranger", account = "other",
    password = "Sandbox-stranger-456",
  },
}

-- A key is valid for all projects of its account.
identities.keys = {
  home = { ak = "SANDBOXHOMEKEY000001", sk = "sandboxHomeSecretKeyForNobodyAtAll000001", account = "home" },
  other = { ak = "SANDBOXOTHERKEY00001", sk = "sandboxOtherSecretKeyForNobodyAtAll00001", account = "other" },
  temporary = {
    ak = "SANDBOXTEMPORARY0001", sk = "sandboxTemporarySecretKeyForNobody000001", account = "home",
    security_token = "gQpjbi1ub3J0aC00SANDBOX+U0ZugXVmeJNChF3ghAO0KgKfW8bm7/VdeUn5KhgVZ7MglRAoRHQjPiamk7u5T==",
  },
}

-- Values of X-Auth-Token. Each token is valid for one project, because the service accepts only project-scoped tokens.
identities.tokens = {
  home = { value = "MIIsandboxTokenOfHome0000000000000000000", project = "home" },
  east = { value = "MIIsandboxTokenOfEast0000000000000000000", project = "east" },
  de = { value = "MIIsandboxTokenOfDe000000000000000000000", project = "de" },
  nl = { value = "MIIsandboxTokenOfNl000000000000000000000", project = "nl" },
  other = { value = "MIIsandboxTokenOfOther000000000000000000", project = "other" },
  expired = { value = "MIIsandboxTokenThatHasExpired00000000000", project = "home", expired = true },
}

--- Identity providers that an account trusts (X-Idp-Id), and the id tokens that these providers issued. The id tokens
-- have the form of a JWT, but the sandbox only compares their text.
identities.identity_providers = {
  home = { id = "sandbox_idp", account = "home" },
}

local function jwt(payload)
  return "eyJhbGciOiAiUlMyNTYiLCAidHlwIjogIkpXVCJ9." .. payload .. ".c2FuZGJveC1zaWduYXR1cmUtb2Ytbm9ib2R5"
end

identities.id_tokens = {
  home = {
    value = jwt "eyJpc3MiOiAiaHR0cHM6Ly9pZHAuc2FuZGJveC5pbnZhbGlkIiwgInN1YiI6ICJyb2JvdCIsICJleHAiOiA0MTAyNDQ0ODAwfQ",
    idp = "home",
  },
  expired = {
    value = jwt "eyJpc3MiOiAiaHR0cHM6Ly9pZHAuc2FuZGJveC5pbnZhbGlkIiwgInN1YiI6ICJyb2JvdCIsICJleHAiOiAxNTc3ODM2ODAwfQ",
    idp = "home", expired = true,
  },
}

--- Agencies. An agency was created by `account`, and may be used by the users of the account `trusts`.
identities.agencies = {
  other = { name = "sandbox_backup_agency", account = "other", trusts = "home" },
  own = { name = "sandbox_own_agency", account = "home", trusts = "home" },
}

--- The cloud server that the metadata service belongs to, and the agency of this server.
identities.instance = {
  id = "2c1d7c0e-93f5-4b6f-8a52-6f4f1d0b7e39", name = "sandbox-server", agency = "sandbox_agency", project = "home",
}

--- The pod that may use the container credentials endpoint: the path of the endpoint, the content of its token file.
identities.container = {
  account = "home", path = "/v1/credentials", token = jwt "eyJzdWIiOiJzYW5kYm94OnBvZCJ9",
}

return identities
