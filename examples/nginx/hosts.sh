# Shell functions: a Redis and hosts of a fleet on this machine, in a scratch directory, on free ports.
# `here` and `root` are this directory and that of the source tree.
# shellcheck shell=sh disable=SC2154
PATH=$PATH:/usr/sbin
scratch=${scratch:-$(mktemp -d "${TMPDIR:-/tmp}/cbr-replicator.XXXXXX")} || exit 69
hosts=${hosts:-}

# Below those that the system gives to outgoing connections, and not in use now.
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

redis_answers() {
  waited=0
  until ask_redis ping | grep -q PONG; do
    waited=$((waited + 1))
    [ "$waited" -lt 60 ] || return 1
    sleep 0.05
  done
}

# What is claimed must not be forgotten: every write is on the disk before it is answered, and nothing is evicted.
# Where redis_port is set, it goes on there with what it has written.
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
    redis-server "$scratch/redis.conf" >/dev/null && redis_answers && break
    redis_port=
    tries=$((tries + 1))
    [ "$tries" -lt 5 ] || { echo "Redis did not start" >&2; exit 69; }
  done
  CBR_REDIS=127.0.0.1:$redis_port
  export CBR_REDIS CBR_REDIS_PASSWORD CBR_REPLICATOR_TOKEN
}

# Starts nginx with nginx.conf as it is, but for its port: a prefix of its own, the modules of this source tree.
start_host() { # name; sets port
  prefix=$scratch/$1
  mkdir -p "$prefix/logs" "$prefix/temp"
  ln -s "$here/lua" "$here/page" "$prefix/"
  tries=0
  while :; do
    port=$(random_port)
    sed "s/127\.0\.0\.1:8087/127.0.0.1:$port/" "$here/nginx.conf" >"$prefix/nginx.conf"
    directives=
    [ "$(id -u)" != 0 ] || directives='user root;' # the scratch directory is nobody else's
    : >"$prefix/logs/error.log"
    if CBR_HOST=$1 LUA_PATH="$root/lua/?.lua;;" LUA_CPATH="$root/build/5.1/?.so;;" \
      nginx -p "$prefix/" -e logs/error.log -c nginx.conf -g "$directives" 2>"$prefix/start.log"; then
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

end_by() { # signal, file with the process id
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
