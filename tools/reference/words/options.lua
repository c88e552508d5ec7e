--- What the options mean: function -> option -> { meaning, default, type? }. The type is for editors, where it is more
-- exact than the type in lua/cbr/option_rules.lua.

local TIMEOUT = { "Seconds for the whole call, with retries and pauses.", "that of the client" }
local CALL = {
  timeout = TIMEOUT,
  connect_timeout = { "Seconds to connect, TLS included.", "that of the client" },
  max_attempts = { "Attempts of the call; 1 means no retry.", "that of the client" },
  reconcile = { "Whether to search for an order whose response was lost.", "that of the client" },
}

return {
  {
    name = "cbr.new", rules = "client",
    words = {
      region = { "The region, which determines the endpoint.", "`CBR_REGION`, `HW_REGION_NAME`, `OS_REGION_NAME`" },
      endpoint = {
        "URL of the service, or a list of URLs to try one after another.", "from the region", "string|string[]",
      },
      iam_endpoint = { "URL of IAM, where cbr signs in and looks up the project.", "from the region" },
      project_id = {
        "Id of the project.", "`HUAWEICLOUD_SDK_PROJECT_ID`, `OS_PROJECT_ID`, `OS_TENANT_ID`, or looked up",
      },
      domain_id = { "Id of the account, sent and signed; `true` looks it up.", "not sent", "string|true" },
      credentials = {
        "Keys, a token, a user, or a function that returns them.", "the credential chain",
        "cbr.Credentials|fun(): cbr.Credentials",
      },
      algorithm = { "How requests are signed.", "`SDK-HMAC-SHA256`" },
      ca_file = { "File with the only certificates to trust.", "`SSL_CERT_FILE`, or the system's" },
      ca_path = { "Directory with the only certificates to trust.", "`SSL_CERT_DIR`, or the system's" },
      verify_tls = { "Whether to check certificates; `false` is for tests only.", "`true`" },
      allow_http = { "Whether plain HTTP to another machine is allowed.", "`false`" },
      proxy = { "URL of a proxy for all requests; an empty text means none.", "from the environment" },
      no_proxy = { "Hosts that are reached without the proxy, separated by commas.", "`no_proxy`, `NO_PROXY`" },
      user_agent = { "Text to append to cbr's `User-Agent`.", "none" },
      timeout = { "Seconds for a whole call, with retries and pauses.", "60" },
      connect_timeout = { "Seconds to connect, TLS included.", "10" },
      max_attempts = { "Attempts of one call; 1 means no retry.", "4" },
      retry_pause = { "Seconds: the longest first pause before a retry. All other pauses follow it.", "0.5" },
      reconcile = { "Whether to search for an order whose response was lost.", "`true`" },
      settle_time = { "Seconds after which an order that the service does not show counts as not accepted.", "10" },
      max_response = { "Largest body of a response, in bytes.", "16 MiB" },
      max_head = { "Largest head of a response, in bytes.", "256 KiB" },
      max_connections = { "Largest number of connections at a time.", "no limit" },
      log = { "Function that gets every event: see [Log events](log-events.md).", "none", "fun(event: cbr.LogEvent)" },
      loop = {
        "Event loop to wait on, or `false`: calls block.", "detected at each wait",
        '"nginx"|"cqueues"|"luv"|"copas"|cbr.EventLoop|false',
      },
    },
  },
  { name = "a call", rules = "call", words = CALL },
  {
    name = "client:wait", rules = "wait",
    words = {
      timeout = { "Seconds.", "6 hours for a replication, a copy or a restore point, 30 minutes for anything else" },
      interval = { "Seconds between the first polls. The interval grows.", "5" },
      on_progress = {
        "Function that is called with the progress after each poll.", "none", "fun(progress: cbr.Progress)",
      },
    },
  },
  {
    name = "client:find_order", rules = "find_order",
    words = {
      since = { "Time from which on the order may have been sent, in seconds as from `os.time`.", "mandatory" },
      timeout = { "Seconds.", "that of the client" },
    },
  },
  {
    name = "cbr.map", rules = "map",
    words = { concurrency = { "Largest number of items at a time.", "16" } },
  },
}
