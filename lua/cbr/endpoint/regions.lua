--- The regions as data. A region that is not listed is accepted, because new regions open before new lists are
-- released.

local regions = {}

local function set(words)
  local names = {}
  for name in words:gmatch "%S+" do
    names[name] = true
  end
  return names
end

--- The regions of Huawei Cloud that offer CBR, as the official SDKs list them.
regions.huawei = set [[
  ae-ad-1 af-north-1 af-south-1
  ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5
  cn-east-2 cn-east-3 cn-east-4 cn-east-5
  cn-north-1 cn-north-2 cn-north-4 cn-north-9 cn-north-11 cn-north-12
  cn-south-1 cn-south-2 cn-south-4 cn-southwest-2 cn-southwest-3
  eu-west-0 eu-west-101
  la-north-2 la-south-2 me-east-1 my-kualalumpur-1 na-mexico-1
  ru-moscow-1 ru-northwest-2 sa-brazil-1 tr-west-1
]]

--- Hosts of CBR that do not follow Huawei Cloud's pattern.
regions.hosts = {
  ["eu-de"] = "cbr.eu-de.otc.t-systems.com",
  ["eu-nl"] = "cbr.eu-nl.otc.t-systems.com",
  ["eu-ch2"] = "cbr.eu-ch2.sc.otc.t-systems.com",
}

--- The host of CBR in every region that is not in `regions.hosts`.
regions.HOST_PATTERN = "cbr.%s.myhuaweicloud.com"

--- The regions whose identity service (IAM) has a host of its own that follows Huawei Cloud's pattern.
regions.with_iam = set [[
  ae-ad-1 af-south-1 ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4
  cn-east-2 cn-east-3 cn-east-4 cn-east-5 cn-north-1 cn-north-2 cn-north-4 cn-north-9 cn-north-12
  cn-south-1 cn-south-2 cn-southwest-2 eu-west-0 la-north-2 la-south-2 me-east-1 my-kualalumpur-1
  na-mexico-1 ru-moscow-1 sa-brazil-1 tr-west-1
]]

--- Hosts of IAM that do not follow Huawei Cloud's pattern.
regions.iam_hosts = {
  ["eu-west-101"] = "iam.eu-west-101.myhuaweicloud.eu",
  ["eu-de"] = "iam.eu-de.otc.t-systems.com",
  ["eu-nl"] = "iam.eu-nl.otc.t-systems.com",
  ["eu-ch2"] = "iam-pub.eu-ch2.sc.otc.t-systems.com",
}

regions.IAM_PATTERN = "iam.%s.myhuaweicloud.com"

--- The host of IAM for every region that has no IAM host of its own.
regions.IAM_GLOBAL = "iam.myhuaweicloud.com"

--- The host of the security token service (STS) of a region of Huawei Cloud.
regions.STS_PATTERN = "sts.%s.myhuaweicloud.com"

--- All known regions, by name.
regions.all = {}
for _, names in ipairs { regions.huawei, regions.hosts } do
  for name in pairs(names) do
    regions.all[name] = true
  end
end

return regions
