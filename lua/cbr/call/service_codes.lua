--- The error codes of the service and of its API gateway, as data.
--
-- The code decides, not the HTTP status: the statuses of some codes changed over the years (1005: 500, now 400), and
-- some 400s are transient (6118) while some 500s are final (1001). Sources: "Error Codes" of the CBR API reference
-- (Huawei Cloud and Open Telekom Cloud), and of the API gateway's signing guide.

---@class cbr.ServiceCode
---@field kind? string kind of the error; nil: "service"
---@field reason? string reason of the error
---@field retryable? boolean nil: the status decides
---@field slow? boolean the failure lasts for minutes, not seconds
---@field undecided? boolean the service says that it does not know whether it accepted the request
---@field rejected? boolean the request was certainly not accepted, whatever the status
---@field duplicate_of? table<cbr.OrderKind, true> an order of one of these kinds is rejected as a duplicate of an
-- accepted order
---@field blocks_destination? boolean every order for this destination, or for this type of vault at this destination,
-- will be rejected
---@field rejects_credentials? boolean the service, its gateway or IAM has rejected the credentials, so that others may
-- help
---@field locks_key? boolean five of these rejections in a row lock an access key

local service_codes = {}

-- Kind -> numbers of the codes BackupService.<number>. The codes in `transient` and `final` below have the kind
-- "service".
local service = {
  -- other work on the resource is in progress: wait for its end, then retry
  busy = "0002 2002 2010 6125 6130 6134 6203 6216 7200 7302 7501",
  -- a limit or a capacity is reached
  quota = "1012 6001 6100 6114 6129 6133 6142 6600 6701 7303 8300",
  not_found = "4001 6000 6002 6105 6109 6120 6200 6217 6302 6500 6501 6601 6705 7000 7100 7202 7410 7500 7600",
  forbidden = "8600",
  nothing_to_do = "1009",
}

-- Codes of transient rejections.
local transient = "1007 1008 4002 4004 4005 4006 4007 6107 6108 6110 6111 6115 6118 6121 6123 6132 6139 6201 6206 6208 "
  .. "6400 6401 6403 6404 6405 6406 6407 6408 7203 7504 7505 7506 7508 7509 8400"

-- Codes of final rejections.
local final = "0001 1001 1002 1003 1004 1005 1006 1011 1013 2001 2003 2004 2005 2006 2007 2008 2009 2011 2012 "
  .. "2013 2014 2015 4003 6003 6101 6102 6103 6104 6106 6112 6113 6116 6117 6119 6122 6124 6126 6127 6128 "
  .. "6131 6135 6136 6137 6138 6140 6141 6202 6204 6205 6207 6209 6210 6211 6212 6213 6214 6215 6220 6300 "
  .. "6301 6402 6700 6702 6703 6704 6706 6707 6708 6709 6710 6711 6712 6713 6714 7001 7002 7003 7004 7005 "
  .. "7006 7007 7008 7009 7101 7102 7103 7104 7105 7106 7107 7108 7109 7110 7111 7112 7113 7114 7115 7116 "
  .. "7117 7201 7204 7300 7301 7403 7407 7502 7503 7507 7510 7511 7601 7602 7603 9900 9910 9998"

-- Kind -> numbers of the gateway's codes.
local gateway = {
  throttled = "0308",
  unauthorized = "0301 0303 0305 0307 0311",
  forbidden = "0302 0304 0306 0310 0401 0402 0404 0801 0802",
  quota = "0501 0502",
  not_found = "0101 0103",
}

-- Codes of transient failures of the gateway.
local gateway_transient = "0601 0605 0606 0608 0610 0613"

-- Codes of final rejections by the gateway. The code 0201 is not among them: it has four meanings, and only the HTTP
-- status tells which one applies.
local gateway_final = "0104 0105 0106 0602 0607 0609 0611 0612 0705"

--- Code -> the meaning of the code.
---@type table<string, cbr.ServiceCode>
service_codes.known = {}

local function enter(prefix, numbers, fields)
  for number in numbers:gmatch "%d+" do
    local meaning = service_codes.known[prefix .. number] or {}
    service_codes.known[prefix .. number] = meaning
    for name, value in pairs(fields) do
      meaning[name] = value
    end
  end
end

enter("BackupService.", transient, { retryable = true })
enter("BackupService.", final, { retryable = false })
for kind, numbers in pairs(service) do
  enter("BackupService.", numbers, { kind = kind, retryable = kind == "busy" })
end
-- These failures last for minutes: other work on the vault, and failures of the service itself.
for _, numbers in ipairs { service.busy, transient } do
  enter("BackupService.", numbers, { slow = true })
end
enter("BackupService.", "9910", { undecided = true })
enter("BackupService.", "1009 6130", { duplicate_of = { replication = true, copy = true } })
enter("BackupService.", "7302", { duplicate_of = { sync = true } })
enter("BackupService.", "1005 1011 6102 6119 6120", { blocks_destination = true })
-- The kind is not "nothing_to_do", because the service also sends this code for a vault that has never had a backup.
enter("BackupService.", "0001", { reason = "no_backup" })

-- IAM has two codes for a token that is not valid. The second one is a number, the HTTP status, and leaves the kind of
-- the error to the status.
enter("IAM.", "0101", { kind = "unauthorized", retryable = false, rejects_credentials = true })
enter("", "401", { rejects_credentials = true })

-- The gateway writes its codes with several prefixes.
for _, prefix in ipairs { "APIGW.", "APIG.", "APICW.", "APIC." } do
  enter(prefix, gateway_transient, { retryable = true })
  enter(prefix, gateway_final, { retryable = false })
  for kind, numbers in pairs(gateway) do
    enter(prefix, numbers, { kind = kind, retryable = kind == "throttled" })
  end
  enter(prefix, "0301 0307", { rejects_credentials = true })
  enter(prefix, "0301", { locks_key = true })
  enter(prefix, "0613", { rejected = true }) -- the gateway could not reach IAM, and did not forward the request
end

--- HTTP status -> the meaning of a response whose code is missing or unknown.
---@type table<integer, cbr.ServiceCode>
service_codes.by_status = {
  [401] = { kind = "unauthorized" },
  [403] = { kind = "forbidden" },
  [404] = { kind = "not_found" },
  [409] = { kind = "busy", retryable = true },
  [418] = { kind = "forbidden" }, -- a web application firewall sends this status
  [429] = { kind = "throttled", retryable = true },
  [500] = { retryable = true },
  [502] = { retryable = true },
  [503] = { retryable = true },
  [504] = { retryable = true },
}

--- Code -> what the user can do about the error. This advice replaces the advice for the kind of the error.
---@type table<string, string>
service_codes.advice_by_code = {
  ["BackupService.0001"] = "the vault has no complete backup that qualifies: create one first",
  ["BackupService.1001"] = "wait until the backup is complete",
  ["BackupService.1005"] = "choose a destination that show_replication_capabilities names for this region",
  ["BackupService.1009"] = "nothing to do: the backup is in that region already, or is being copied",
  ["BackupService.1011"] = "choose another destination project",
  ["BackupService.2004"] = "make an image of the replica, and restore from that image",
  ["BackupService.6112"] = "wait until the vault is available; a locked or frozen vault has to be released first",
  ["BackupService.6119"] = "choose a replication vault as destination",
  ["BackupService.6122"] = "vaults of this type cannot be replicated",
  ["BackupService.6128"] = "vaults of this type cannot be replicated",
  ["BackupService.7300"] = "choose a hybrid-cloud vault",
  ["BackupService.7301"] = "choose an empty vault",
  ["BackupService.8600"] = "verify the account's real name",
  ["BackupService.9900"] = "check the parameters; a parameter that this account may not use is rejected too",
}

-- The service was called CSBS before it was called CBR, and some codes with the old prefix are still sent.
for _, list in ipairs { service_codes.known, service_codes.advice_by_code } do
  local old = {}
  for code, meaning in pairs(list) do
    local number = code:match "^BackupService%.(%d+)$"
    if number then
      old["CSBS." .. number] = meaning
    end
  end
  for code, meaning in pairs(old) do
    list[code] = meaning
  end
end

--- Prefixes that only the service's own codes have, not those of the gateway and of IAM.
---@type table<string, true>
service_codes.prefixes = { BackupService = true, CSBS = true }

--- Whether a message says that the token of the request is not valid. Some gateways say so with status 403.
---@param message string
---@return boolean
function service_codes.rejects_token(message)
  return message:find "[Tt]oken" ~= nil
    and (message:find "[Ii]nvalid" or message:find "[Nn]ot valid" or message:find "[Ee]xpire") ~= nil
end

return service_codes
