"""The client against a scripted server, for what a real service would not answer on demand.

Run it in the folder of the client: python3 -m unittest discover tests
"""

import json
import threading
import unittest
from collections.abc import Callable
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import time
from typing import Any, cast

import tallyboard
from tallyboard import RefusedError, Snapshot, UnavailableError, Watch, WatchStatus

OUTCOME = {"dashboard": "main", "revision": 1, "at": 0, "counters": {"orders": 1}, "replayed": False}
JSON = {"Content-Type": "application/json"}
EVENTS = {"Content-Type": "text/event-stream; charset=utf-8"}
FAST: dict[str, Any] = {"initial_retry_delay_s": 0.001, "max_retry_delay_s": 0.001}

Answer = tuple[int, dict[str, str], str]


def snapshot(revision: int, epoch: str = "a", **members: Any) -> dict[str, Any]:
    state = {"dashboard": "main", "epoch": epoch, "revision": revision, "at": 0, "counters": {"orders": revision}}
    return {"type": "snapshot", **state, "definition": 1, "heartbeatMs": 15_000, **members}


def patch(start: int, revision: int, **members: Any) -> dict[str, Any]:
    counters = {"orders": revision}
    return {"type": "patch", "from": start, "revision": revision, "at": 1, "counters": counters, **members}


def events(*messages: dict[str, Any]) -> Answer:
    return 200, EVENTS, "retry: 2000\n\n" + "".join(f"data: {json.dumps(message)}\n\n" for message in messages)


def problem(status: int, **headers: str) -> Answer:
    body = {"title": "No", "status": status, "detail": "not now", "code": "some-code", "remedy": "Wait."}
    return status, {"Content-Type": "application/problem+json", **headers}, json.dumps(body)


class ScriptedServer:
    """Gives the answers in turn, and the last one again and again. Each connection serves one request."""

    def __init__(self, test: unittest.TestCase, *answers: Answer) -> None:
        self.requests: list[tuple[str, Any, bytes]] = []
        lock = threading.Lock()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def respond(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                with lock:
                    server.requests.append((self.path, self.headers, body))
                    status, headers, text = answers[min(len(server.requests), len(answers)) - 1]
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text.encode())

            do_GET = do_POST = respond

            def log_message(self, *_: Any) -> None:
                pass

        http_server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        http_server.daemon_threads = True
        threading.Thread(target=http_server.serve_forever, args=(0.01,), daemon=True).start()
        test.addCleanup(http_server.server_close)
        test.addCleanup(http_server.shutdown)
        self.url = f"http://127.0.0.1:{http_server.server_address[1]}"


def counts(watch: Watch, length: int) -> list[int]:
    with watch:
        return [next(watch)["counters"]["orders"] for _ in range(length)]


class ChangeTest(unittest.TestCase):
    def test_a_transient_status_is_retried_with_the_same_key(self) -> None:
        for status in (408, 425, 429, 500, 502, 503):
            with self.subTest(status=status):
                retry_after = {"Retry-After": "0"} if status == 429 else {}
                server = ScriptedServer(self, problem(status, **retry_after), (200, JSON, json.dumps(OUTCOME)))
                self.assertEqual(tallyboard.add(server.url, "orders", 2, reason="test"), OUTCOME)
                (_, first, _), (path, second, body) = server.requests
                self.assertEqual(path, "/dashboards/main/changes")
                self.assertEqual(first["Idempotency-Key"], second["Idempotency-Key"])
                self.assertEqual(json.loads(body), {"changes": [{"counter": "orders", "by": 2}], "reason": "test"})

    def test_a_response_that_is_cut_is_requested_again(self) -> None:
        cut = (200, {**JSON, "Content-Length": "500"}, json.dumps(OUTCOME))
        not_json = (200, JSON, '{"dashboard": "ma')
        server = ScriptedServer(self, cut, not_json, (200, JSON, json.dumps(OUTCOME)))
        self.assertEqual(tallyboard.remove(f"{server.url}/base/", "orders", dashboard="a b", key="k"), OUTCOME)
        self.assertEqual([headers["Idempotency-Key"] for _, headers, _ in server.requests], ["k", "k", "k"])
        self.assertEqual({path for path, _, _ in server.requests}, {"/base/dashboards/a%20b/changes"})

    def test_a_refusal_is_raised_at_once_with_its_problem(self) -> None:
        server = ScriptedServer(self, problem(409))
        with self.assertRaisesRegex(RefusedError, r"^not now \(some-code\)\. Wait\.$") as raised:
            tallyboard.undo(server.url, 3)
        self.assertEqual(raised.exception.problem["status"], 409)
        self.assertEqual(json.loads(server.requests[0][2]), {"undoes": 3})
        self.assertEqual(len(server.requests), 1)

    def test_a_redirect_is_refused_and_named_and_not_followed(self) -> None:
        server = ScriptedServer(self, (301, {"Location": "https://other.example/"}, ""))
        with self.assertRaisesRegex(RefusedError, "redirects to https://other.example/: use that one"):
            tallyboard.change(server.url, [{"counter": "orders", "to": 1}], token="secret")
        self.assertEqual(len(server.requests), 1)

    def test_a_wait_beyond_the_time_for_retries_ends_them(self) -> None:
        for wait in ("60", formatdate(time() + 60, usegmt=True)):
            server = ScriptedServer(self, problem(503, **{"Retry-After": wait}))
            with self.assertRaisesRegex(UnavailableError, "not now") as raised:
                tallyboard.add(server.url, "orders", max_retry_s=10)
            self.assertGreater(raised.exception.retry_after_s, 50)
            self.assertEqual(len(server.requests), 1)

    def test_a_service_that_cannot_be_reached_is_named(self) -> None:
        with self.assertRaisesRegex(UnavailableError, "^cannot reach http://127.0.0.1:1: .*refused"):
            tallyboard.add("http://127.0.0.1:1", "orders", max_retry_s=0)

    def test_a_refused_token_is_requested_again_once(self) -> None:
        tokens = iter(["old", "new"])
        server = ScriptedServer(self, problem(401), (200, JSON, json.dumps(OUTCOME)))
        self.assertEqual(tallyboard.add(server.url, "orders", token=lambda: next(tokens)), OUTCOME)
        sent = [headers["Authorization"] for _, headers, _ in server.requests]
        self.assertEqual(sent, ["Bearer old", "Bearer new"])
        with self.assertRaises(RefusedError):
            tallyboard.add(ScriptedServer(self, problem(401)).url, "orders", token=lambda: "same")

    def test_what_cannot_be_sent_is_refused_without_a_request_and_without_the_token(self) -> None:
        for url in ("ftp://host", "http://", "http://user@host", "http://a b", "host:80"):
            with self.assertRaises(ValueError):
                tallyboard.add(url, "orders")
        with self.assertRaises(ValueError):
            tallyboard.add("http://127.0.0.1:1", "orders", key="two words")
        with self.assertRaises(ValueError) as raised:
            tallyboard.add("http://127.0.0.1:1", "orders", token="sec\nret")
        self.assertNotIn("sec", str(raised.exception))


class WatchTest(unittest.TestCase):
    def test_patches_are_applied_and_the_query_says_what_is_watched(self) -> None:
        messages = [snapshot(1, added={"orders": 1}, measures={"basket": None}), patch(1, 2, added={"orders": 2}),
                    {"type": "unknown"}, patch(2, 3, measures={"basket": 1.5})]
        server = ScriptedServer(self, events(*messages))
        options: dict[str, Any] = {"counters": ["orders", "basket"], "totals": True, "periods": ["day"]}
        with tallyboard.watch(server.url, token="t", **options) as watching:
            last = [next(watching) for _ in range(3)][-1]
        self.assertEqual(
            last,
            {"dashboard": "main", "epoch": "a", "revision": 3, "at": 1, "counters": {"orders": 3},
             "added": {"orders": 2}, "measures": {"basket": 1.5}},
        )
        path, headers, _ = server.requests[0]
        self.assertEqual(path, "/dashboards/main?counters=orders,basket&periods=day&totals")
        self.assertEqual(headers["Authorization"], "Bearer t")

    def test_an_older_state_is_not_shown_after_a_newer_one_and_another_epoch_is(self) -> None:
        streams = [events(snapshot(5)), events(snapshot(3), patch(3, 6)), events(snapshot(6)), events(snapshot(1, "b"))]
        self.assertEqual(counts(tallyboard.watch(ScriptedServer(self, *streams).url, **FAST), 3), [5, 6, 1])

    def test_a_service_that_stays_behind_makes_the_numbers_stale(self) -> None:
        statuses: list[str] = []

        def note(status: WatchStatus) -> None:
            statuses.append(status.state)

        server = ScriptedServer(self, events(snapshot(5)), *[events(snapshot(3))] * 2, events(snapshot(6)))
        watching = tallyboard.watch(server.url, stale_after_s=1e-9, on_status=note, **FAST)
        self.assertEqual(counts(watching, 2), [5, 6])
        self.assertIn("stale", statuses)

    def test_a_missed_patch_an_end_and_a_transient_status_lead_to_another_connection(self) -> None:
        reasons: list[str] = []

        def note(status: WatchStatus) -> None:
            if status.state == "reconnecting":
                reasons.append(status.reason)

        answers = [events(snapshot(1), patch(7, 8)), events(snapshot(2)), problem(503), (200, JSON, "{}"),
                   events(snapshot(3), {"type": "reconnect", "afterMs": 1}), events(snapshot(4))]
        watching = tallyboard.watch(ScriptedServer(self, *answers).url, on_status=note, **FAST)
        self.assertEqual(counts(watching, 4), [1, 2, 3, 4])
        expected = ["missed a patch", "the stream ended", "not now", "the response is not an event stream",
                    "the server is restarting"]
        self.assertEqual(reasons, expected)

    def test_a_degraded_store_is_a_status(self) -> None:
        degraded = {"type": "status", "degraded": True, "since": 5_000}
        statuses: list[WatchStatus] = []
        server = ScriptedServer(self, events(snapshot(1), degraded, {**degraded, "degraded": False}, patch(1, 2)))
        self.assertEqual(counts(tallyboard.watch(server.url, on_status=statuses.append), 2), [1, 2])
        self.assertEqual([status.state for status in statuses], ["live", "degraded", "live", "closed"])
        self.assertEqual(statuses[1].since, 5)

    def test_a_refusal_ends_the_watch_with_its_problem(self) -> None:
        statuses: list[WatchStatus] = []
        watching = tallyboard.watch(ScriptedServer(self, problem(404)).url, on_status=statuses.append)
        with self.assertRaisesRegex(RefusedError, "not now"):
            next(watching)
        states = [(status.state, status.reason) for status in statuses]
        self.assertEqual(states, [("closed", "not now (some-code). Wait.")])
        self.assertEqual(watching.status.problem, json.loads(problem(404)[2]))
        self.assertEqual(list(watching), [])

    def test_a_refused_token_is_requested_again_once_until_one_works(self) -> None:
        tokens: Callable[[], str] = iter("abcde").__next__
        server = ScriptedServer(self, problem(401), events(snapshot(1)), problem(401), problem(401))
        watching = tallyboard.watch(server.url, token=tokens, **FAST)
        self.assertEqual(next(watching)["revision"], 1)
        with self.assertRaises(RefusedError):
            next(watching)
        self.assertEqual([headers["Authorization"][-1] for _, headers, _ in server.requests], ["a", "b", "c", "d"])


class PeriodTest(unittest.TestCase):
    def test_counters_that_a_new_period_does_not_name_are_at_0(self) -> None:
        def numbers(start: int, **added: float) -> dict[str, Any]:
            return {"day": {"start": start, "end": start + 10, "added": added, "removed": {}}}

        state = tallyboard.apply_message(None, snapshot(1, periods=numbers(0, orders=4, visits=9)))
        state = tallyboard.apply_message(state, patch(1, 2, periods=numbers(0, orders=5)))
        assert state is not None
        self.assertEqual(state["periods"]["day"]["added"], {"orders": 5, "visits": 9})
        begun = tallyboard.apply_message(state, {**patch(2, 2, periods=numbers(10, visits=1)), "counters": {}})
        assert begun is not None
        self.assertEqual(begun["periods"]["day"]["added"], {"orders": 0, "visits": 1})
        self.assertTrue(tallyboard.is_newer(begun, state))
        self.assertFalse(tallyboard.is_newer(cast(Snapshot, dict(state)), state))


if __name__ == "__main__":
    unittest.main()
