#!/usr/bin/env bash
# Builds the image with buildah and runs it without a container engine: as its own user, as process 1 of a namespace,
# with a read-only root file system and without capabilities. Defines a dashboard, changes counters, checks its health,
# stops it, and starts it again on the same volume. For machines without Docker, and for changes of the Dockerfile. Takes minutes, and needs
# root, buildah, util-linux and curl.
#
#   deploy/check-container.sh
#
# NODE_IMAGE=...   base image, instead of the one in the Dockerfile
# NPMRC=file       npm configuration for the build, for your own registry
# PORT=18082       free port of this machine
set -euo pipefail
cd "$(dirname "$0")/.."
export BUILDAH_ISOLATION=chroot
image=localhost/tallyboard-check
port=${PORT:-18082}
url=http://127.0.0.1:$port
work=$(mktemp -d)
container='' unshare='' node=''

end() {
  [ -z "$node" ] || kill -KILL "$node" 2>/dev/null || true
  [ -z "$container" ] || buildah rm "$container" >/dev/null
  rm -rf "$work"
}
trap end EXIT

ok() { printf 'ok: %s\n' "$*"; }
fail() {
  printf 'FAILED: %s\n' "$*" >&2
  [ ! -f "$work/log" ] || cat "$work/log" >&2
  exit 1
}
make_secret() { head --bytes 32 /dev/urandom | od --address-radix n --format x1 | tr -d ' \n'; }
lines_of_image() { buildah inspect --type image --format "{{range $1}}{{println .}}{{end}}" "$image" | sed '/^$/d'; }

buildah build --quiet --layers --format docker ${NODE_IMAGE:+--build-arg "NODE_IMAGE=$NODE_IMAGE"} \
  ${NPMRC:+--secret "id=npmrc,src=$NPMRC"} --tag "$image" . >/dev/null
container=$(buildah from "$image")
root=$(buildah mount "$container")
megabytes() { du --summarize --block-size=1M "$root/$1" | cut --fields=1; }
ok "built: $(megabytes .) MB, of these packages $(megabytes app/node_modules) MB and the service $(megabytes app/dist) MB"

for path in app/src app/test app/node_modules/jest app/node_modules/typescript usr/local/lib/node_modules root/.npm root/.npmrc; do
  [ ! -e "$root/$path" ] || fail "the image has /$path"
done
ok 'the image has no build, test or install tools'

mapfile -t command < <(lines_of_image .OCIv1.Config.Entrypoint && lines_of_image .OCIv1.Config.Cmd)
mapfile -t health < <(lines_of_image .Docker.Config.Healthcheck.Test | sed 1d)
user=$(buildah inspect --type image --format '{{.OCIv1.Config.User}}' "$image")
nobody=(setpriv --reuid "${user%:*}" --regid "${user#*:}" --clear-groups --bounding-set=-all --inh-caps=-all --no-new-privs)
lines_of_image .OCIv1.Config.Env >"$work/variables"
printf '%s\n' "PORT=$port" WRITE_TOKENS_FILE=/run/secrets/write-tokens ADMIN_TOKENS_FILE=/run/secrets/admin-tokens >>"$work/variables"
token=$(make_secret) admin=$(make_secret)
install -d -o "${user%:*}" -g "${user#*:}" "$work/data"
install -d "$work/secrets"
echo "till:$token" >"$work/secrets/write-tokens"
echo "admin:$admin" >"$work/secrets/admin-tokens"

# The mounts belong to a namespace and disappear with it.
cat >"$work/inside" <<'INSIDE'
root=$1 work=$2
shift 2
mount --bind "$root" "$root"
mount --bind "$work/data" "$root/data"
mount -t tmpfs -o size=64m,mode=1777 tmpfs "$root/tmp"
mount -t tmpfs tmpfs "$root/run"
mkdir "$root/run/secrets"
mount --bind "$work/secrets" "$root/run/secrets"
mount -t proc proc "$root/proc"
mount --bind /dev/null "$root/dev/null"
mount -o remount,bind,ro "$root"
mapfile -t variables <"$work/variables"
exec env --ignore-environment "${variables[@]}" chroot "$root" "$@"
INSIDE
begin() {
  touch "$root/dev/null" "$work/begun"
  unshare --mount --pid --fork --kill-child bash -eu "$work/inside" "$root" "$work" "${nobody[@]}" "${command[@]}" >"$work/log" 2>&1 &
  unshare=$!
}
# Retries a command for 30 s.
until_ok() {
  local try
  for try in $(seq 150); do
    if "$@" >"$work/tried" 2>&1; then return 0; fi
    sleep 0.2
  done
  cat "$work/tried" >&2
  fail "$* failed in all $try attempts"
}
ask() { curl --silent --fail --max-time 5 --header "Authorization: Bearer $token" "$@"; }
# Defines the dashboard `shop` with this token, and prints the status.
define() {
  curl --silent --output "$work/defined" --write-out '%{http_code}' --request PUT --header "Authorization: Bearer $1" \
    --header 'Content-Type: application/json' --data '{"counters":{"sales":{}}}' "$url/dashboards/shop"
}
read_counters() { ask "$url/dashboard" && ask "$url/dashboards/shop"; }
is_healthy() {
  local variables
  node=$(tr -d ' ' <"/proc/$unshare/task/$unshare/children")
  mapfile -t variables <"$work/variables"
  nsenter --target "$node" --mount --pid --root --wd env --ignore-environment "${variables[@]}" "${nobody[@]}" "${health[@]}"
}
stop() {
  local code=0
  kill -TERM "$node"
  wait "$unshare" || code=$?
  node=''
  [ "$code" = 0 ] || fail "SIGTERM: exited with $code"
}

begin
until_ok is_healthy
ok "started, and healthy: $(is_healthy)"
rights=$(awk '/^NSpid/ {print $3} /^Uid/ {print $2} /^CapBnd/ {print $2}' "/proc/$node/status" | sort | xargs)
[ "$rights" = "$(printf '%s\n' "${user%:*}" 1 0000000000000000 | sort | xargs)" ] || fail "unexpected process, user or capabilities: $rights"
ok "runs as process 1 and user $user, without capabilities"
for _ in 1 2 3; do ask --request POST "$url/order" >/dev/null; done
[ "$(define "$token")" = 403 ] || fail "a token that only counts could define a dashboard: $(cat "$work/defined")"
[ "$(define "$admin")" = 201 ] || fail "the admin token could not define a dashboard: $(cat "$work/defined")"
ok 'the admin token defines a dashboard, and the other one does not'
ask --request POST --header 'Content-Type: application/json' --data '{"amount":3}' "$url/dashboards/shop/counters/sales/add" >/dev/null
before=$(read_counters)
for path in / /docs /openapi.json; do ask --location "$url$path" >/dev/null || fail "$path is not served"; done
ok "counted: $before"
[ "$(curl --silent --output /dev/null --write-out '%{http_code}' --request POST "$url/order")" = 401 ] || fail 'a change without a token was accepted'
ok 'a change without a token is refused'
stop
ok 'SIGTERM: exited with 0'
[ -z "$(find "$root" -xdev -newer "$work/begun" -print -quit)" ] || fail "the root file system was modified"
ok "only the volume was modified: $(cd "$work/data" && echo *)"

begin
until_ok is_healthy
[ "$(read_counters)" = "$before" ] || fail 'the counters differ after a restart'
stop
ok 'restarted on the same volume with the same counters'

sed -i /_TOKENS_FILE=/d "$work/variables"
begin
code=0
wait "$unshare" || code=$?
[ "$code" = 1 ] && grep --quiet WRITE_TOKENS "$work/log" || fail "without tokens it exited with $code"
ok 'without tokens it does not start, and reports why'
