-- luacheck: std ngx_lua+luajit
--- Faults that nginx cannot produce: a TCP reset of a connection, and ports that refuse connections for a while.
-- This module changes the descriptors of its own process, which it finds through /proc (Linux only). It needs an nginx
-- that uses epoll and is a single process.

local ffi = require "ffi"

ffi.cdef [[
typedef struct { uint16_t family; uint8_t rest[126]; } sandbox_sockaddr;
typedef struct {
  unsigned long ino; long off; unsigned short reclen; unsigned char type; char name[256];
} sandbox_dirent;
void *opendir(const char *name);
sandbox_dirent *readdir(void *dir);
int closedir(void *dir);
int getsockname(int fd, sandbox_sockaddr *address, unsigned int *length);
int getpeername(int fd, sandbox_sockaddr *address, unsigned int *length);
int getsockopt(int fd, int level, int option, void *value, unsigned int *length);
int connect(int fd, const sandbox_sockaddr *address, unsigned int length);
int shutdown(int fd, int how);
int listen(int fd, int backlog);
int epoll_ctl(int epfd, int op, int fd, void *event);
ssize_t readlink(const char *path, char *buffer, size_t size);
int prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d);
]]
ffi.cdef(ffi.arch == "x64"
  and "typedef struct __attribute__((packed)) { uint32_t events; uint64_t data; } sandbox_epoll_event;"
  or "typedef struct { uint32_t events; uint64_t data; } sandbox_epoll_event;")

local C = ffi.C
local AF_UNSPEC = 0
local SOL_SOCKET, SO_ACCEPTCONN = 1, 30
local SHUT_RD, SHUT_RDWR = 0, 2
local EPOLL_CTL_ADD, EPOLL_CTL_DEL = 1, 2
local PR_SET_PDEATHSIG, SIGKILL = 1, 9
local BACKLOG = 511

local sockets = {}

local function descriptors()
  local list = {}
  local dir = C.opendir "/proc/self/fd"
  if dir == nil then
    return list
  end
  while true do
    local entry = C.readdir(dir)
    if entry == nil then
      break
    end
    list[#list + 1] = tonumber(ffi.string(entry.name))
  end
  C.closedir(dir)
  return list
end

local address, length = ffi.new "sandbox_sockaddr", ffi.new "unsigned int[1]"

-- `get`: getsockname or getpeername. The port is in the same two bytes of an IPv4 and an IPv6 address.
local function port(get, fd)
  length[0] = ffi.sizeof(address)
  if get(fd, address, length) ~= 0 or length[0] < 4 then
    return nil
  end
  return address.rest[0] * 256 + address.rest[1]
end

local flag = ffi.new "int[1]"

local function is_listening(fd)
  length[0] = ffi.sizeof(flag)
  return C.getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, flag, length) == 0 and flag[0] == 1
end

--- Resets the connection from `peer_port` to `own_port`. connect(AF_UNSPEC) on an established TCP socket makes Linux
-- send RST at once, before anything else (such as TLS's close_notify) can be written.
function sockets.reset(own_port, peer_port)
  local unspecified = ffi.new("sandbox_sockaddr", { family = AF_UNSPEC })
  for _, fd in ipairs(descriptors()) do
    if port(C.getsockname, fd) == own_port and port(C.getpeername, fd) == peer_port then
      return C.connect(fd, unspecified, 16) == 0
    end
  end
  return false
end

local function hex_to_u64(text)
  text = ("0"):rep(16 - #text) .. text
  return tonumber(text:sub(1, 8), 16) * 4294967296ULL + tonumber(text:sub(9), 16)
end

local link = ffi.new "char[64]"

-- The registrations in nginx's epoll instances: a table with {epfd, events, data} at the index of each descriptor.
local function registrations()
  local map = {}
  for _, epfd in ipairs(descriptors()) do
    local size = C.readlink("/proc/self/fd/" .. epfd, link, 64)
    if size > 0 and ffi.string(link, size) == "anon_inode:[eventpoll]" then
      for line in io.lines("/proc/self/fdinfo/" .. epfd) do
        local fd, events, data = line:match "^tfd:%s*(%d+)%s+events:%s*(%x+)%s+data:%s*(%x+)"
        if fd then
          map[tonumber(fd)] = { epfd = epfd, events = tonumber(events, 16), data = hex_to_u64(data) }
        end
      end
    end
  end
  return map
end

local closed = {} -- the listening sockets that refuse connections: a table with the registration of each descriptor

--- Closes every port except `control_port`: new connections are refused, open ones are shut down.
function sockets.refuse(control_port)
  local registered = registrations()
  local listening, served = {}, {}
  for _, fd in ipairs(descriptors()) do
    local own = port(C.getsockname, fd)
    if own and own ~= control_port and is_listening(fd) then
      listening[#listening + 1], served[own] = fd, true
    end
  end
  for _, fd in ipairs(descriptors()) do
    if served[port(C.getsockname, fd)] and port(C.getpeername, fd) then
      C.shutdown(fd, SHUT_RDWR)
    end
  end
  for _, fd in ipairs(listening) do
    local registration = registered[fd]
    if registration then
      C.epoll_ctl(registration.epfd, EPOLL_CTL_DEL, fd, ffi.new "sandbox_epoll_event")
      -- After shutdown(SHUT_RD) a listening socket refuses connections but keeps its port.
      C.shutdown(fd, SHUT_RD)
      closed[fd] = registration
    end
  end
end

--- Reopens the ports that `refuse` closed.
function sockets.accept()
  for fd, registration in pairs(closed) do
    C.listen(fd, BACKLOG)
    local event = ffi.new("sandbox_epoll_event", registration.events, registration.data)
    C.epoll_ctl(registration.epfd, EPOLL_CTL_ADD, fd, event)
  end
  closed = {}
end

--- Makes this process end when its parent ends, even if the parent is killed.
function sockets.die_with_parent()
  C.prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)
end

return sockets
