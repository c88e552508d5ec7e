--- The meanings of the operations on purchases, in the form of cbr.operations.about.

local function order(code_type)
  return {
    { "orderId", "string", "Id of the order." },
    { "retCode", code_type, "0 if the order was accepted." },
    { "retMsg", "string", "Why the order was not accepted." },
  }
end

return {
  change_order = {
    does = "Orders another size or type of a prepaid vault.",
    returns = "The order.",
    codes = "6109 6123",
    huawei_only = true,
    params = { resource_id = "Id of the vault." },
    result = order "number",
  },
  update_order = {
    does = "Changes an order of a prepaid vault. This operation is deprecated: use change_order.",
    returns = "The order.",
    codes = "6109",
    huawei_only = true,
    params = { order_id = "Id of the order.", resource_id = "Id of the vault." },
    result = order "string",
  },
  change_vault_charge_mode = {
    does = "Makes pay-per-use vaults prepaid.",
    returns = "The order.",
    codes = "6105 6112",
    huawei_only = true,
    params = {
      vault_ids = "Ids of the vaults.",
      charging_mode = "How the vaults will be paid for: `pre_paid`.",
      period_type = "Unit of the prepaid time: `month` or `year`.",
      period_num = "Number of months or years that are prepaid.",
      is_auto_renew = "Whether the vaults are renewed at the end of their time.",
      console_url = "Address of the page to show after the payment.",
    },
    result = order "number",
  },
}
