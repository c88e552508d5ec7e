--- The events that the log function gets: when each event happens, and its fields { name, type, meaning }.

local OPERATION = { "operation", "string", "Name of the operation." }

return {
  {
    name = "attempt", when = "A request was sent.",
    fields = {
      OPERATION,
      { "attempt", "integer", "Number of the attempt within the call, from 1." },
      { "method", "string", "Method of the request." },
      { "host", "string", "Host of the request, with its port unless this is the usual port." },
      { "path", "string", "Path of the request." },
      { "status", "integer", "HTTP status." },
      { "code", "string", "Code of the service, if the request failed." },
      { "kind", "string", "Kind of the error, if the request failed." },
      { "outcome", "string", "Whether the service may have accepted a change, if the request failed." },
      { "request_id", "string", "Id that the service gave the request." },
      { "seconds", "number", "How long the request took." },
      { "sent", "integer", "Bytes that were sent." },
      { "received", "integer", "Bytes that were received." },
      { "reused", "boolean", "Whether the connection was used before." },
    },
  },
  {
    name = "retry", when = "An attempt failed, and the call is about to be retried.",
    fields = {
      OPERATION,
      { "attempt", "integer", "Number of the attempt that failed." },
      { "pause", "number", "Seconds until the next attempt." },
      { "kind", "string", "Kind of the error." },
      { "code", "string", "Code of the service." },
    },
  },
  {
    name = "search", when = "cbr searched for an order whose response was lost.",
    fields = {
      OPERATION,
      { "searches", "integer", "How often cbr has searched so far." },
      { "verdict", "string", "What the search found: see [Logging](../guides/logging.md)." },
    },
  },
  {
    name = "credentials",
    when = "Credentials were renewed, or could not be renewed, or a source of credentials has a fault.",
    fields = {
      { "source", "string", "Where the credentials are from." },
      { "renewed", "boolean", "Whether the credentials were renewed." },
      { "life", "number", "Seconds for which the credentials are valid." },
      { "reason", "string", "Why the credentials could not be renewed." },
      { "file", "string", "File with secrets that other users can read." },
      { "warning", "string", "What is wrong with a source of credentials or a file." },
    },
  },
  {
    name = "project", when = "cbr looked up the project.",
    fields = {
      { "region", "string", "The region." },
      { "project_id", "string", "Id of the project in that region." },
    },
  },
  {
    name = "clock", when = "This machine's clock is wrong, and cbr corrects it for its requests.",
    fields = { { "offset", "number", "Seconds by which this machine's clock is behind." } },
  },
  {
    name = "endpoint", when = "cbr changed to another endpoint.",
    fields = {
      { "from", "string", "The endpoint that could not be reached." },
      { "to", "string", "The endpoint that is used from now on." },
      { "reason", "string", "Why the endpoint `from` could not be reached." },
    },
  },
  {
    name = "polling",
    when = "Calls have to poll, because nothing can wake them: mostly in nginx, or without a free descriptor.",
    fields = { { "reason", "string", "Why the calls cannot be woken." } },
  },
  {
    name = "unknown_value", when = "A parameter has a value that cbr does not know. cbr sends it nevertheless.",
    fields = {
      OPERATION,
      { "parameter", "string", "Path of the parameter, such as `resources[2].type`." },
      { "value", "string", "The value." },
    },
  },
}
