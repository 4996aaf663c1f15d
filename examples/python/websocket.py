#!/usr/bin/env python3
"""Watches dashboard main by WebSocket, with the package `websockets` and the rules of the Python client.

    python3 examples/python/websocket.py ws://127.0.0.1:8082/dashboards/main
"""
import asyncio
import json
import sys
from pathlib import Path

import websockets

# An installed client (`pip install ./clients/python`) needs no such line.
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "clients" / "python"))
import tallyboard  # noqa: E402


async def watch(url: str) -> None:
    """Prints each newer state. The loop over `connect` opens another connection when one ends."""
    shown: tallyboard.Snapshot | None = None
    # The service pings the viewer, and `websockets` answers. Heartbeats of its own are not needed.
    async for socket in websockets.connect(url, subprotocols=["tallyboard.v1"], ping_interval=None):
        state: tallyboard.Snapshot | None = None
        try:
            while True:
                # A heartbeat comes every 15 s, unless HEARTBEAT_MS differs: more silence means a dead connection.
                message = json.loads(await asyncio.wait_for(socket.recv(), timeout=22))
                if message["type"] not in ("snapshot", "patch"):
                    continue
                state = tallyboard.apply_message(state, message)
                if state is None:
                    break
                if tallyboard.is_newer(state, shown):
                    shown = state
                    print(f"revision {shown['revision']}: {json.dumps(shown['counters'])}", flush=True)
        except (websockets.ConnectionClosed, asyncio.TimeoutError):
            continue


if __name__ == "__main__":
    try:
        asyncio.run(watch(sys.argv[1]))
    except KeyboardInterrupt:
        sys.exit(130)
