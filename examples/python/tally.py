#!/usr/bin/env python3
"""Counts and watches with Python's standard library only.

    python3 examples/python/tally.py add http://127.0.0.1:8082 orders 2
    python3 examples/python/tally.py watch http://127.0.0.1:8082 --count 3
"""
import argparse
import http.client
import json
import os
import random
import sys
import time
import urllib.error
import urllib.request
import uuid

RETRIED = {408, 425, 429, 500, 502, 503, 504}


def headers(**more):
    token = os.environ.get("TALLYBOARD_TOKEN")
    return {**({"Authorization": f"Bearer {token}"} if token else {}), **more}


def change(url, changes, dashboard="main", reason=None, key=None, retry_for_s=30):
    """Applies a change set. Retries with the same key, so that it counts once."""
    body = {"changes": changes, **({"reason": reason} if reason else {})}
    request = urllib.request.Request(
        f"{url}/dashboards/{dashboard}/changes",
        data=json.dumps(body).encode(),
        headers=headers(**{"Content-Type": "application/json", "Idempotency-Key": key or str(uuid.uuid4())}),
    )
    end = time.monotonic() + retry_for_s
    for failures in range(1_000):
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            problem = json.loads(error.read() or b"{}")
            wait_s = float(error.headers.get("Retry-After") or 0)
            if error.code not in RETRIED:
                raise SystemExit(f"refused: {problem.get('detail')} ({problem.get('code')})") from error
        except (OSError, http.client.HTTPException):
            wait_s = 0
        wait_s = max(wait_s, random.uniform(0, min(5, 0.25 * 2**failures)))
        if time.monotonic() + wait_s > end:
            raise SystemExit(f"cannot reach {url}: gave up after {retry_for_s} s")
        time.sleep(wait_s)


def messages(url, dashboard="main"):
    """Yields the messages of the live protocol from server-sent events, until the connection ends."""
    request = urllib.request.Request(f"{url}/dashboards/{dashboard}", headers=headers(Accept="text/event-stream"))
    # A heartbeat comes every 15 s, unless HEARTBEAT_MS differs: silence of 40 s means that the connection is dead.
    with urllib.request.urlopen(request, timeout=40) as stream:
        data = []
        for line in stream:
            text = line.decode().rstrip("\n")
            if text.startswith("data: "):
                data.append(text[len("data: "):])
            elif text == "" and data:
                yield json.loads("\n".join(data))
                data = []


def watch(url, dashboard="main"):
    """Yields each newer state of a dashboard, as its revision and counters. Reconnects by itself."""
    while True:
        pause_s, state = random.uniform(1, 2), None
        try:
            for message in messages(url, dashboard):
                if message["type"] == "snapshot":
                    state = message["counters"]
                elif message["type"] == "patch":
                    state = {**state, **message["counters"]}
                elif message["type"] == "reconnect":
                    pause_s = message["afterMs"] / 1_000
                    continue
                else:
                    continue
                yield message["revision"], state
        except urllib.error.HTTPError as error:
            if error.code not in RETRIED:
                raise SystemExit(f"refused: {json.loads(error.read() or b'{}').get('detail')}") from error
        except (OSError, http.client.HTTPException):
            pass
        time.sleep(pause_s)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    adding = commands.add_parser("add")
    adding.add_argument("url")
    adding.add_argument("counter")
    adding.add_argument("amount", nargs="?", type=int, default=1)
    adding.add_argument("--key")
    watching = commands.add_parser("watch")
    watching.add_argument("url")
    watching.add_argument("--count", type=int, help="exit after this many states")
    options = parser.parse_args()
    if options.command == "add":
        print(json.dumps(change(options.url, [{"counter": options.counter, "by": options.amount}], key=options.key)))
        return
    for shown, (revision, counters) in enumerate(watch(options.url), 1):
        print(f"revision {revision}: {json.dumps(counters)}", flush=True)
        if shown == options.count:
            break


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
