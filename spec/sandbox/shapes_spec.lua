-- The form of the sandbox's responses, as recordings of the service show it.

local cjson = require "cjson"
local raw_client = require "spec.helpers.raw_client"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures
local vaults = fixtures.vaults
local null = cjson.null

-- Asserts that an object has each of these members, with these values.
local function assert_has(members, object)
  for name, value in pairs(members) do
    assert.same({ [name] = value }, { [name] = object[name] })
  end
end

describe("the sandbox's responses", function()
  before_each(sandbox.reset)
  teardown(sandbox.reset)

  it("the sandbox sends a vault with all fields that the service sends", function()
    local response = raw_client.send(raw_client.path("vaults/" .. vaults.server.id))
    assert.matches('"bind_rules":{}', response.text, 1, true)
    local vault = response.body.vault
    assert_has({
      description = null, availability_zone = "", sys_lock_source_service = "", supplier = "",
      user_id = fixtures.users.home.id, backup_name_prefix = null, demand_billing = false, cbc_delete_count = 0,
      frozen = false, cross_account = false, cross_account_urn = "", locked = false,
    }, vault)
    assert_has({ is_double_az = false, partner_bp_id = null, is_multi_az = false }, vault.billing)
    assert_has({ protect_status = "available", auto_protect = true, size = 40 }, vault.resources[1])
  end)

  it("the sandbox sends no protection status for the resources of a replication vault", function()
    sandbox.time_scale(1e6)
    local order = { replicate = support.replicate_params() }
    local placed = raw_client.send(raw_client.path "checkpoints/replicate", { method = "POST", body = order })
    assert.equal(200, placed.status)
    support.run "sleep 0.1"
    local east = fixtures.projects.east
    local response = raw_client.send(("/v3/%s/vaults/%s"):format(east.id, vaults.replicas.id), {
      headers = { ["x-auth-token"] = fixtures.tokens.east.value },
    })
    local resource = response.body.vault.resources[1]
    assert.same({ null, nil }, { resource.protect_status, resource.extra_info })
  end)

  it("the sandbox sends different fields for backups of servers, of disks and of file systems", function()
    local function backup_in(name)
      return raw_client.get("backups?vault_id=" .. vaults[name].id).backups[1]
    end
    local server, disk, turbo = backup_in "server", backup_in "disk", backup_in "turbo"
    for _, backup in ipairs { server, disk, turbo } do
      assert_has({ scheduled_operation_id = null, resource_az = "cn-north-4a", expired_at = null }, backup)
      assert_has({ os_images_data = null, encrypted_algorithm = null, is_dec = false }, backup.extend_info)
    end
    assert_has({ bootable = null, progress = null, architecture = "x86_64", contain_system_disk = true },
      server.extend_info)
    assert.equal("0", server.extend_info.app_consistency.app_consistency_status)
    assert_has({ bootable = false, progress = 100, supported_restore_mode = null, app_consistency = null },
      disk.extend_info)
    assert.same({ null, nil }, { disk.protected_at, disk.extend_info.contain_system_disk })
    assert_has({ contain_system_disk = false, app_consistency = null }, turbo.extend_info)
  end)

  it("the sandbox lists backups without replication records unless show_replication asks for the records", function()
    local id = vaults.replicated.id
    assert.same({}, raw_client.get("backups?vault_id=" .. id).backups[1].replication_records)
    assert.equal(1, #raw_client.get("backups?show_replication=true&vault_id=" .. id).backups[1].replication_records)
    sandbox.quirks { records = false }
    assert.is_nil(raw_client.get("backups?vault_id=" .. id).backups[1].replication_records)
  end)

  it("the quirk replica_stamps gives a replica the times of its source, times of its own, or no times", function()
    local server = vaults.single
    local source = raw_client.get("backups?vault_id=" .. server.id).backups[1]
    raw_client.send(raw_client.path(("backups/%s/replicate"):format(source.id)), {
      method = "POST", body = { replicate = {
        destination_project_id = fixtures.projects.east.id, destination_region = fixtures.projects.east.region,
        destination_vault_id = vaults.replicas.id,
      } },
    })
    sandbox.forward(200)
    local function stamps(form)
      sandbox.quirks { replica_stamps = form }
      local client = support.client { project_id = fixtures.projects.east.id }
      local replica = assert(client:list_backups { vault_id = vaults.replicas.id }).backups[1]
      client:close()
      return replica.created_at, replica.protected_at
    end
    local own = stamps "own"
    assert.is_true(own > source.created_at, own)
    assert.same({ source.created_at, source.created_at }, { stamps "source" })
    assert.same({}, { stamps "null" })
    assert.equal(source.created_at, raw_client.get("backups/" .. source.id).backup.created_at)
  end)

  it("as Open Telekom Cloud, the sandbox sends only fields that the API pages of this cloud have", function()
    local headers = { ["x-auth-token"] = fixtures.tokens.de.value }
    local base = "/v3/" .. fixtures.projects.de.id
    local vault = raw_client.send(("%s/vaults/%s"):format(base, vaults.de_server.id), { headers = headers }).body.vault
    assert.same({}, { vault.supplier, vault.frozen, vault.billing.is_double_az })
    local backup = raw_client.send(base .. "/backups", { headers = headers }).body.backups[1]
    assert.same({}, { backup.scheduled_operation_id, backup.replication_records, backup.extend_info.is_dec })
  end)

  it("the sandbox sends each field of a restore point's resources as text", function()
    local backup = raw_client.get("backups?vault_id=" .. vaults.single.id).backups[1]
    local checkpoint = raw_client.get("checkpoints/" .. backup.checkpoint_id).checkpoint
    assert.same({ {
      id = backup.resource_id, name = backup.resource_name, type = "OS::Nova::Server", protect_status = "available",
      extra_info = "{}", resource_size = "40", backup_size = "40960", backup_size_multiaz = "0", backup_count = "1",
      auto_protect = "True",
    } }, checkpoint.vault.resources)
  end)

  it("the sandbox sends the gateway's headers, bodies in chunks, and a newline after an error", function()
    local good = raw_client.send(raw_client.path "vaults")
    local bad = raw_client.send(raw_client.path("vaults/" .. fixtures.nowhere.id))
    for _, response in ipairs { good, bad } do
      assert.equal("api-gateway", response.headers.server)
      assert.equal("chunked", response.headers["transfer-encoding"])
    end
    assert.matches("}$", good.text)
    assert.matches("}\n$", bad.text)
    local metadata = raw_client.send("/openstack/latest/meta_data.json", { base = sandbox.metadata })
    assert.equal(tostring(#metadata.text), metadata.headers["content-length"])
  end)

  it("the quirk gateway_words chooses the gateway's error message for an unknown access key", function()
    local function words()
      local authorization = "SDK-HMAC-SHA256 Access=NOSUCHKEY, SignedHeaders=host;x-sdk-date, Signature=00"
      local response = raw_client.send(raw_client.path "vaults", {
        headers = { ["x-auth-token"] = false, authorization = authorization },
      })
      assert.same({ 401, "APIGW.0301" }, { response.status, response.body.error_code })
      return response.body.error_msg
    end
    local begin = "Incorrect IAM authentication information: "
    assert.equal(begin .. "ak NOSUCHKEY not exist", words())
    sandbox.quirks { gateway_words = "old" }
    assert.equal(begin .. "Get secretKey failed,ak:NOSUCHKEY,err:ak not exist", words())
    sandbox.quirks { gateway_words = "bare" }
    assert.equal(begin .. "Unauthorized", words())
  end)

  it("a Keystone client finds the API by the sandbox's list of versions and its service catalog", function()
    local versions = raw_client.send("/", { headers = { ["x-auth-token"] = false } })
    assert.equal(300, versions.status)
    assert.equal(sandbox.plain .. "/v3/", versions.body.versions.values[1].links[1].href)
    local version = raw_client.send("/v3", { headers = { ["x-auth-token"] = false } })
    assert.same({ 200, "v3.6" }, { version.status, version.body.version.id })
    local urls = {}
    for _, service in ipairs(raw_client.send("/v3/auth/catalog").body.catalog) do
      urls[service.type] = service.endpoints[1].url
    end
    assert.equal(sandbox.plain .. "/v3", urls.identity)
    assert.equal(200, raw_client.send("/vaults", { base = urls.cbr }).status)
  end)
end)
