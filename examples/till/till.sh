#!/usr/bin/env bash
# A till that loses no sale, and books none twice: till.sh URL sell CENTS, and till.sh URL send
# Each sale is a file before it is sent. The name of the file is its Idempotency-Key, so it counts once however often it
# is sent. What cannot be sent now stays, and goes with the next sale or with `send`.
set -euo pipefail
[ "$#" -ge 2 ] || { echo "usage: till.sh URL sell CENTS | till.sh URL send" >&2; exit 2; }
url=$1 command=$2
queue=${TILL_QUEUE:-till-queue}
mkdir -p "$queue/refused"

token=()
if [ -n "${TALLYBOARD_TOKEN:-}" ]; then token=(-H "Authorization: Bearer $TALLYBOARD_TOKEN"); fi

book() {
  [[ $1 =~ ^[1-9][0-9]{0,14}$ ]] || { echo "till: '$1' is not a price in cents, such as 4998" >&2; exit 2; }
  local sale
  # Begins with the time, so that sales are sent in their order.
  sale="$(date -u +%Y%m%dT%H%M%S)-$(od -An -N8 -tx1 /dev/urandom | tr -d ' ')"
  printf '{"changes":[{"counter":"revenue","by":%s},{"counter":"sales","by":1}],"reason":"till"}\n' "$1" \
    >"$queue/$sale.part"
  # A power failure leaves a whole sale or none: the data is on the disk before the name is.
  sync "$queue/$sale.part"
  mv "$queue/$sale.part" "$queue/$sale.json"
}

# Sends the waiting sales, oldest first. Ends at the first that cannot be sent now.
send() {
  local file status refused=0 answer="$queue/answer"
  for file in "$queue"/*.json; do
    [ -e "$file" ] || continue
    # curl repeats lost connections, 408, 429 and 5xx, waits as long as Retry-After asks for, and doubles its pauses.
    status=$(curl --silent --output "$answer" --write-out '%{http_code}' --max-time 10 \
      --retry "${TILL_RETRIES:-5}" --retry-all-errors --retry-max-time 30 \
      -H "Idempotency-Key: $(basename "$file" .json)" -H 'Content-Type: application/json' ${token[@]+"${token[@]}"} \
      --data-binary "@$file" "$url/dashboards/shop/changes") || true
    case $status in
      2??) rm -f "$file" ;;
      # The service is away, or the token is wrong: both can be put right, and the sale waits for it.
      000 | 401 | 403 | 408 | 425 | 429 | 5??)
        echo "till: cannot send now (status $status): $(find "$queue" -maxdepth 1 -name '*.json' | wc -l) waiting" >&2
        return 75
        ;;
      *)
        mv "$file" "$queue/refused/"
        refused=1
        echo "till: the service refused a sale, it is in $queue/refused: $(cat "$answer")" >&2
        ;;
    esac
  done
  [ "$refused" = 0 ] || return 65
  echo "all sales are booked"
}

case $command in
  sell) book "${3:-}" && send ;;
  send) send ;;
  *) echo "till: unknown command '$command'" >&2; exit 2 ;;
esac
