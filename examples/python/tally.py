#!/usr/bin/env python3
"""Counts and watches with the Python client.

    python3 examples/python/tally.py add http://127.0.0.1:8082 orders 2
    python3 examples/python/tally.py watch http://127.0.0.1:8082 --count 3
"""
import argparse
import json
import os
import sys
from itertools import islice
from pathlib import Path

# An installed client (`pip install ./clients/python`) needs no such line.
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "clients" / "python"))
import tallyboard  # noqa: E402


def report(status: tallyboard.WatchStatus) -> None:
    """Says why the numbers are not live."""
    if status.state in ("degraded", "stale", "reconnecting"):
        print(f"{status.state}: {status.reason}", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    adding = commands.add_parser("add")
    adding.add_argument("url")
    adding.add_argument("counter")
    adding.add_argument("amount", nargs="?", type=int, default=1)
    adding.add_argument("--key", help="repeat a change with the key of its first attempt, and it counts once")
    watching = commands.add_parser("watch")
    watching.add_argument("url")
    watching.add_argument("--count", type=int, help="exit after this many states")
    options = parser.parse_args()

    token = os.environ.get("TALLYBOARD_TOKEN")
    if options.command == "add":
        outcome = tallyboard.add(options.url, options.counter, options.amount, key=options.key, token=token)
        print(json.dumps(outcome))
        return
    with tallyboard.watch(options.url, token=token, on_status=report) as snapshots:
        for snapshot in islice(snapshots, options.count):
            print(f"revision {snapshot['revision']}: {json.dumps(snapshot['counters'])}", flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
    except tallyboard.TallyboardError as error:
        sys.exit(f"tally: {error}")
