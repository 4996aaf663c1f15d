"""Client of Tallyboard: counts in dashboards, and watches them live. One file that needs only the standard library.

    import tallyboard

    tallyboard.add("http://127.0.0.1:8082", "orders", 2)
    for snapshot in tallyboard.watch("http://127.0.0.1:8082"):
        print(snapshot["revision"], snapshot["counters"])

The first argument of every function is the base URL of the service, with its path if it has one. The proxies of the
environment (`https_proxy`, `no_proxy`) are used. A certificate authority of your own is named by `SSL_CERT_FILE`.
"""

from __future__ import annotations

import email.utils
import http.client
import json
import random
import re
import socket
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NotRequired, Optional, Required, TypedDict, TypeVar, Union, cast

__all__ = [
    "Change",
    "Outcome",
    "PeriodNumbers",
    "Problem",
    "RefusedError",
    "Snapshot",
    "TallyboardError",
    "TokenSource",
    "UnavailableError",
    "Watch",
    "WatchStatus",
    "add",
    "apply_message",
    "change",
    "is_newer",
    "remove",
    "undo",
    "watch",
]
__version__ = "0.1.0"

T = TypeVar("T")

TokenSource = Union[str, Callable[[], str]]
"""A bearer token, or a function that returns the current one. The function is called for each request, and once more
when its token is refused. A token is sent in a header, never in a URL."""

INITIAL_RETRY_DELAY_S = 0.25
"""Upper bound of the random delay before the first retry of a change. It doubles with each failure."""
MAX_RETRY_DELAY_S = 5.0
"""Upper bound of the random delay before any retry of a change."""
STABLE_CONNECTION_S = 5.0
"""A live connection that has lasted this long resets the count of failures."""
DEFAULT_STALE_AFTER_S = 40.0
"""Longest silence of a service that does not tell its heartbeat, and time for which one may be behind what is shown."""
HEARTBEAT_DELAY_S = 7.0
"""Added to a heartbeat: it may be late on a busy machine or a slow network."""
MAX_PROBLEM_BYTES = 65_536
"""Bytes of an error response that are read. The service's own problem documents are smaller."""


class Change(TypedDict, total=False):
    """One change: `{"counter": "orders", "by": 2}` moves a counter, `{"counter": "stock", "to": 40}` sets it."""

    counter: Required[str]
    by: int
    """From -(2**53 - 1) to 2**53 - 1, not 0."""
    to: int
    """From -(2**53 - 1) to 2**53 - 1."""


class Outcome(TypedDict):
    """What a change came to."""

    dashboard: str
    revision: int
    at: int
    """Milliseconds since the Unix epoch."""
    counters: dict[str, int]
    """New values of the changed counters."""
    replayed: bool
    """True if the change was counted earlier, under the same key."""


class PeriodNumbers(TypedDict):
    """Sums of a present period. `start` and `end` are milliseconds since the Unix epoch; `end` is not part of it."""

    start: int
    end: int
    added: dict[str, float]
    """Exact up to 2**53, then the nearest double. Gauges have none. The number of a period is `added` - `removed`."""
    removed: dict[str, float]
    measures: NotRequired[dict[str, Optional[float]]]


class Snapshot(TypedDict):
    """State of a dashboard. Revisions compare only within one `epoch`."""

    dashboard: str
    epoch: str
    revision: int
    at: int
    """Milliseconds since the Unix epoch."""
    counters: dict[str, int]
    added: NotRequired[dict[str, float]]
    """With `totals`: everything that was ever added to each counter."""
    measures: NotRequired[dict[str, Optional[float]]]
    """None where the divisor is 0. Absent if the dashboard has no measures."""
    periods: NotRequired[dict[str, PeriodNumbers]]


class Problem(TypedDict, total=False):
    """A refusal as problem details (RFC 9457). Those of proxies have only `status`, `title` and `detail`."""

    status: Required[int]
    title: Required[str]
    detail: Required[str]
    type: str
    code: str
    """Code of the error catalogue, for example `nothing-to-remove`."""
    remedy: str
    errors: list[dict[str, Any]]
    near: list[str]


class TallyboardError(Exception):
    """Base of the errors that this module raises."""


class RefusedError(TallyboardError):
    """The service refused the request. The same request will be refused again; `problem` says why."""

    def __init__(self, problem: Problem) -> None:
        code, remedy = problem.get("code"), problem.get("remedy")
        text = problem["detail"] + (f" ({code})" if code else "") + (f". {remedy}" if remedy else "")
        super().__init__(text)
        self.problem = problem


class UnavailableError(TallyboardError):
    """The service could not be reached, or could not serve. A change may have been counted: repeat it with its key.

    `problem` is its last response, if there was one, and `retry_after_s` the wait that it asked for, in seconds.
    """

    def __init__(self, message: str, problem: Problem | None = None, retry_after_s: float = 0.0) -> None:
        super().__init__(message)
        self.problem = problem
        self.retry_after_s = retry_after_s


def add(
    url: str,
    counter: str,
    amount: int = 1,
    *,
    dashboard: str = "main",
    reason: str | None = None,
    key: str | None = None,
    token: TokenSource | None = None,
    max_retry_s: float = 30.0,
    attempt_timeout_s: float = 10.0,
) -> Outcome:
    """Adds `amount`, an integer from 1 to 2**53 - 1, to a counter. Retries and raises as `change` does."""
    body = {"changes": [{"counter": counter, "by": amount}], "reason": reason}
    return _send(url, dashboard, body, key, token, max_retry_s, attempt_timeout_s)


def remove(
    url: str,
    counter: str,
    amount: int = 1,
    *,
    dashboard: str = "main",
    reason: str | None = None,
    key: str | None = None,
    token: TokenSource | None = None,
    max_retry_s: float = 30.0,
    attempt_timeout_s: float = 10.0,
) -> Outcome:
    """Subtracts `amount` from a counter. Retries and raises as `change` does.

    Removing more than the counter holds raises a RefusedError with the code `nothing-to-remove`, and changes nothing.
    """
    body = {"changes": [{"counter": counter, "by": -amount}], "reason": reason}
    return _send(url, dashboard, body, key, token, max_retry_s, attempt_timeout_s)


def change(
    url: str,
    changes: Sequence[Change],
    *,
    dashboard: str = "main",
    reason: str | None = None,
    key: str | None = None,
    token: TokenSource | None = None,
    max_retry_s: float = 30.0,
    attempt_timeout_s: float = 10.0,
) -> Outcome:
    """Applies a change set of 1 to 1,000 changes: all of them or none.

    Retries network failures, 408, 425, 429 and 5xx with the same key and honours `Retry-After`.

    :param reason: text for the ledger
    :param key: idempotency key, 1 to 255 visible ASCII characters; a random one by default. It belongs to the token.
        A program that may crash stores the key before it sends the change, and repeats the change when it restarts.
    :param max_retry_s: seconds after which no further retry starts
    :param attempt_timeout_s: seconds without a byte after which an attempt has failed
    :raises RefusedError: the service refuses the change (3xx, 4xx)
    :raises UnavailableError: it could not be reached, or could not serve, in time. The change may have been counted.
    :raises ValueError: URL, key or token cannot be sent
    """
    body = {"changes": list(changes), "reason": reason}
    return _send(url, dashboard, body, key, token, max_retry_s, attempt_timeout_s)


def undo(
    url: str,
    revision: int,
    *,
    dashboard: str = "main",
    reason: str | None = None,
    key: str | None = None,
    token: TokenSource | None = None,
    max_retry_s: float = 30.0,
    attempt_timeout_s: float = 10.0,
) -> Outcome:
    """Takes back a revision, once, by booking its opposite. Retries and raises as `change` does.

    A RefusedError has the code `already-undone` if something else has undone it, and `not-undoable` if nothing can.
    """
    return _send(url, dashboard, {"undoes": revision, "reason": reason}, key, token, max_retry_s, attempt_timeout_s)


@dataclass(frozen=True)
class WatchStatus:
    """How fresh the numbers of a watch are.

    `connecting`: there are none yet. `live`: they are current. `degraded`: the service cannot reach its store, newer
    numbers may exist. `stale`: nothing arrived in time, or the service has had an older state than is shown.
    `reconnecting`: there is no connection. `closed`: the watch has ended.
    """

    state: Literal["connecting", "live", "degraded", "stale", "reconnecting", "closed"]
    reason: str = ""
    since: float | None = None
    """Seconds since the Unix epoch, by this machine's clock: since when the numbers may be out of date."""
    retry_in_s: float | None = None
    """While `reconnecting`: seconds from this status to the next attempt."""
    problem: Problem | None = None
    """The service's refusal, if there was one."""


def watch(
    url: str,
    *,
    dashboard: str = "main",
    counters: Sequence[str] = (),
    totals: bool = False,
    periods: Sequence[str] = (),
    token: TokenSource | None = None,
    on_status: Callable[[WatchStatus], None] | None = None,
    stale_after_s: float | None = None,
    connect_timeout_s: float = 10.0,
    initial_retry_delay_s: float = 1.0,
    max_retry_delay_s: float = 30.0,
) -> Watch:
    """Watches a dashboard by server-sent events. Iterating yields the whole state whenever there is a newer one.

    Reconnects with growing random delays, never earlier than the service asks for, and never yields an older state
    after a newer one. Connects at the first `next`, and reads only during `next`: a slow loop gets states later.

    :param counters: names of counters and measures; all by default
    :param totals: adds `added`, everything that was ever added to each counter
    :param periods: adds the numbers of these present periods: `hour`, `day`, `week`, `month`, `year`
    :param on_status: is called with the status whenever it changes, by the thread that iterates or closes
    :param stale_after_s: silence after which a connection counts as dead; by default one heartbeat of the service and
        7 s, and never less than that or two heartbeats. Also the time for which a service may have an older state than
        is shown, by default 40 s.
    :param connect_timeout_s: silence before the first state after which an attempt has failed
    :param initial_retry_delay_s: upper bound of the delay after a first failure; it doubles with each further one
    :param max_retry_delay_s: upper bound of the delay after any failure
    :raises ValueError: the URL cannot be requested. While iterating: the token cannot be sent.
    :raises RefusedError: while iterating, if reconnecting cannot help, for example because the token is refused or the
        dashboard does not exist
    """
    query = {"counters": ",".join(map(_quote, counters)), "periods": ",".join(map(_quote, periods))}
    parts = [f"{name}={value}" for name, value in query.items() if value] + (["totals"] if totals else [])
    address = f"{_dashboard_url(url, dashboard)}{'?' if parts else ''}{'&'.join(parts)}"
    delays = (initial_retry_delay_s, max_retry_delay_s)
    return Watch(address, token, on_status, stale_after_s, connect_timeout_s, delays)


class Watch(Iterator[Snapshot]):
    """A watch that `watch` returns: an iterator, and a context manager that closes it."""

    snapshot: Snapshot | None
    """The newest state; None until the first one has arrived."""
    status: WatchStatus

    def __init__(
        self,
        address: str,
        token: TokenSource | None,
        on_status: Callable[[WatchStatus], None] | None,
        stale_after_s: float | None,
        connect_timeout_s: float,
        delays: tuple[float, float],
    ) -> None:
        self.snapshot = None
        self.status = WatchStatus("connecting")
        self._address = address
        self._token = token
        self._on_status = on_status
        self._stale_after_s = stale_after_s
        self._connect_timeout_s = connect_timeout_s
        self._delays = delays
        self._failures = 0
        self._closed = threading.Event()
        # `closed` stays the last status, whichever thread reports it. The callback may close the watch.
        self._status_lock = threading.RLock()
        self._socket: socket.socket | None = None
        self._last_activity_at = time.time()
        # State of the present connection, and when its first state arrived.
        self._received: Snapshot | None = None
        self._received_since = 0.0
        self._degraded_since: float | None = None
        # Since when the service has had an older revision of the epoch that is shown, across connections.
        self._behind_since: float | None = None
        self._states = self._run()

    def __next__(self) -> Snapshot:
        return next(self._states)

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the watch. Any thread may call it: a `next` that waits ends with StopIteration."""
        self._closed.set()
        # Before the socket, so that `next` does not report the end of the connection.
        self._set_status(WatchStatus("closed", "closed by the client"))
        connection = self._socket
        if connection is not None:
            try:
                # Not `connection.shutdown`: that of a TLS socket also drops its state, which `next` may be using.
                socket.socket.shutdown(connection, socket.SHUT_RDWR)
            except OSError:
                pass

    def _run(self) -> Generator[Snapshot, None, None]:
        """Keeps one connection open at a time, until the watch is closed or refused."""
        token_was_refreshed = False
        while not self._closed.is_set():
            self._received, self._degraded_since = None, None
            try:
                yield from self._read_stream(_read_token(self._token))
                failure = UnavailableError("the stream ended")
            except UnavailableError as error:
                failure = error
            except RefusedError as error:
                # The source of the token may return another one by now. It is asked once more, until a token works.
                may_refresh = callable(self._token) and error.problem["status"] == 401
                if token_was_refreshed or not may_refresh:
                    self._set_status(WatchStatus("closed", str(error), problem=error.problem))
                    raise
                token_was_refreshed = True
                continue
            if self._received is not None:
                token_was_refreshed = False
                if time.monotonic() - self._received_since >= STABLE_CONNECTION_S:
                    self._failures = 0
            if not isinstance(failure, _StaleError):
                self._pause(failure)

    def _read_stream(self, token: str | None) -> Generator[Snapshot, None, None]:
        """Opens one connection and yields the states that are newer than what was yielded before.

        :raises _StaleError: a connection that had delivered a state is silent
        """
        headers = {"Accept": "text/event-stream, application/problem+json", **_auth_headers(token)}
        request = urllib.request.Request(self._address, headers=headers)
        data: list[str] = []
        try:
            with _open(request, self._connect_timeout_s, self._hold_socket) as response:
                if response.headers.get_content_type() != "text/event-stream":
                    raise UnavailableError("the response is not an event stream")
                for line in response:
                    self._last_activity_at = time.time()
                    text = line.decode("utf-8", "replace").rstrip("\r\n")
                    if text.startswith("data:"):
                        data.append(text[5:].removeprefix(" "))
                    elif text == "":
                        is_new = self._take_message("\n".join(data))
                        data = []
                        self._report_freshness()
                        if is_new and self.snapshot is not None and not self._closed.is_set():
                            yield self.snapshot
        except TimeoutError:
            if self._received is None:
                raise UnavailableError("no response in time") from None
            self._set_status(WatchStatus("stale", "nothing received in time", since=self._last_activity_at))
            raise _StaleError("nothing received in time") from None
        except (OSError, http.client.HTTPException) as error:
            raise _to_error(error, request) from error
        finally:
            self._socket = None

    def _hold_socket(self, connection: socket.socket) -> None:
        """Keeps the socket of the connection, for its time limit and for `close`."""
        self._socket = connection
        if self._closed.is_set():
            raise OSError("closed by the client")

    def _take_message(self, text: str) -> bool:
        """Applies a message. Returns True if it leads to a newer state than the one that is shown."""
        message = _parse_json(text)
        kind = message.get("type")
        if kind == "reconnect":
            raise UnavailableError("the server is restarting", retry_after_s=message["afterMs"] / 1_000)
        if kind == "status":
            self._degraded_since = message["since"] / 1_000 if message["degraded"] else None
        if kind not in ("snapshot", "patch"):
            return False
        state = apply_message(self._received, message)
        if state is None:
            raise UnavailableError("missed a patch")
        if self._received is None:
            self._received_since = time.monotonic()
        self._received = state
        if kind == "snapshot" and self._socket is not None:
            self._socket.settimeout(_silence_limit_s(message.get("heartbeatMs"), self._stale_after_s))
        shown = self.snapshot
        # A service that lags catches up within moments. One that does not was restored from an older copy.
        is_older = shown is not None and state["epoch"] == shown["epoch"] and state["revision"] < shown["revision"]
        self._behind_since = (self._behind_since or time.time()) if is_older else None
        if not is_newer(state, shown):
            return False
        self.snapshot = state
        return True

    def _report_freshness(self) -> None:
        """Derives the status after an event or a heartbeat."""
        behind_since, limit_s = self._behind_since, self._stale_after_s or DEFAULT_STALE_AFTER_S
        if self._received is None:
            return
        if behind_since is not None and time.time() - behind_since >= limit_s:
            self._set_status(WatchStatus("stale", "the service has an older state", since=behind_since))
        elif self._degraded_since is not None:
            reason = "the service cannot reach its store, so newer numbers may exist"
            self._set_status(WatchStatus("degraded", reason, since=self._degraded_since))
        else:
            self._set_status(WatchStatus("live"))

    def _pause(self, failure: UnavailableError) -> None:
        """Waits before the next attempt, or until the watch is closed."""
        delay_s = _retry_delay_s(self._failures, *self._delays, failure.retry_after_s)
        self._failures += 1
        since = self._last_activity_at
        self._set_status(WatchStatus("reconnecting", str(failure), since, delay_s, failure.problem))
        self._closed.wait(min(delay_s, threading.TIMEOUT_MAX))

    def _set_status(self, status: WatchStatus) -> None:
        with self._status_lock:
            if status == self.status or self.status.state == "closed":
                return
            self.status = status
            if self._on_status is not None:
                self._on_status(status)


class _StaleError(UnavailableError):
    """The connection is silent: another one is opened at once."""


def apply_message(previous: Snapshot | None, message: Mapping[str, Any]) -> Snapshot | None:
    """Returns the state of a connection after a message of type `snapshot` or `patch`. For other transports too.

    :param previous: state before the message; None for a new connection
    :returns: None if a patch does not start at the previous revision; only a new connection helps then
    """
    if message["type"] == "snapshot":
        hidden = ("type", "definition", "heartbeatMs")
        return cast(Snapshot, {name: value for name, value in message.items() if name not in hidden})
    if previous is None or message["from"] != previous["revision"]:
        return None
    state = cast(dict[str, Any], dict(previous))
    state.update(revision=message["revision"], at=message["at"])
    state["counters"] = {**previous["counters"], **message["counters"]}
    if "added" in previous:
        state["added"] = {**previous["added"], **message.get("added", {})}
    if "measures" in message:
        state["measures"] = {**previous.get("measures", {}), **message["measures"]}
    if "periods" in message:
        known = previous.get("periods", {})
        changed = {name: _apply_period(known.get(name), numbers) for name, numbers in message["periods"].items()}
        state["periods"] = {**known, **changed}
    return cast(Snapshot, state)


def _apply_period(previous: PeriodNumbers | None, changed: PeriodNumbers) -> PeriodNumbers:
    """In a period that has begun, every counter that is not named is at 0."""
    if previous is None:
        return changed
    has_begun = previous["start"] != changed["start"]

    def merge(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
        return {**(dict.fromkeys(before, 0) if has_begun else before), **after}

    numbers = PeriodNumbers(
        start=changed["start"],
        end=changed["end"],
        added=merge(previous["added"], changed["added"]),
        removed=merge(previous["removed"], changed["removed"]),
    )
    if "measures" in previous or "measures" in changed:
        numbers["measures"] = {**previous.get("measures", {}), **changed.get("measures", {})}
    return numbers


def is_newer(state: Snapshot, shown: Snapshot | None) -> bool:
    """Returns True if `state` should replace what is shown. Another epoch always does: the data was replaced.

    At the same revision a counter may have been deleted, a measure defined, or a period begun.
    """
    if shown is None or state["epoch"] != shown["epoch"] or state["revision"] > shown["revision"]:
        return True
    parts = ("counters", "measures", "periods")
    return state["revision"] == shown["revision"] and any(state.get(name) != shown.get(name) for name in parts)


def _send(
    url: str,
    dashboard: str,
    body: Mapping[str, Any],
    key: str | None,
    token: TokenSource | None,
    max_retry_s: float,
    attempt_timeout_s: float,
) -> Outcome:
    """Sends a change set under one key until it is answered."""
    key = str(uuid.uuid4()) if key is None else key
    if not re.fullmatch(r"[!-~]{1,255}", key):
        raise ValueError("the key must be 1 to 255 visible ASCII characters")
    address = f"{_dashboard_url(url, dashboard)}/changes"
    content = json.dumps({name: value for name, value in body.items() if value is not None}, allow_nan=False).encode()
    fixed = {"Accept": "application/json", "Content-Type": "application/json", "Idempotency-Key": key}

    def post(text: str | None) -> Outcome:
        request = urllib.request.Request(address, data=content, headers={**fixed, **_auth_headers(text)}, method="POST")
        try:
            with _open(request, attempt_timeout_s) as response:
                return cast(Outcome, json.loads(response.read()))
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise _to_error(error, request) from error

    def attempt() -> Outcome:
        text = _read_token(token)
        try:
            return post(text)
        except RefusedError as error:
            refreshed = _read_token(token) if callable(token) and error.problem["status"] == 401 else text
            if refreshed == text:
                raise
        return post(refreshed)

    return _retry(attempt, time.monotonic() + max_retry_s)


def _retry(attempt: Callable[[], T], deadline_s: float) -> T:
    """Calls `attempt` until it succeeds. No attempt begins after this `time.monotonic()`."""
    failures = 0
    while True:
        try:
            return attempt()
        except UnavailableError as error:
            delay_s = _retry_delay_s(failures, INITIAL_RETRY_DELAY_S, MAX_RETRY_DELAY_S, error.retry_after_s)
            if time.monotonic() + delay_s > deadline_s:
                raise
        time.sleep(delay_s)
        failures += 1


def _retry_delay_s(failures: int, initial_s: float, max_s: float, retry_after_s: float) -> float:
    """`Retry-After` plus a random delay: without it, all clients of a server would return at the same moment."""
    return retry_after_s + random.random() * min(initial_s * 2.0 ** min(failures, 64), max_s)


def _silence_limit_s(heartbeat_ms: float | None, requested_s: float | None) -> float:
    """Returns the silence after which a connection counts as dead. Less would replace healthy connections."""
    if heartbeat_ms is None:
        return DEFAULT_STALE_AFTER_S if requested_s is None else requested_s
    heartbeat_s = heartbeat_ms / 1_000
    late_s = heartbeat_s + HEARTBEAT_DELAY_S
    return max(late_s if requested_s is None else requested_s, min(2 * heartbeat_s, late_s))


def _quote(name: str) -> str:
    return urllib.parse.quote(name, safe="")


def _dashboard_url(base: str, dashboard: str) -> str:
    parts = urllib.parse.urlsplit(base)
    if parts.scheme not in ("http", "https") or not parts.hostname or not re.fullmatch(r"[!-?A-~]+", base):
        raise ValueError("the URL must be http:// or https:// and a host, in ASCII and without a user: pass a token")
    path = f"{parts.path.rstrip('/')}/dashboards/{_quote(dashboard)}"
    return urllib.parse.urlunsplit((parts.scheme, parts.netloc, path, "", ""))


def _read_token(token: TokenSource | None) -> str | None:
    return token() if callable(token) else token


def _auth_headers(token: str | None) -> dict[str, str]:
    if token is None:
        return {}
    if not re.fullmatch(r"[!-~]+", token):
        # The message does not contain the token.
        raise ValueError("the token must be visible ASCII characters")
    return {"Authorization": f"Bearer {token}"}


def _parse_json(text: str) -> dict[str, Any]:
    """Returns a JSON object, or an empty one for anything else: messages that are not known are ignored."""
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _to_error(error: Exception, request: urllib.request.Request) -> TallyboardError:
    """Tells refusals from transient failures. An incomplete response is a transient failure too."""
    if not isinstance(error, urllib.error.HTTPError):
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        return UnavailableError(f"cannot reach {request.type}://{request.host}: {reason}")
    status, title = error.code, error.reason or f"HTTP {error.code}"
    problem: dict[str, Any] = {"status": status, "title": title, "detail": title}
    with error:
        try:
            problem.update(_parse_json(error.read(MAX_PROBLEM_BYTES).decode("utf-8", "replace")))
        except (OSError, http.client.HTTPException):
            pass  # The status is known, and is enough.
    if 300 <= status < 400:
        problem["detail"] = f"the URL redirects to {error.headers.get('Location')}: use that one"
    if status >= 500 or status in (408, 425, 429):
        retry_after_s = _read_retry_after_s(error.headers.get("Retry-After"))
        return UnavailableError(str(problem["detail"]), cast(Problem, problem), retry_after_s)
    return RefusedError(cast(Problem, problem))


def _read_retry_after_s(text: str | None) -> float:
    """Parses `Retry-After`, seconds or a date (RFC 9110, 10.2.3)."""
    try:
        if text is None or re.fullmatch(r"\d+", text):
            return float(text or 0)
        return max(email.utils.parsedate_to_datetime(text).timestamp() - time.time(), 0.0)
    except (ValueError, OverflowError):
        return 0.0


def _open(
    request: urllib.request.Request,
    timeout_s: float,
    hold_socket: Callable[[socket.socket], None] = lambda _: None,
) -> http.client.HTTPResponse:
    """Sends a request on a connection of its own, whose socket is given to `hold_socket` once it is connected.

    Redirects are not followed: they would turn a POST into a GET, and take the token to another host.
    """

    class Connection(http.client.HTTPConnection):
        def connect(self) -> None:
            super().connect()
            hold_socket(self.sock)

    class SecureConnection(http.client.HTTPSConnection):
        def connect(self) -> None:
            super().connect()
            hold_socket(self.sock)

    class Handler(urllib.request.HTTPHandler):
        def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
            return self.do_open(Connection, req)

    class SecureHandler(urllib.request.HTTPSHandler):
        def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
            create: Any = SecureConnection  # Its parameters differ from those that the types of do_open ask for.
            return self.do_open(create, req)

    class NoRedirects(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: Any) -> None:
            return None

    opener = urllib.request.build_opener(Handler, SecureHandler, NoRedirects)
    opener.addheaders = [("User-Agent", f"tallyboard-python/{__version__}")]
    return cast(http.client.HTTPResponse, opener.open(request, timeout=timeout_s))
