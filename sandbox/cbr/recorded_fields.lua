-- luacheck: std ngx_lua+luajit
--- Response fields of Huawei Cloud that its API pages do not document, or document differently.
--
-- Source: recordings of Huawei Cloud's responses from 2025, in the tests of cloud-custodian.

local json = require "sandbox.json"

local recorded_fields = {}

local null = json.null

--- Adds the recorded fields to a vault's response table.
function recorded_fields.vault(view, vault)
  if view.description == "" then
    view.description = null
  end
  view.supplier, view.demand_billing = "", vault.demand_billing or false
  view.backup_name_prefix = json.or_null(vault.backup_name_prefix)
  view.cbc_delete_count, view.frozen = 0, vault.status == "frozen"
  view.cross_account, view.cross_account_urn = false, ""
  view.billing.is_double_az, view.billing.partner_bp_id = false, null
  if view.billing.protect_type == "replication" then
    for _, resource in ipairs(view.resources) do
      resource.protect_status, resource.extra_info = null, nil
    end
  end
end

-- What extend_info says depends on the type of the resource.
local INFO = {
  ["OS::Nova::Server"] = function(info)
    info.bootable, info.architecture = null, "x86_64"
    info.app_consistency = {
      app_consistency = "0", app_consistency_status = "0", app_consistency_error_code = "0",
      app_consistency_error_message = "",
    }
  end,
  ["OS::Cinder::Volume"] = function(info, view)
    info.bootable, info.progress, info.supported_restore_mode, info.contain_system_disk = false, 100, null, nil
    info.snapshot_id = view.id:sub(1, 24) .. "5" .. view.id:sub(26)
    view.protected_at = null
  end,
}

--- Adds the recorded fields to a backup's response table.
function recorded_fields.backup(view)
  local info = view.extend_info
  info.os_images_data, info.encrypted_algorithm, info.is_dec, info.app_consistency = null, null, false, null
  view.scheduled_operation_id, view.enterprise_project_id = null, nil
  local complete = INFO[view.resource_type]
  if complete then
    complete(info, view)
  end
end

return recorded_fields
