--- The functions of a table for the option `loop`: name, type, and what the function does. A name with a question mark
-- is optional. docs/guides/event-loops.md has the same list with more words, which spec/docs/types_spec.lua compares.

return {
  { "spawn", "fun(run: function): boolean", "Runs `run` in a new coroutine, now or soon. Returns true." },
  {
    "park", "fun(ticket: table, seconds?: number)",
    "Suspends the running coroutine, and keeps it, until unpark is called with this ticket, or for at most `seconds` "
      .. "(nil: no limit). The loop may keep fields of its own in the ticket.",
  },
  { "unpark", "fun(ticket: table)", "Resumes the coroutine that was parked with this ticket, once." },
  {
    "wait", "fun(fd: integer, seconds: number)",
    "Called in a coroutine from spawn: waits until the descriptor is readable, or for at most `seconds`.",
  },
  { "forget?", "fun(fd: integer)", "Called after the last `wait` for a descriptor, which may be closed now." },
  {
    "is_running?", "fun(): boolean?",
    "Whether the running coroutine can be suspended. Default: all but the main coroutine can.",
  },
}
