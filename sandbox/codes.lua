--- The error codes of the service and of its gateway: code → {HTTP status, text}.
-- The statuses of BackupService codes have changed over the years (1005 and 1009 were 500); these are the present ones.

return {
  ["BackupService.0001"] = { 400, "No resources in the vault can be backed up or replicated." },
  ["BackupService.1005"] = { 400, "Replication is not supported in the destination region." },
  ["BackupService.1006"] = { 500, "Failed to create the replica at the destination." },
  ["BackupService.1009"] = { 400, "The backup is being replicated to or already exists in the destination region." },
  ["BackupService.1011"] = { 400, "The destination project does not support replication." },
  ["BackupService.6102"] = { 400, "The vault does not support this resource type." },
  ["BackupService.6105"] = { 404, "The vault does not exist." },
  ["BackupService.6112"] = { 400, "The vault status does not allow the operation." },
  ["BackupService.6119"] = { 400, "The destination vault is not a replication vault." },
  ["BackupService.6120"] = { 400, "The destination vault does not exist." },
  ["BackupService.6122"] = { 400, "The resource type does not support replication." },
  ["BackupService.6128"] = { 400, "The vault type does not support replication." },
  ["BackupService.6129"] = { 400, "The destination vault has insufficient capacity." },
  ["BackupService.6130"] = { 400, "The vault is being replicated." },
  ["BackupService.6200"] = { 404, "The backup does not exist." },
  ["BackupService.6217"] = { 404, "The restore point does not exist." },
  ["BackupService.6500"] = { 404, "Operation log does not exist." },
  ["BackupService.7300"] = { 400, "The vault does not support synchronization." },
  ["BackupService.7301"] = { 400, "The vault is not empty." },
  ["BackupService.7302"] = { 400, "The vault is being synchronized." },
  ["BackupService.9900"] = { 400, "Failed to verify the parameters." },

  ["APIGW.0101"] = { 404, "The API does not exist or has not been published in the environment" },
  ["APIGW.0201"] = { 413, "Request entity too large" },
  ["APIGW.0301"] = { 401, "Incorrect IAM authentication information" },
  ["APIGW.0307"] = { 401, "The token must be updated" },
  ["APIGW.0308"] = {
    429, "The throttling threshold has been reached: policy user over ratelimit,limit:10,time:1 minute",
  },
  ["APIGW.0601"] = { 500, "Internal server error" },
}
