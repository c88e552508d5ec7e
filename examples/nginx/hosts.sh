# Shell functions: a Redis and hosts of a fleet on this machine, in a scratch directory, on free ports.
# shellcheck shell=sh
PATH=$PATH:/usr/sbin
scratch=$(mktemp -d "${TMPDIR:-/tmp}/cbr-replicator.XXXXXX") || exit 69
hosts=

random_port() {
  echo $((30000 + $(od -An -N2 -tu2 /dev/urandom) % 30000))
}

start_redis() { # a directory to keep its data in, that of the last one to go on with it
  tries=0
  while :; do
    redis_port=$(random_port)
    redis-server --port "$redis_port" --bind 127.0.0.1 --dir "$scratch" --pidfile "$scratch/redis.pid" \
      --daemonize yes --logfile "$scratch/redis.log" --save '' --appendonly yes >/dev/null
    waited=0
    while [ "$waited" -lt 100 ]; do
      redis-cli -p "$redis_port" ping 2>/dev/null | grep -q PONG && break 2
      sleep 0.05
      waited=$((waited + 1))
    done
    tries=$((tries + 1))
    [ "$tries" -lt 5 ] || { echo "Redis did not start" >&2; exit 69; }
  done
  CBR_REDIS=127.0.0.1:$redis_port
  CBR_REPLICATOR_TOKEN=${CBR_REPLICATOR_TOKEN:-$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')}
  export CBR_REDIS CBR_REPLICATOR_TOKEN
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

stop_hosts() {
  trap '' INT TERM HUP
  for host in $hosts; do
    kill -TERM "$(cat "$scratch/$host/logs/nginx.pid")" 2>/dev/null
    while [ -e "$scratch/$host/logs/nginx.pid" ]; do sleep 0.05; done
  done
  [ ! -e "$scratch/redis.pid" ] || kill "$(cat "$scratch/redis.pid")" 2>/dev/null
  while [ -e "$scratch/redis.pid" ]; do sleep 0.05; done
  rm -rf "$scratch"
}
