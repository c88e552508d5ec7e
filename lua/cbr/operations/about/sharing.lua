--- The meanings of the operations on shared backups, in the form of cbr.operations.about.

return {
  show_members_detail = {
    does = "Lists the projects with which a backup is shared.",
    returns = "The members of one page, and the number of all members that match.",
    action = "cbr:member:list",
    codes = "6200",
    params = {
      dest_project_id = "Only the member of this project.",
      image_id = "Only members that made this image of the backup.",
      status = "Only members with this status: `pending`, `accepted` or `rejected`.",
      vault_id = "Only members that keep the backup in this vault.",
    },
    result = "member",
  },
  add_member = {
    does = "Shares a server's backup with other projects of the region.",
    returns = "The new members.",
    action = "cbr:member:create",
    codes = "6200 6700 6701 6702 6703 6704 6707 6709 6712 6714",
    params = {
      members = "Ids of the projects to share with.",
      domains = "Ids of the accounts to share with. Only Huawei Cloud has this parameter.",
    },
    result = {
      { "members", "list of member", "The new members." },
      { "count", "integer", "Number of the new members." },
    },
  },
  delete_member = {
    does = "Ends the sharing of a backup with a project.",
    returns = "`true`.",
    action = "cbr:member:delete",
    codes = "6705 6710 6711",
    result = true,
  },
  show_member_detail = {
    does = "Shows the sharing of a backup with one project.",
    returns = "The member.",
    action = "cbr:member:get",
    codes = "6705",
    result = "member",
  },
  update_member_status = {
    does = "Accepts or rejects a backup that another project shares with this one.",
    returns = "The member with its new status.",
    action = "cbr:member:update",
    codes = "6705 6706 6708 6713",
    params = {
      status = "Whether to accept or reject the backup.",
      vault_id = "Id of the vault that keeps the backup; mandatory to accept the backup.",
    },
    result = "member",
  },
}
