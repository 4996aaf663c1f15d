#!/usr/bin/env bash
# Runs nginx before two instances on one Redis, all on this machine, until Ctrl-C. Build the project first.
# NGINX_PORT, FIRST_PORT, SECOND_PORT and REDIS_PORT choose other ports, and DATA_DIR the folder of Redis.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
port=${NGINX_PORT:-8080} first=${FIRST_PORT:-8082} second=${SECOND_PORT:-8083} redis=${REDIS_PORT:-6379}
data=${DATA_DIR:-redis-data}
PATH=$PATH:/usr/sbin
if [ ! -f "$root/dist/main.js" ]; then
  echo "the project is not built: run npm ci && npm run build in $root" >&2
  exit 1
fi
mkdir -p "$data"
work=$(mktemp -d)
chmod 755 "$work" # The workers of nginx may be another user.
running=()

stop() {
  trap - EXIT INT TERM
  # In the order of the requests: nginx, the instances, Redis.
  for ((index = ${#running[@]} - 1; index >= 0; index -= 1)); do
    # One that has ended may have left its number to another process.
    jobs -rp | grep -x "${running[index]}" >/dev/null || continue
    kill "${running[index]}" 2>/dev/null || continue
    # Not `wait`: a process that ends as a signal interrupts Bash can lose its status, and `wait` then waits for ever.
    while kill -0 "${running[index]}" 2>/dev/null; do sleep 0.05; done
  done
  rm -rf "$work"
}
trap stop EXIT
trap 'exit 0' INT TERM

# Every acknowledged change is on the disk of Redis.
redis-server --bind 127.0.0.1 --port "$redis" --dir "$data" --appendonly yes --appendfsync always --save '' \
  --maxmemory-policy noeviction >"$work/redis.log" &
running+=($!)
for instance in "$first" "$second"; do
  STORE=redis REDIS_URL="redis://127.0.0.1:$redis" PORT="$instance" TRUST_PROXY=loopback \
    node "$root/dist/main.js" &
  running+=($!)
done

# The recipe, with these ports and without the files that only root may write.
sed -e "s/127\.0\.0\.1:8082 /127.0.0.1:$first /; s/127\.0\.0\.1:8083 /127.0.0.1:$second /" \
  -e "s/127\.0\.0\.1:8080;/127.0.0.1:$port;/; s|/run/nginx.pid|nginx.pid|; s|/var/log/nginx/||" \
  -e 's/worker_connections 40000/worker_connections 1000/' \
  -e 's/^http {/http { client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;/' \
  "$root/deploy/proxies/nginx-two.conf" >"$work/nginx.conf"
nginx -p "$work" -c nginx.conf -e error.log -g 'daemon off;' &
running+=($!)

echo "http://127.0.0.1:$port is nginx, before the processes ${running[1]} and ${running[2]}"
# An instance may end, and nginx goes on with the other one.
wait "${running[-1]}"
