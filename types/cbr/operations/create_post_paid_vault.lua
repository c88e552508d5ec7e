---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.create_post_paid_vault.billing.extra_info
---@field combined_order_id? string Id of the order.
---@field combined_order_ecs_num? integer Number of servers in the order.

---@class (exact) cbr.params.create_post_paid_vault.billing
---@field cloud_type? "public"|"hybrid" `public` for cloud resources, `hybrid` for resources on your own premises.
---@field consistent_level "app_consistent"|"crash_consistent" Whether backups of servers are application-consistent or crash-consistent.
---@field object_type "server"|"disk"|"turbo"|"workspace"|"vmware"|"rds"|"file"|string Type of the resources that the vault can hold.
---@field protect_type "backup"|"replication"|"hybrid" Whether the vault holds backups, replicas from another region, or hybrid-cloud backups.
---@field size integer Capacity of the vault in GB.
---@field charging_mode? "post_paid"|"pre_paid" Pay per use, or prepaid by the month or year.
---@field period_type? "year"|"month" Unit of the prepaid time; mandatory for a prepaid vault.
---@field period_num? integer Number of months or years that are prepaid; mandatory for a prepaid vault.
---@field is_auto_renew? boolean Whether a prepaid vault is renewed at the end of its time.
---@field is_auto_pay? boolean Whether the order is paid from the account's balance at once.
---@field console_url? string Address of the page to show after the payment.
---@field is_multi_az? boolean Whether the backups are stored in several availability zones.
---@field extra_info? cbr.params.create_post_paid_vault.billing.extra_info The order, if servers and vaults are ordered together.

---@class (exact) cbr.params.create_post_paid_vault.resources.extra_info.include_volumes
---@field id string Id of the disk.
---@field os_version? string Operating system on the disk.

---@class (exact) cbr.params.create_post_paid_vault.resources.extra_info
---@field exclude_volumes? string[] Ids of a server's disks that are not backed up.
---@field include_volumes? cbr.params.create_post_paid_vault.resources.extra_info.include_volumes[] Disks of a server that are backed up; its other disks are not.

---@class (exact) cbr.params.create_post_paid_vault.resources
---@field id string Id of the server, disk or other resource.
---@field type "OS::Nova::Server"|"OS::Cinder::Volume"|"OS::Sfs::Turbo"|"OS::Ironic::BareMetalServer"|"OS::Native::Server"|"OS::VMware::Server"|"OS::Workspace::DesktopV2"|string Type of the resource.
---@field name? string Name of the resource.
---@field extra_info? cbr.params.create_post_paid_vault.resources.extra_info More about the resource.

---@class (exact) cbr.params.create_post_paid_vault.tags
---@field key string Key of the tag. Open Telekom Cloud allows up to 36 characters.
---@field value string Value of the tag. Open Telekom Cloud allows up to 43 characters.

---@class (exact) cbr.params.create_post_paid_vault.bind_rules.tags
---@field key string Key of the tag.
---@field value? string Value of the tag.

---@class (exact) cbr.params.create_post_paid_vault.bind_rules
---@field tags? cbr.params.create_post_paid_vault.bind_rules.tags[] Tags by which the resources are chosen.

---@class (exact) cbr.params.create_post_paid_vault.parameters.combined_order
---@field combined_order_id? string Id of the order.
---@field combined_order_num? integer Number of products in the order.
---@field combined_order_ecs_num? integer Number of servers in the order.

---@class (exact) cbr.params.create_post_paid_vault.parameters
---@field combined_order? cbr.params.create_post_paid_vault.parameters.combined_order The order, if servers and vaults are ordered together.

---@class (exact) cbr.params.create_post_paid_vault
---@field name? string Name of the vault.
---@field billing cbr.params.create_post_paid_vault.billing What the vault is for, its size, and how it is paid for.
---@field resources? cbr.params.create_post_paid_vault.resources[] Resources to put into the vault.
---@field description? string Free text about the vault.
---@field backup_policy_id? string Id of the policy by which the vault is backed up; without it, no backup is automatic.
---@field tags? cbr.params.create_post_paid_vault.tags[] Tags to add to the vault.
---@field enterprise_project_id? string Id of the enterprise project that the vault will belong to.
---@field auto_bind? boolean Whether resources with the tags of `bind_rules` are put into the vault automatically.
---@field bind_rules? cbr.params.create_post_paid_vault.bind_rules Which resources `auto_bind` puts into the vault.
---@field threshold? integer Used capacity, in percent, at which a notification is sent.
---@field smn_notify? boolean Whether to send a notification when the used capacity passes `threshold`.
---@field parameters? cbr.params.create_post_paid_vault.parameters More about the order.
---@field auto_expand? boolean Whether a pay-per-use vault grows when it is full.
---@field locked? boolean Whether the vault is locked; a locked vault protects its backups and cannot be unlocked.

---@class cbr.result.create_post_paid_vault.orders
---@field orderId? string Id of the order.
---@field resourceId? string Id of the vault.
---@field cloudServiceId? string Id of the service.
---@field subscribeResult? integer 1 if the order was paid.

---@class cbr.result.create_post_paid_vault
---@field orders? cbr.result.create_post_paid_vault.orders[] The orders, for a prepaid vault.
---@field retCode? integer 0 if the order was accepted.
---@field errText? string Why the order was not accepted.
---@field error_code? string Code of the reason in `errText`.

---Orders a prepaid vault, despite the operation's name.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/CreatePostPaidVault.html)
---@param params cbr.params.create_post_paid_vault
---@param call? cbr.CallOptions
---@return cbr.result.create_post_paid_vault? result The orders.
---@return cbr.Error? err
function client:create_post_paid_vault(params, call) end
