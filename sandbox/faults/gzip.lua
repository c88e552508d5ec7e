-- luacheck: std ngx_lua+luajit
--- Compresses text into gzip's format, with the zlib library that nginx has loaded.

local ffi = require "ffi"

ffi.cdef [[
typedef struct {
  const char *next_in; unsigned int avail_in; unsigned long total_in;
  char *next_out; unsigned int avail_out; unsigned long total_out;
  const char *msg; void *state; void *zalloc; void *zfree; void *opaque;
  int data_type; unsigned long adler; unsigned long reserved;
} sandbox_z_stream;
const char *zlibVersion(void);
int deflateInit2_(sandbox_z_stream *stream, int level, int method, int window_bits, int memory_level, int strategy,
                  const char *version, int size);
unsigned long deflateBound(sandbox_z_stream *stream, unsigned long length);
int deflate(sandbox_z_stream *stream, int flush);
int deflateEnd(sandbox_z_stream *stream);
]]

local LEVEL, DEFLATED, GZIP_WINDOW, MEMORY_LEVEL = 6, 8, 15 + 16, 8
local Z_OK, Z_STREAM_END, Z_FINISH = 0, 1, 4

local zlib = ffi.C
if not pcall(function() return zlib.deflateInit2_ end) then
  zlib = ffi.load "z"
end

--- Returns the bytes of a gzip file that contains `text`.
return function(text)
  local stream = ffi.new "sandbox_z_stream"
  assert(zlib.deflateInit2_(stream, LEVEL, DEFLATED, GZIP_WINDOW, MEMORY_LEVEL, 0, zlib.zlibVersion(),
    ffi.sizeof(stream)) == Z_OK)
  local size = tonumber(zlib.deflateBound(stream, #text))
  local out = ffi.new("char[?]", size)
  stream.next_in, stream.avail_in = text, #text
  stream.next_out, stream.avail_out = out, size
  local status = zlib.deflate(stream, Z_FINISH)
  local bytes = ffi.string(out, size - stream.avail_out)
  zlib.deflateEnd(stream)
  assert(status == Z_STREAM_END)
  return bytes
end
