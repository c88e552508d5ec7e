--- The error codes of the service and of the gateway before it, as data.
--
-- A code decides, not the HTTP status: statuses of one code changed over the
-- years (1005: 500, now 400), and some 400s pass by themselves (6118) while some
-- 500s never do (1001). Sources: "Error Codes" of the CBR API reference (Huawei
-- Cloud and Open Telekom Cloud), and of the API gateway's signing guide.

local codes = {}

-- kind -> the numbers of BackupService.<number>; those of the next two lists are "service"
local service = {
  -- something else runs on it: wait for that, then repeat
  busy = "0002 2002 2010 6125 6130 6134 6203 6216 7200 7302 7501",
  -- a limit, or a size
  quota = "1012 6001 6100 6114 6129 6133 6142 6600 6701 7303 8300",
  not_found = "4001 6000 6002 6105 6109 6120 6200 6217 6302 6500 6501 6601 6705 7000 7100 7202 7410 7500 7600",
  forbidden = "8600",
}

-- refusals that pass by themselves
local passing = "1007 1008 4002 4004 4005 4006 4007 6107 6108 6110 6111 6115 6118 6121 6123 6132 6139 6201 6206 6208 "
  .. "6400 6401 6403 6404 6405 6406 6407 6408 7203 7504 7505 7506 7508 7509 8400"

-- refusals that stay what they are
local final = "0001 1001 1002 1003 1004 1005 1006 1009 1011 1013 2001 2003 2004 2005 2006 2007 2008 2009 2011 2012 "
  .. "2013 2014 2015 4003 6003 6101 6102 6103 6104 6106 6112 6113 6116 6117 6119 6122 6124 6126 6127 6128 "
  .. "6131 6135 6136 6137 6138 6140 6141 6202 6204 6205 6207 6209 6210 6211 6212 6213 6214 6215 6220 6300 "
  .. "6301 6402 6700 6702 6703 6704 6706 6707 6708 6709 6710 6711 6712 6713 6714 7001 7002 7003 7004 7005 "
  .. "7006 7007 7008 7009 7101 7102 7103 7104 7105 7106 7107 7108 7109 7110 7111 7112 7113 7114 7115 7116 "
  .. "7117 7201 7204 7300 7301 7403 7407 7502 7503 7507 7510 7511 7601 7602 7603 9900 9910 9998"

-- kind -> the numbers of APIGW.<number> (also APIG. and APIC.)
local gateway = {
  throttled = "0308",
  unauthorized = "0301 0303 0305 0307 0311",
  forbidden = "0302 0304 0306 0310 0401 0402 0404 0801 0802",
  quota = "0501 0502",
  not_found = "0101 0103",
}

-- gateway failures that pass by themselves
local gateway_passing = "0601 0605 0606 0608 0610 0613"

-- gateway refusals that stay what they are; 0201 is not among them: only its status says which of four things it is
local gateway_final = "0104 0105 0106 0602 0607 0609 0611 0612 0705"

local known = {}

local function enter(prefix, numbers, fields)
  for number in numbers:gmatch("%d+") do
    local entry = known[prefix .. number] or {}
    known[prefix .. number] = entry
    for name, value in pairs(fields) do
      entry[name] = value
    end
  end
end

enter("BackupService.", passing, { retryable = true })
enter("BackupService.", final, { retryable = false })
enter("APIGW.", gateway_passing, { retryable = true })
enter("APIGW.", gateway_final, { retryable = false })
for kind, numbers in pairs(service) do
  enter("BackupService.", numbers, { kind = kind, retryable = kind == "busy" })
end
for kind, numbers in pairs(gateway) do
  enter("APIGW.", numbers, { kind = kind, retryable = kind == "throttled" })
end
-- What the service itself calls passing takes its time: other work on the vault, its own trouble.
for _, numbers in ipairs { service.busy, passing } do
  enter("BackupService.", numbers, { slow = true })
end
-- The service says that it does not know: of an order, nobody knows then. A read may be had the next time.
enter("BackupService.", "9910", { undecided = true })
-- IAM was out of reach before the request was passed on.
enter("APIGW.", "0613", { refused = true })

-- Where there is no code, or none that is known, the status has to do.
local by_status = {
  [401] = { kind = "unauthorized" },
  [403] = { kind = "forbidden" },
  [404] = { kind = "not_found" },
  [409] = { kind = "busy", retryable = true },
  [429] = { kind = "throttled", retryable = true },
  [500] = { retryable = true },
  [502] = { retryable = true },
  [503] = { retryable = true },
  [504] = { retryable = true },
}

-- kind -> what to do about it, in plain words
local advice = {
  busy = "something else runs on it: wait for that to end, then try again",
  quota = "make room or raise the limit, then try again",
  throttled = "too many requests: wait, then try again more slowly",
  unauthorized = "check the key, the token, the project and this machine's clock",
  forbidden = "ask for the permission, or use an account and a region that have it",
  not_found = "check the id, the project and the region",
}

-- what is more than its kind
local own_advice = {
  ["BackupService.0001"] = "the vault has no complete backup that qualifies: make one first",
  ["BackupService.1001"] = "wait until the backup is complete",
  ["BackupService.1005"] = "choose a destination that show_replication_capabilities names for this region",
  ["BackupService.1009"] = "nothing to do: the backup is in that region already, or on its way",
  ["BackupService.1011"] = "choose another destination project",
  ["BackupService.2004"] = "make an image of the replica, and restore from that",
  ["BackupService.6112"] = "wait until the vault is available; a locked or frozen one has to be released first",
  ["BackupService.6119"] = "choose a replication vault as destination",
  ["BackupService.6122"] = "vaults of this type cannot be replicated",
  ["BackupService.6128"] = "vaults of this type cannot be replicated",
  ["BackupService.7300"] = "choose a hybrid-cloud vault",
  ["BackupService.7301"] = "choose an empty vault",
  ["BackupService.8600"] = "verify the account's real name",
  ["BackupService.9900"] = "check the parameters; a key that this account does not have is refused too",
}

-- Codes of the gateway go by three prefixes.
local function entry_of(code)
  local number = code and code:match "^API[GC]W?%.(%d+)$"
  return known[number and "APIGW." .. number or code or ""]
end

--- Whether a code is one of those that the references list.
---@param code? string
---@return boolean
function codes.is_known(code)
  return entry_of(code) ~= nil
end

--- What to do about an error, in plain words.
---@param code? string
---@param kind string
---@param retryable boolean
---@return string? advice nil for a code that no reference lists
function codes.advice(code, kind, retryable)
  return own_advice[code or ""] or advice[kind] or retryable and "it can pass by itself: try again later"
    or codes.is_known(code) and "it will be refused again: change the order" or nil
end

--- What an answer with an error means.
---@param code? string as the service gave it
---@param status integer HTTP status
---@return string kind
---@return boolean retryable
---@return boolean refused whether an order it answered was certainly not taken in
function codes.meaning(code, status)
  local own = code and code:match "^BackupService%.%d+$"
  local entry = entry_of(code)
  local fallback = by_status[status] or {}
  local retryable
  if entry and entry.retryable ~= nil then
    retryable = entry.retryable
  else
    retryable = not own and fallback.retryable or false
  end
  local kind = entry and entry.kind or (not own and fallback.kind) or "service"
  local refused
  if entry and entry.undecided then
    refused = false
  else
    -- a code of the service itself that is known is its decision; a 4xx is one of the gateway
    refused = own and entry or entry and entry.refused or status >= 400 and status < 500 and status ~= 408
  end
  return kind, retryable, refused and true or false
end

--- What it takes to see the end of a refusal that passes.
---@param code? string
---@param kind string
---@return boolean slow whether it is a matter of minutes rather than of seconds
function codes.is_slow(code, kind)
  local entry = entry_of(code)
  return kind == "busy" or entry ~= nil and entry.slow == true
end

--- Whether the service says by a code that it does not know what happened.
---@param code? string
---@return boolean
function codes.is_undecided(code)
  local entry = entry_of(code)
  return entry ~= nil and entry.undecided == true
end

return codes
