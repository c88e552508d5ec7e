--- Who there is in the sandbox's cloud: accounts, users, keys, tokens, and what vouches for a machine.
-- Plain data, part of the world (spec.sandbox.world has every field of it); loads in every Lua from 5.1 on.

local identities = {}

--- Accounts, which IAM calls domains.
identities.accounts = {
  home = { id = "3b8f7d1c5ea94f60a2c7d9e10b46f835", name = "sandbox_home" },
  other = { id = "c9e2417a80bd43f5967e1d3fa85c20b4", name = "sandbox_other" },
}

identities.users = {
  home = {
    -- A password with everything that a JSON text must escape.
    id = "7fd10c62b9e84a35af06c8d2e417b953", name = "sandbox_robot", account = "home",
    password = "Sandbox-robot-123 \"quoted\" \\ ü",
  },
  other = {
    id = "a46be8f39c0d4127b5d8f7e2013c6a9e", name = "sandbox_stranger", account = "other",
    password = "Sandbox-stranger-456",
  },
}

-- Whoever holds a key acts for one account (`account`), in all of that account's projects.
identities.keys = {
  home = { ak = "SANDBOXHOMEKEY000001", sk = "sandboxHomeSecretKeyForNobodyAtAll000001", account = "home" },
  other = { ak = "SANDBOXOTHERKEY00001", sk = "sandboxOtherSecretKeyForNobodyAtAll00001", account = "other" },
  temporary = {
    ak = "SANDBOXTEMPORARY0001", sk = "sandboxTemporarySecretKeyForNobody000001", account = "home",
    security_token = "gQpjbi1ub3J0aC00SANDBOX+U0ZugXVmeJNChF3ghAO0KgKfW8bm7/VdeUn5KhgVZ7MglRAoRHQjPiamk7u5T==",
  },
}

-- Values of X-Auth-Token. A token is good for one project, as the service wants project-scoped ones.
identities.tokens = {
  home = { value = "MIIsandboxTokenOfHome0000000000000000000", project = "home" },
  east = { value = "MIIsandboxTokenOfEast0000000000000000000", project = "east" },
  de = { value = "MIIsandboxTokenOfDe000000000000000000000", project = "de" },
  nl = { value = "MIIsandboxTokenOfNl000000000000000000000", project = "nl" },
  expired = { value = "MIIsandboxTokenThatHasExpired00000000000", project = "home", expired = true },
}

--- Identity providers that an account trusts (X-Idp-Id), and id tokens they signed: JWTs in form, never read.
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

--- The server whose metadata service this is, with an agency of its project's account.
identities.instance = {
  id = "2c1d7c0e-93f5-4b6f-8a52-6f4f1d0b7e39", name = "sandbox-server", agency = "sandbox_agency", project = "home",
}

--- The pod of the container credentials endpoint: what its token file holds, and where it asks.
identities.container = {
  account = "home", path = "/v1/credentials", token = jwt "eyJzdWIiOiJzYW5kYm94OnBvZCJ9",
}

return identities
