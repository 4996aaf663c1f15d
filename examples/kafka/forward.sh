#!/usr/bin/env bash
# Counts the messages of a Kafka topic: forward.sh BROKER TOPIC URL [OFFSET]
# Each message is the changes of a change set: [{"counter":"orders","by":1}]. Its topic, partition and offset are its
# key, so messages that are read again count nothing twice.
set -euo pipefail
[ "$#" -ge 3 ] || { echo "usage: forward.sh BROKER TOPIC URL [OFFSET]" >&2; exit 2; }
broker=$1 topic=$2 url=$3 offset=${4:-beginning}

token=()
if [ -n "${TALLYBOARD_TOKEN:-}" ]; then token=(-H "Authorization: Bearer $TALLYBOARD_TOKEN"); fi

answers=$(mktemp)
trap 'rm -f "$answers"' EXIT

# One line for each message, up to the end of each partition. %t is the topic, %p the partition, %o the offset.
kcat -C -q -e -b "$broker" -t "$topic" -o "$offset" \
  -f '{"dashboard":"main","changes":%s,"key":"%t/%p/%o"}\n' |
  curl --silent --show-error --fail-with-body -X POST "$url/changes" \
    -H 'Content-Type: application/x-ndjson' ${token[@]+"${token[@]}"} -T - >"$answers"

# Each line has a response of its own; those of refused ones have a type.
echo "$(grep -c '"replayed":false' "$answers" || true) counted, $(grep -c '"replayed":true' "$answers" || true) known"
if grep '"type":"urn:tallyboard:problem:' "$answers" >&2; then exit 1; fi
