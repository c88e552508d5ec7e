--- Malformed responses, and how calls end with them: data for spec/call/malformed_responses_spec.lua.
--
-- A row is { name, response, expected }. The response is a fault of the sandbox, or the bytes to send. In these bytes,
-- BODY stands for a valid body of the call, LENGTH for the size of that body, and CHUNK for that body as one chunk.
-- Expected: `kind` of the error (without it, the response is valid), `outcome` of an order ("unknown" if missing),
-- `status`, `says` (a pattern in the message), `valid_for_read` (a read succeeds), `may_be_valid` (some calls, or some
-- versions of libcurl, accept the response), `rejects_key` (the client does not use its key again for a while).

local OK = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
local SIZED = OK .. "Content-Length: LENGTH\r\n\r\nBODY"
local CHUNKED = OK .. "Transfer-Encoding: chunked\r\n\r\n"

local function with_body(body, status)
  return ("HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"):format(
    status or "200 OK", #body) .. body
end

local function nested(depth)
  return ("["):rep(depth) .. ("]"):rep(depth)
end

-- Fifty megabytes of zeros, compressed to fifty thousand bytes.
local function bomb()
  local pipe = assert(io.popen("head -c 50000000 /dev/zero | gzip -9", "r"))
  local bytes = pipe:read "*a"
  pipe:close()
  assert(#bytes > 40000 and #bytes < 60000)
  return bytes
end

local function many_keys(bytes)
  local keys = {}
  for i = 1, bytes / 20 do
    keys[i] = ('"k%07d":{"a":1}'):format(i)
  end
  return table.concat(keys, ",")
end

local function raw(body, more)
  local fault = more or {}
  fault.fault, fault.body = "raw", body
  return fault
end

-- A redirect to the sandbox's plain port. The sandbox would log a request that follows the redirect.
local function redirect(status)
  return { fault = "redirect", status = status }
end

return {
  -- valid responses, for comparison
  { "a valid response", SIZED },
  { "a valid response in chunks", CHUNKED .. "CHUNK0\r\n\r\n" },
  { "a valid response that ends with the connection", OK .. "Connection: close\r\n\r\nBODY" },
  { "HTTP/1.0", "HTTP/1.0 200 OK\r\n\r\nBODY" },
  { "a status line without a reason", "HTTP/1.1 200\r\nContent-Length: LENGTH\r\n\r\nBODY" },
  { "lines that end without a carriage return", "HTTP/1.1 200 OK\nContent-Length: LENGTH\n\nBODY" },
  { "bytes after the response", SIZED .. "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n" },

  -- truncated, late and endless responses
  { "a truncated body", OK .. "Content-Length: 1000\r\n\r\n{", { kind = "network" } },
  { "a head without its end", OK, { kind = "network" } },
  { "half a status line", "HTTP/1", { kind = "network" } },
  { "nothing at all", "", { kind = "network" } },
  { "a reset", { fault = "reset_after" }, { kind = "network" } },
  { "a chunk cut short", CHUNKED .. "100\r\n{\"", { kind = "network" } },
  { "chunks without their end", CHUNKED .. "CHUNK", { kind = "network" } },
  { "a body of one byte at a time", { fault = "drip", interval = 0.2 }, { kind = "timeout" } },
  { "an endless body of one byte at a time",
    raw(OK .. "\r\n{", { again = " ", interval = 0.05 }), { kind = "timeout" } },
  { "an endless head of one byte at a time",
    raw(OK .. "X-A: ", { again = "a", interval = 0.05 }), { kind = "timeout" } },
  { "endless chunks of one byte", raw(CHUNKED, { again = "1\r\n \r\n", interval = 0.05 }), { kind = "timeout" } },
  { "silence after the head", raw(OK .. "Content-Length: 10\r\n\r\n", { seconds = 30 }), { kind = "timeout" } },
  { "silence after one byte", raw("H", { seconds = 30 }), { kind = "timeout" } },
  { "an endless body", raw(OK .. "\r\n", { again = ("x"):rep(65536) }), { kind = "protocol", says = "larger" } },
  { "an endless chunk", raw(CHUNKED .. "7fffffff\r\n", { again = ("x"):rep(65536) }),
    { kind = "protocol", says = "larger" } },
  { "a Content-Length over the limit", { fault = "oversized", length = true }, { kind = "protocol", says = "larger" } },

  -- response heads
  { "endless header lines", { fault = "endless_headers" }, { kind = "protocol", says = "larger" } },
  { "a header line of megabytes", raw(OK .. "X-A: ", { again = ("a"):rep(65536), bytes = 8e6, tail = "\r\n\r\n" }),
    { kind = "protocol", says = "larger" } },
  { "a status line of megabytes", raw("HTTP/1.1 200 ", { again = ("a"):rep(65536), bytes = 8e6, tail = "\r\n\r\n" }),
    { kind = "protocol", says = "larger" } },
  { "a folded header", "HTTP/1.1 200 OK\r\nX-A: a\r\n b\r\nContent-Length: LENGTH\r\n\r\nBODY" },
  { "a header without a colon", "HTTP/1.1 200 OK\r\nnonsense\r\nContent-Length: LENGTH\r\n\r\nBODY",
    { kind = "protocol" } },
  { "a NUL in the head", "HTTP/1.1 200 OK\r\nX-A: \0\r\nContent-Length: LENGTH\r\n\r\nBODY", { kind = "protocol" } },
  { "a Content-Length that is too large", OK .. "Content-Length: 9LENGTH\r\n\r\nBODY", { kind = "network" } },
  { "a Content-Length that is too small",
    OK .. "Content-Length: 5\r\n\r\nBODY", { kind = "protocol", says = "not JSON" } },
  { "a negative Content-Length", OK .. "Content-Length: -5\r\n\r\nBODY", { kind = "protocol" } },
  { "a Content-Length that is not a number", OK .. "Content-Length: many\r\n\r\nBODY", { kind = "protocol" } },
  { "a Content-Length of 23 digits", OK .. "Content-Length: 99999999999999999999999\r\n\r\nBODY",
    { kind = "protocol", may_be_valid = true } },
  { "two different values of Content-Length",
    OK .. "Content-Length: 5\r\nContent-Length: 6\r\n\r\nBODY", { kind = "protocol" } },
  { "Content-Length and chunks", OK .. "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nCHUNK0\r\n\r\n" },
  { "a chunk size that is not a number", CHUNKED .. "zz\r\nBODY\r\n0\r\n\r\n", { kind = "protocol" } },
  { "a chunk size of 40 digits", CHUNKED .. ("f"):rep(40) .. "\r\nBODY\r\n0\r\n\r\n", { kind = "protocol" } },
  { "a negative chunk size", CHUNKED .. "-5\r\nBODY\r\n0\r\n\r\n", { kind = "protocol" } },
  { "trailers", CHUNKED .. "CHUNK0\r\nX-Request-Id: behind\r\nHTTP/1.1: 500 No\r\n\r\n" },
  { "endless trailers", raw(CHUNKED .. "0\r\n", { again = ("X-A: %s\r\n"):format(("a"):rep(1000)) }),
    { kind = "protocol", says = "larger" } },

  -- interim responses
  { "100 before the response", "HTTP/1.1 100 Continue\r\n\r\n" .. SIZED },
  { "300 times 103 before the response", ("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"):rep(300) .. SIZED },
  { "100 again and again",
    raw("", { again = "HTTP/1.1 100 Continue\r\n\r\n" }), { kind = "protocol", says = "larger" } },
  { "100 alone", "HTTP/1.1 100 Continue\r\n\r\n", { kind = "network" } },
  { "100, then silence", raw("HTTP/1.1 100 Continue\r\n\r\n", { seconds = 30 }), { kind = "timeout" } },
  { "101 to another protocol", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\nBODY",
    { kind = "protocol" } },
  { "102 with a body", "HTTP/1.1 102 Processing\r\nContent-Length: LENGTH\r\n\r\nBODY", { kind = "protocol" } },

  -- other protocols
  { "HTTP/0.9", "BODY", { kind = "protocol" } },
  { "HTTP/2 as text", "HTTP/2 200\r\nContent-Length: LENGTH\r\n\r\nBODY", { kind = "protocol" } },
  { "HTTP/2 in frames", "\0\0\18\4\0\0\0\0\0\0\3\0\0\0\128\0\4\0\1\0\0\0\5\0\255\255\255", { kind = "protocol" } },
  { "HTTP/3.7", "HTTP/3.7 200 OK\r\nContent-Length: LENGTH\r\n\r\nBODY", { kind = "protocol" } },
  { "HTTP/1.9", "HTTP/1.9 200 OK\r\nContent-Length: LENGTH\r\n\r\nBODY", { kind = "protocol" } },
  { "SSH", "SSH-2.0-OpenSSH_9.2\r\n", { kind = "protocol" } },
  { "random bytes", { fault = "garbage" }, { kind = "protocol" } },

  -- statuses
  { "status 099", "HTTP/1.1 099 Odd\r\nContent-Length: LENGTH\r\n\r\nBODY", { kind = "protocol" } },
  { "status 000", "HTTP/1.1 000 Odd\r\nContent-Length: LENGTH\r\n\r\nBODY", { kind = "protocol" } },
  { "status 600", with_body("{}", "600 Odd"), { kind = "service", status = 600 } },
  { "status 999", with_body("{}", "999 Odd"), { kind = "service", status = 999 } },
  { "408 and the end of the connection", with_body("", "408 Late\r\nConnection: close"),
    { kind = "service", status = 408 } },
  { "status 2000", with_body("{}", "2000 Odd"), { kind = "protocol" } },
  { "a status that is not a number", with_body("{}", "OK OK"), { kind = "protocol" } },
  { "201", with_body("BODY", "201 Created"):gsub("%d+\r\n\r\n", "LENGTH\r\n\r\n") .. "" },
  { "204", "HTTP/1.1 204 No Content\r\n\r\n", { kind = "protocol", status = 204 } },
  { "204 with a body", "HTTP/1.1 204 No Content\r\nContent-Length: LENGTH\r\n\r\nBODY",
    { kind = "protocol", status = 204 } },
  { "205 with a body", with_body("{}", "205 Reset Content"), { kind = "protocol", status = 205 } },
  { "304", "HTTP/1.1 304 Not Modified\r\n\r\n", { kind = "protocol", status = 304 } },
  { "304 with a body", "HTTP/1.1 304 Not Modified\r\nContent-Length: LENGTH\r\n\r\nBODY",
    { kind = "protocol", status = 304 } },
  { "301 to another host", redirect(301), { kind = "protocol", outcome = "rejected", status = 301 } },
  { "302 to another host", redirect(302), { kind = "protocol", status = 302 } },
  { "303 to another host", redirect(303), { kind = "protocol", status = 303 } },
  { "307 to another host", redirect(307), { kind = "protocol", outcome = "rejected", status = 307 } },
  { "308 to another host", redirect(308), { kind = "protocol", outcome = "rejected", status = 308 } },
  { "200 with a refresh", "HTTP/1.1 200 OK\r\nRefresh: 0;url=http://127.0.0.1:1/\r\n"
    .. "Content-Length: LENGTH\r\n\r\nBODY" },
  { "300", with_body("{}", "300 Choices\r\nLocation: /x"), { kind = "protocol", status = 300 } },
  { "401 without a body", with_body("", "401 No"), { kind = "unauthorized", outcome = "rejected", status = 401 } },
  { "401 with half a body", "HTTP/1.1 401 No\r\nContent-Length: 100\r\n\r\n{", { kind = "network", status = 401 } },
  { "401 with an endless body", raw("HTTP/1.1 401 No\r\n\r\n", { again = ("x"):rep(65536) }),
    { kind = "protocol", status = 401, says = "larger" } },
  { "407 from a server that is not a proxy", with_body("", "407 No\r\nProxy-Authenticate: Basic"),
    { kind = "connect", outcome = "rejected", status = 407 } },
  { "408", with_body("", "408 Late"), { kind = "service", status = 408 } },
  { "418 in HTML", with_body("<html>", "418 Teapot"), { kind = "forbidden", outcome = "rejected", status = 418 } },
  { "500 with half a body", "HTTP/1.1 500 No\r\nContent-Length: 100\r\n\r\n{", { kind = "network", status = 500 } },

  -- bodies
  { "no body", { fault = "empty" }, { kind = "protocol", status = 200 } },
  { "half a JSON text", { fault = "invalid_json" }, { kind = "protocol", status = 200 } },
  { "text/plain with 200", { fault = "wrong_type" }, { kind = "protocol", status = 200 } },
  { "HTML with 200", with_body "<html><body>Welcome to the lobby</body></html>", { kind = "protocol", status = 200 } },
  { "the right body under another content type", "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n"
    .. "Content-Length: LENGTH\r\n\r\nBODY" },
  { "an error's body with 200", with_body '{"error_code":"BackupService.6105","error_msg":"m"}',
    { kind = "not_found", outcome = "rejected", status = 200 } },
  { "null for every value",
    { fault = "null_fields" }, { kind = "protocol", status = 200, valid_for_read = true, may_be_valid = true } },
  { "a string", with_body '"text"', { kind = "protocol", status = 200 } },
  { "a number", with_body "42", { kind = "protocol", status = 200 } },
  { "true", with_body "true", { kind = "protocol", status = 200 } },
  { "null", with_body "null", { kind = "protocol", status = 200 } },
  { "a list", with_body "[1,2]", { kind = "protocol", status = 200 } },
  { "a byte order mark", with_body "\239\187\191{}", { kind = "protocol", status = 200 } },
  { "UTF-16", with_body "{\0}\0", { kind = "protocol", status = 200 } },
  { "a key twice",
    with_body '{"vaults":7,"replication":7,"sync":7,"vaults":[],"replication":{"a":1},"sync":{"a":1}}',
    { kind = "protocol", status = 200, valid_for_read = true } },
  { "two JSON texts", with_body "{}{}", { kind = "protocol", status = 200 } },
  { "deep lists", with_body(nested(10000)), { kind = "protocol", status = 200, says = "nested" } },
  { "deep objects", with_body(('{"a":'):rep(10000) .. "1" .. ("}"):rep(10000)),
    { kind = "protocol", status = 200, says = "nested" } },
  { "a million brackets that never close",
    with_body(("["):rep(1e6)), { kind = "protocol", status = 200, says = "nested" } },
  { "millions of empty lists", with_body('{"vaults":[' .. ("[],"):rep(1e6) .. "[]]}"),
    { kind = "protocol", status = 200, says = "than a text of this size" } },
  { "millions of brackets", with_body('{"vaults":[' .. ("[[]],"):rep(6e5) .. "[]]}"),
    { kind = "protocol", status = 200, says = "than a text of this size" } },
  { "NaN", with_body '{"a":NaN}', { kind = "protocol", status = 200 } },
  { "Infinity", with_body '{"a":-Infinity}', { kind = "protocol", status = 200 } },
  { "a hexadecimal number", with_body '{"a":0x10}', { kind = "protocol", status = 200 } },
  { "a control character in a string", with_body '{"vaults":["\1"]}',
    { kind = "protocol", status = 200, valid_for_read = true } },
  { "half of a surrogate pair", with_body [[{"a":"\ud800"}]], { kind = "protocol", status = 200 } },
  { "a trailing comma", with_body '{"a":1,}', { kind = "protocol", status = 200 } },
  { "fifty megabytes as gzip that the request did not accept", OK .. "Content-Encoding: gzip\r\n\r\n" .. bomb(),
    { kind = "protocol", status = 200 } },
  { "gzip as a transfer encoding", OK .. "Transfer-Encoding: gzip\r\n\r\n" .. bomb(), { kind = "protocol" } },
  { "gzip in gzip in gzip", OK .. "Transfer-Encoding: gzip, gzip, gzip, gzip, gzip, gzip, gzip\r\n\r\n" .. bomb(),
    { kind = "protocol" } },
  { "an unknown content encoding", OK .. "Content-Encoding: x-zip\r\nContent-Length: LENGTH\r\n\r\nBODY",
    { kind = "protocol", status = 200 } },
  { "an unknown content encoding of an error",
    "HTTP/1.1 400 No\r\nContent-Encoding: x-zip\r\nContent-Length: LENGTH\r\n\r\nBODY",
    { kind = "service", outcome = "rejected", status = 400 } },
  { "gzip that is not gzip", OK .. "Content-Encoding: gzip\r\nContent-Length: LENGTH\r\n\r\nBODY",
    { kind = "protocol", status = 200 } },

  -- error bodies that are hard to read
  { "a deeply nested error body", with_body(nested(10000), "400 No"),
    { kind = "service", outcome = "rejected", status = 400 } },
  { "an error body with values of wrong types",
    with_body([[{"error_code":{"a":1},"error_msg":[1],"request_id":7,"error":true,
    "encoded_authorization_message":[]}]], "400 No"), { kind = "service", outcome = "rejected", status = 400 } },
  { "an error body with invalid UTF-8", with_body('{"error_code":"X.1","error_msg":"\255\254\192\128"}', "400 No"),
    { kind = "service", outcome = "rejected", status = 400 } },
  { "an error body with line breaks and an escape sequence",
    with_body([[{"error_code":"X.1\nX","error_msg":"a\r\n\u001b[31mb"}]], "400 No"),
    { kind = "service", outcome = "rejected", status = 400, says = "^a %[31mb" } },
  { "an error body of a megabyte", with_body('{"error_code":"X.1","error_msg":"' .. ("m"):rep(1e6) .. '"}', "400 No"),
    { kind = "service", outcome = "rejected", status = 400 } },
  { "an error body of 60 kilobytes of keys", with_body("{" .. many_keys(60000) .. "}", "400 No"),
    { kind = "service", outcome = "rejected", status = 400 } },
  { "an error body almost as large as max_response", with_body("{" .. many_keys(3500000) .. "}", "400 No"),
    { kind = "service", outcome = "rejected", status = 400 } },
  { "an error body that repeats the canonical request 6000 times", with_body('{"error_msg":"canonicalRequest:'
    .. ("GET|/|x:y|"):rep(6000) .. '","error_code":"APIGW.0301"}', "401 No"),
    { kind = "unauthorized", outcome = "rejected", status = 401, rejects_key = true } },
  { "an error body with infinity as its code", with_body('{"error_code":1e999,"error_msg":-1e999}', "400 No"),
    { kind = "service", outcome = "rejected", status = 400 } },
}
