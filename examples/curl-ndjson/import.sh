#!/usr/bin/env bash
# Imports a CSV file (receipt,counter,amount) into dashboard main: import.sh http://127.0.0.1:8082 sales.csv
# Each row is a change set with its receipt number as the key, so running it again counts nothing twice.
set -euo pipefail
url=$1 file=$2

token=()
if [ -n "${TALLYBOARD_TOKEN:-}" ]; then token=(-H "Authorization: Bearer $TALLYBOARD_TOKEN"); fi

answers=$(mktemp)
trap 'rm -f "$answers"' EXIT

# Writes a line of JSON for each row. The names and receipts of this file need no escaping.
awk -F, 'NR > 1 { printf "{\"dashboard\":\"main\",\"changes\":[{\"counter\":\"%s\",\"by\":%d}],\"key\":\"%s\"}\n", $2, $3, $1 }' "$file" |
  curl --silent --show-error --fail-with-body -X POST "$url/changes" \
    -H 'Content-Type: application/x-ndjson' ${token[@]+"${token[@]}"} -T - >"$answers"

# The status is 200 even if lines are refused: each line has a response of its own.
applied=$(grep -c '"replayed":false' "$answers" || true)
repeated=$(grep -c '"replayed":true' "$answers" || true)
refused=$(grep -c '"type":"urn:tallyboard:problem:' "$answers" || true)
echo "$applied applied, $repeated counted before, $refused refused"
if tail -n 1 "$answers" | grep -qE '"code":"(too-many-invalid-lines|stopping)"'; then
  echo "the service stopped reading: the last problem has the line to go on from" >&2
fi
if [ "$refused" -gt 0 ]; then
  grep '"type":"urn:tallyboard:problem:' "$answers" >&2
  exit 1
fi
