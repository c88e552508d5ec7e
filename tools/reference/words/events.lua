--- What the events of the log function mean: event -> when, and its fields { name, type, meaning }.

local OPERATION = { "operation", "string", "Name of the operation." }

return {
  {
    name = "attempt", when = "A request was sent.",
    fields = {
      OPERATION,
      { "attempt", "integer", "Number of the attempt within the call, from 1." },
      { "method", "string", "Method of the request." },
      { "host", "string", "Host, and port if it is not the usual one." },
      { "path", "string", "Path of the request." },
      { "status", "integer", "HTTP status." },
      { "code", "string", "Code of the service, if the request failed." },
      { "kind", "string", "Kind of the error, if the request failed." },
      { "outcome", "string", "Whether a change may have been accepted, if the request failed." },
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
      { "searches", "integer", "How often it searched." },
      { "verdict", "string", "What it found: see [Logging](../guides/logging.md)." },
    },
  },
  {
    name = "credentials", when = "Credentials were renewed or could not be, or something is wrong with a source.",
    fields = {
      { "source", "string", "Where the credentials are from." },
      { "renewed", "boolean", "Whether they were renewed." },
      { "life", "number", "Seconds for which they are valid." },
      { "reason", "string", "Why they could not be renewed." },
      { "file", "string", "File that others can read." },
      { "warning", "string", "What is wrong with a source or a file." },
    },
  },
  {
    name = "project", when = "cbr looked up the project.",
    fields = {
      { "region", "string", "The region." },
      { "project_id", "string", "Id of its project." },
    },
  },
  {
    name = "clock", when = "This machine's clock is wrong, and cbr corrects it for its requests.",
    fields = { { "offset", "number", "Seconds by which the clock is behind." } },
  },
  {
    name = "endpoint", when = "cbr changed to another endpoint.",
    fields = {
      { "from", "string", "The endpoint that could not be reached." },
      { "to", "string", "The endpoint from now on." },
      { "reason", "string", "Why the first one could not be reached." },
    },
  },
  {
    name = "polling",
    when = "Calls poll, because nothing can wake them: mostly in nginx, or if no descriptor is left.",
    fields = { { "reason", "string", "Why it cannot be woken." } },
  },
  {
    name = "unknown_value", when = "A parameter has a value that cbr does not know. It is sent.",
    fields = {
      OPERATION,
      { "parameter", "string", "Path of the parameter, such as `resources[2].type`." },
      { "value", "string", "The value." },
    },
  },
}
