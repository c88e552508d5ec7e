# Shell functions that run a Redis and several hosts on this machine, in a scratch directory, on free ports.
# The caller sets `here` (this directory) and `root` (the source tree).
# shellcheck shell=sh disable=SC2154
PATH=$PATH:/usr/sbin
scratch=${scratch:-$(mktemp -d "${TMPDIR:-/tmp}/cbr-replicator.XXXXXX")} || exit 69
hosts=${hosts:-}

# Prints a free port below the range that the system uses for outgoing connections.
random_port() {
  while :; do
    candidate=$((10240 + $(od -An -N2 -tu2 /dev/urandom) % 20000))
    grep -qs "$(printf ':%04X ' "$candidate")" /proc/net/tcp /proc/net/tcp6 || break
  done
  echo "$candidate"
}

random_secret() {
  od -An -N16 -tx1 /dev/urandom | tr -d ' \n'
}

ask_redis() {
  REDISCLI_AUTH=$CBR_REDIS_PASSWORD redis-cli -p "$redis_port" "$@" 2>/dev/null
}

redis_responds() {
  waited=0
  until ask_redis ping | grep -q PONG; do
    waited=$((waited + 1))
    [ "$waited" -lt 60 ] || return 1
    sleep 0.05
  done
}

# Starts Redis. Redis must not lose the claim of an order: each write is on disk before Redis responds, and no key
# is evicted. If redis_port is set, Redis starts again on that port with its data.
start_redis() {
  CBR_REDIS_PASSWORD=${CBR_REDIS_PASSWORD:-$(random_secret)}
  CBR_REPLICATOR_TOKEN=${CBR_REPLICATOR_TOKEN:-$(random_secret)}
  tries=0
  while :; do
    redis_port=${redis_port:-$(random_port)}
    cat >"$scratch/redis.conf" <<END
port $redis_port
bind 127.0.0.1
dir $scratch
pidfile $scratch/redis.pid
logfile $scratch/redis.log
daemonize yes
requirepass $CBR_REDIS_PASSWORD
save ""
appendonly yes
appendfsync always
maxmemory-policy noeviction
END
    redis-server "$scratch/redis.conf" >/dev/null && redis_responds && break
    redis_port=
    tries=$((tries + 1))
    [ "$tries" -lt 5 ] || { echo "Redis did not start" >&2; exit 69; }
  done
  CBR_REDIS=127.0.0.1:$redis_port
  export CBR_REDIS CBR_REDIS_PASSWORD CBR_REPLICATOR_TOKEN
}

# Starts nginx with nginx.conf and another port, in a new prefix, with the modules of this source tree. Sets `port`. In
# a sandbox, this is the nginx binary of the sandbox, with the load_module lines that this binary needs.
start_host() { # arguments: name
  prefix=$scratch/$1
  mkdir -p "$prefix/logs" "$prefix/temp"
  ln -s "$here/lua" "$here/page" "$prefix/"
  tries=0
  while :; do
    port=$(random_port)
    ca=${CBR_WEBHOOK_CA_FILE:-/etc/ssl/certs/ca-certificates.crt}
    sed "s/127\.0\.0\.1:8087/127.0.0.1:$port/; s|/etc/ssl/certs/ca-certificates.crt|$ca|" "$here/nginx.conf" \
      >"$prefix/nginx.conf"
    # The endpoints of the sandbox's regions. The endpoints of the cloud's regions need no variables.
    for region in $(env | sed -n 's/^\(HUAWEICLOUD_SDK_REGION_CBR_[A-Z0-9_]*\)=.*/\1/p'); do
      echo "env $region;" >>"$prefix/nginx.conf"
    done
    if [ -n "${CBR_SANDBOX_NGINX:-}" ]; then
      sed -i '/^load_module /d' "$prefix/nginx.conf"
      printf '%s\n' "$CBR_SANDBOX_NGINX_LOAD" | cat - "$prefix/nginx.conf" >"$prefix/with_modules"
      mv "$prefix/with_modules" "$prefix/nginx.conf"
    fi
    directives=
    [ "$(id -u)" != 0 ] || directives='user root;' # workers of another user could not enter the scratch directory
    : >"$prefix/logs/error.log"
    if CBR_HOST=$1 LUA_PATH="$root/lua/?.lua;;" LUA_CPATH="$root/build/5.1/?.so;;" \
      "${CBR_SANDBOX_NGINX:-nginx}" -p "$prefix/" -e logs/error.log -c nginx.conf -g "$directives" 2>"$prefix/start.log"; then
      break
    fi
    tries=$((tries + 1))
    if [ "$tries" -ge 5 ] || ! grep -q 'bind()' "$prefix/start.log"; then
      cat "$prefix/start.log" >&2
      exit 69
    fi
  done
  hosts="$hosts $1"
}

end_by() { # arguments: signal, file with the process id
  [ ! -e "$2" ] || kill "-$1" "$(cat "$2")" 2>/dev/null
  waited=0
  while [ -e "$2" ] && [ "$waited" -lt 400 ]; do
    sleep 0.05
    waited=$((waited + 1))
  done
}

stop_hosts() {
  trap '' INT TERM HUP
  for host in $hosts; do
    end_by TERM "$scratch/$host/logs/nginx.pid"
  done
  end_by TERM "$scratch/redis.pid"
  rm -rf "$scratch"
}
