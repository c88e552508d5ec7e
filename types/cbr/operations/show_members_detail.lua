---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.show_members_detail
---@field backup_id string Id of the backup.
---@field dest_project_id? string Only the member of this project.
---@field image_id? string Only members that made this image of the backup.
---@field status? string Only members with this status: `pending`, `accepted` or `rejected`.
---@field vault_id? string Only members that keep the backup in this vault.
---@field vault? string Name of the vault, in place of `vault_id`.
---@field limit? integer Largest number of items of one page.
---@field marker? string Id of the last item of the previous page; the next page begins after this item.
---@field offset? integer Number of items to skip at the beginning of the list.
---@field sort? string Order of the items: `key:direction` pairs, separated by commas; the direction is `asc` or `desc`.

---@class cbr.result.show_members_detail
---@field members? cbr.Member[] The items.
---@field count? integer Number of all items, on all pages.

---Lists the projects with which a backup is shared.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/ShowMembersDetail.html)
---@param params cbr.params.show_members_detail
---@param call? cbr.CallOptions
---@return cbr.result.show_members_detail? result The members of one page, and the number of all members that match.
---@return cbr.Error? err
function client:show_members_detail(params, call) end
