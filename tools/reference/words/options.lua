--- What the options of each function mean: { meaning, default?, type? } for each option. The default is given unless it
-- is a number in lua/cbr/option_rules.lua. The type is for editors. A type is given where it can be more exact than the
-- type in lua/cbr/option_rules.lua.

local choose = require "cbr.loop.choose"
local follow = require "cbr.follow.follow"
local option_rules = require "cbr.option_rules"

local TIMEOUT = { "Seconds for the whole call, with retries and pauses.", "that of the client" }
local CALL = {
  timeout = TIMEOUT,
  connect_timeout = { "Seconds to connect, TLS included.", "that of the client" },
  max_attempts = { "Attempts of the call; 1 means no retry.", "that of the client" },
  reconcile = { "Whether to search for an order whose response was lost.", "that of the client" },
}

local lists = {
  {
    name = "cbr.new", rules = "client",
    words = {
      region = { "The region, which determines the endpoint.", "`CBR_REGION`, `HW_REGION_NAME`, `OS_REGION_NAME`" },
      endpoint = {
        "URL of the service, or a list of URLs to try one after another.", "from the region", "string|string[]",
      },
      iam_endpoint = { "URL of IAM, where cbr signs in and looks up the project.", "from the region" },
      project_id = {
        "Id of the project. The variables count only in the region that `CBR_REGION` names.",
        "`HUAWEICLOUD_SDK_PROJECT_ID`, `OS_PROJECT_ID`, `OS_TENANT_ID`, or looked up",
      },
      domain_id = {
        "Id of the account, which is sent and signed. With `true`, cbr looks up the id.", "not sent", "string|true",
      },
      credentials = {
        "Keys, a token or a user, or a function that returns credentials.", "the credential chain",
        "cbr.Credentials|fun(): cbr.Credentials",
      },
      algorithm = { "How requests are signed.", "`SDK-HMAC-SHA256`" },
      ca_file = { "File with the only certificates to trust.", "`SSL_CERT_FILE`, or the system's" },
      ca_path = { "Directory of the only certificates to trust.", "`SSL_CERT_DIR`, or the system's" },
      verify_tls = { "Whether to check certificates; `false` is for tests only.", "`true`" },
      allow_http = { "Whether plain HTTP to other machines is allowed.", "`false`" },
      proxy = { "URL of a proxy for all requests; an empty text means no proxy.", "from the environment" },
      no_proxy = { "Hosts that are reached without the proxy, separated by commas.", "`no_proxy`, `NO_PROXY`" },
      user_agent = { "Text to append to cbr's `User-Agent`.", "none" },
      timeout = { "Seconds for a whole call, with retries and pauses." },
      connect_timeout = { "Seconds to connect, TLS included." },
      max_attempts = { "Attempts of one call; 1 means no retry." },
      retry_pause = {
        "Maximum of the first pause before a retry, in seconds. All other pauses are proportional to it.",
      },
      reconcile = { "Whether to search for an order whose response was lost.", "`true`" },
      settle_time = { "Seconds after which an order that the service does not show counts as not accepted." },
      max_response = { "Maximum size of the body of a response, in bytes." },
      max_head = { "Maximum size of the status line and headers of a response, in bytes." },
      max_connections = { "Maximum number of connections at a time.", "no limit" },
      log = { "Function that gets every event: see [Log events](log-events.md).", "none", "fun(event: cbr.LogEvent)" },
      loop = {
        "Event loop in which calls wait; `false`: calls block.", "detected at each wait",
        ('"%s"|cbr.EventLoop|false'):format(table.concat(choose.names, '"|"')),
      },
    },
  },
  { name = "a call", rules = "call", words = CALL },
  {
    name = "client:wait", rules = "wait",
    words = {
      timeout = {
        "Seconds until the wait ends.",
        ("%d hours for a replication, a copy or a restore point, %d minutes for anything else")
          :format(follow.BACKUPS_TIMEOUT_SECONDS / 3600, follow.TASK_TIMEOUT_SECONDS / 60),
      },
      interval = { "Seconds between the first two polls. The interval then grows.", tostring(follow.INTERVAL_SECONDS) },
      on_progress = {
        "Function that is called with the progress after each poll.", "none", "fun(progress: cbr.Progress)",
      },
    },
  },
  {
    name = "client:find_order", rules = "find_order",
    words = {
      since = { "Earliest time at which the order may have been sent, in seconds as from `os.time`.", "mandatory" },
      timeout = { "Seconds for the whole call.", "that of the client" },
    },
  },
  {
    name = "cbr.map", rules = "map",
    words = { concurrency = { "Maximum number of items at a time.", "16" } },
  },
}

-- A number as text; 1024 or more are bytes.
local function text_of(number)
  for _, unit in ipairs { { 1048576, "%d MiB" }, { 1024, "%d KiB" } } do
    if number >= 1024 and number % unit[1] == 0 then
      return unit[2]:format(number / unit[1])
    end
  end
  return ("%.14g"):format(number)
end

for name, default in pairs(option_rules.defaults) do
  lists[1].words[name][2] = text_of(default)
end

return lists
