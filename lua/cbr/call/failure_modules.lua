--- The modules that handle failures. They are loaded together, late: before the first write is sent, or else at the
-- first failure of a read. So a write that fails can be retried, explained and searched for although files can no
-- longer be read (see "Modules that are loaded late" in ARCHITECTURE.md).

return {
  after_failure = require "cbr.call.after_failure",
  failure = require "cbr.call.failure",
  service_clock = require "cbr.call.service_clock",
  unauthorized = require "cbr.call.unauthorized",
}
