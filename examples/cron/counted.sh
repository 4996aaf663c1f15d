#!/usr/bin/env bash
# Runs a command, and counts whether it succeeded: counted.sh URL NAME COMMAND [ARGUMENT ...]
# Exits with the status of the command, also if the service cannot be reached: a job does not depend on its counter.
set -uo pipefail
[ "$#" -ge 3 ] || { echo "usage: counted.sh URL NAME COMMAND [ARGUMENT ...]" >&2; exit 2; }
url=$1 name=$2
shift 2

("$@")
status=$?
if [ "$status" -eq 0 ]; then counter=runs; else counter=failures; fi

token=()
if [ -n "${TALLYBOARD_TOKEN:-}" ]; then token=(-H "Authorization: Bearer $TALLYBOARD_TOKEN"); fi
# One key for all attempts of curl: the run counts once, even if an answer is lost.
key="$name-$(date -u +%Y%m%dT%H%M%S)-$$"
answer=$(mktemp)
trap 'rm -f "$answer"' EXIT
http_status=$(curl --silent --show-error --output "$answer" --write-out '%{http_code}' --max-time 10 \
  --retry "${COUNTED_RETRIES:-5}" --retry-all-errors --retry-max-time 60 \
  -H "Idempotency-Key: $key" -H 'Content-Type: application/json' ${token[@]+"${token[@]}"} \
  -d "{\"changes\":[{\"counter\":\"$counter\",\"by\":1}],\"reason\":\"$name ended with $status\"}" \
  "$url/dashboards/jobs/changes")
if [[ $http_status != 2?? ]]; then
  echo "counted: $name ended with $status, and was not counted (status $http_status): $(cat "$answer")" >&2
fi
exit "$status"
