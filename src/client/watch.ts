/** Watches a dashboard: connects, reconnects, and reports snapshots and their freshness. */
import type { Snapshot } from '../counters/counters.js';
import type { Period } from '../counters/definition.js';
import type { LiveMessage } from '../protocol/live-messages.js';
import { buildDashboardUrl } from './urls.js';
import { addTicket, createAuthHeaders, type TicketSource, type TokenSource } from './auth-headers.js';
import { isAuthError } from './errors.js';
import { computeRetryDelayMs } from './retry-delay.js';
import {
  type LiveConnection,
  type ConnectionEnd,
  type ConnectionListener,
  openWebSocket,
  openEventStream,
  type WebSocketClass,
} from './connection.js';
import { computeMissedHeartbeatMs, computeSilenceLimitMs, DEFAULT_STALE_AFTER_MS } from './silence-limit.js';
import { applyMessage, isNewer, isOlder } from './snapshot-state.js';
import type { WatchStatus } from './watch-status.js';
import { openWithTicket } from './ticket.js';
import { listenForWakeSignals } from './wake-signals.js';

/**
 * After this many event streams that worked where a WebSocket had just failed, WebSockets count as blocked. One is not
 * enough: the server may have come back in between.
 */
const MAX_FALLBACKS = 2;
/** A connection that has lasted this long resets the count of failures, milliseconds. */
const STABLE_CONNECTION_MS = 5_000;
const CONNECT_TIMEOUT_MS = 10_000;
/** An attempt that has taken this long when the network is back is started again, milliseconds. */
const MAX_ATTEMPT_AGE_MS = 1_000;

export interface WatchOptions {
  /** Default: `main`. */
  readonly dashboard?: string;
  /** Names of the counters and measures to watch. Default, and if empty: all. */
  readonly counters?: readonly string[];
  /** True to receive `added`, the all-time total of each counter: exact even if a frame stands for many changes. */
  readonly totals?: boolean;
  /** Present periods of the dashboard's time zone: snapshots have their numbers in `periods`. */
  readonly periods?: readonly Period[];
  /** Sent in a header. For a WebSocket it is exchanged for a ticket first. */
  readonly token?: TokenSource;
  /** In place of a token: returns a ticket for this dashboard, once for each connection. */
  readonly ticket?: TicketSource | undefined;
  /** Called with the whole state whenever it changes. */
  readonly onSnapshot?: (snapshot: Snapshot) => void;
  /**
   * Called with the number of the definition at the start and whenever it changes: `readDefinition` reads it. Older
   * servers do not tell the number: it is 0 then. It follows the first snapshot.
   */
  readonly onDefinition?: (version: number) => void;
  /** Called with the status whenever it changes. */
  readonly onStatus?: (status: WatchStatus) => void;
  /**
   * Milliseconds of silence after which a connection counts as dead, at least two heartbeats of the server, or one and
   * 7,000 if that is less. Default: one heartbeat and 7,000, or 40,000 if the server does not tell its heartbeat. Also
   * the time for which a server may have an older state than is shown, by default 40,000.
   */
  readonly staleAfterMs?: number;
  /** Milliseconds until the first message of a connection must arrive. Default: 10,000. */
  readonly connectTimeoutMs?: number;
  /** Upper bound of the random delay after a first failure, doubled with each further one. Default: 1,000 ms. */
  readonly initialRetryDelayMs?: number;
  /** Upper bound of the delay after any failure. Default: 30,000 ms. */
  readonly maxRetryDelayMs?: number;
  /** Default: the global class. Node 20 has none and uses server-sent events; pass the class of `ws` for WebSockets. */
  readonly WebSocket?: WebSocketClass;
  /** Sends requests in place of the global `fetch`, for example through a proxy. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

export interface Watcher {
  /** The newest state; undefined until the first snapshot arrives. */
  readonly snapshot: Snapshot | undefined;
  readonly status: WatchStatus;
  /** Ends the watch. The status `closed` is the last thing that is reported. */
  close(): void;
}

/**
 * Watches a dashboard by WebSocket, or by server-sent events if WebSockets do not get through. Reconnects with growing
 * random delays until `close` is called or the server says that reconnecting cannot help. Never throws.
 * @param url base URL of the service, for example `https://example.org/tallyboard`
 */
export function watch(url: string | URL, options: WatchOptions = {}): Watcher {
  return new ReconnectingWatcher(url, options);
}

/**
 * Keeps one connection open at a time.
 *
 * `#open` starts a connection and a timer, which restarts whenever something arrives. Its limit is `connectTimeoutMs`
 * until the first snapshot, and then follows the heartbeat that the snapshot tells. If it expires, the values are
 * reported as stale and another connection is opened at once. If the connection ends, another one follows after a
 * delay, or at once when the network or the machine is back. A WebSocket that fails before its first message is
 * followed by an event stream from the same URL: it works where WebSockets are blocked, and otherwise it receives the
 * reason over HTTP.
 */
class ReconnectingWatcher implements Watcher {
  snapshot: Snapshot | undefined;
  status: WatchStatus = { state: 'connecting' };
  readonly #base: string | URL;
  readonly #options: WatchOptions;
  /** Longest silence of a connection that has delivered a snapshot, milliseconds. */
  #silenceLimitMs = 0;
  /** Silence by which it has missed a heartbeat, milliseconds. */
  #missedAfterMs = 0;
  #webSocketWorked = false;
  /** Event streams that worked where a WebSocket had just failed. */
  #fallbacks = 0;
  #failures = 0;
  #lastActivityAt = Date.now();
  /** Fires when a connection has been silent for too long, or when it is time to reconnect. */
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Number of the current connection. Callbacks of earlier ones are ignored. */
  #connectionNumber = 0;
  #connection: LiveConnection | undefined;
  #connectedAt = 0;
  /** While no attempt is in progress: when the server allows the next one. */
  #retryAllowedAt: number | undefined;
  readonly #stopListening: () => void;
  #usesWebSocket = false;
  /** Newest state that this connection delivered, and when it delivered its first. */
  #received: Snapshot | undefined;
  #receivedSince = 0;
  #degradedSince: number | undefined;
  /** Epoch and number of the definition that was reported last. */
  #definition = '';
  /** Since when the server has had an older revision of the epoch that is shown, across connections. */
  #behindSince: number | undefined;
  /** True if the token was refused, requested again, and has not worked since. */
  #tokenRefreshed = false;

  constructor(base: string | URL, options: WatchOptions) {
    this.#base = base;
    this.#options = options;
    this.#stopListening = listenForWakeSignals(
      () => this.#onNetworkLost(),
      () => this.#onWake(),
    );
    this.#connect();
  }

  close(): void {
    if (this.status.state !== 'closed') this.#end({ reason: 'closed by the client', final: true });
  }

  #connect(): void {
    const Class: WebSocketClass | undefined = this.#options.WebSocket ?? globalThis.WebSocket;
    const isBlocked = !this.#webSocketWorked && this.#fallbacks >= MAX_FALLBACKS;
    void this.#open(isBlocked ? undefined : Class);
  }

  /** Replaces the connection by a WebSocket, or by an event stream if there is no `Class`. */
  async #open(Class?: WebSocketClass): Promise<void> {
    this.#disconnect();
    this.#connectedAt = Date.now();
    this.#usesWebSocket = Class !== undefined;
    const connectionNumber = this.#connectionNumber;
    const listener: ConnectionListener = {
      onActivity: () => connectionNumber === this.#connectionNumber && this.#onActivity(),
      onMessage: (text) => connectionNumber === this.#connectionNumber && this.#onMessage(text),
      onEnd: (end) => connectionNumber === this.#connectionNumber && this.#onEnd(end),
    };
    this.#restartTimer();
    try {
      const { dashboard = 'main', token, ticket, fetch } = this.#options;
      const headers = await createAuthHeaders(token);
      const url = await addTicket(buildDashboardUrl(this.#base, dashboard, this.#options), ticket);
      if (connectionNumber !== this.#connectionNumber) return;
      if (!Class) this.#connection = openEventStream(url, headers, listener, fetch);
      else if (token === undefined) this.#connection = openWebSocket(Class, url, listener);
      else this.#connection = openWithTicket(Class, url, listener, { base: this.#base, dashboard, headers, fetch });
    } catch (error) {
      listener.onEnd({ reason: String(error), final: false });
    }
  }

  /** Closes the current connection and ignores what it still delivers. */
  #disconnect(): void {
    this.#connectionNumber += 1;
    clearTimeout(this.#timer);
    this.#connection?.close();
    if (this.#received && Date.now() - this.#receivedSince >= STABLE_CONNECTION_MS) this.#failures = 0;
    this.#connection = this.#received = this.#degradedSince = this.#retryAllowedAt = undefined;
  }

  #onActivity(): void {
    this.#lastActivityAt = Date.now();
    this.#restartTimer();
  }

  #restartTimer(): void {
    const { connectTimeoutMs = CONNECT_TIMEOUT_MS } = this.#options;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#onTimeout(), this.#received ? this.#silenceLimitMs : connectTimeoutMs);
  }

  /** Nothing arrived in time. A connection that a middlebox dropped looks like an idle one, so another one is tried. */
  #onTimeout(): void {
    if (!this.#received) {
      this.#onEnd({ reason: 'no response in time', final: false });
      return;
    }
    this.#replaceConnection();
  }

  #replaceConnection(): void {
    this.#setStatus({ state: 'stale', since: this.#lastActivityAt });
    this.#connect();
  }

  /** Looks at once whether the server can be reached. It may run on this machine, which needs no network. */
  #onNetworkLost(): void {
    if (this.#received) this.#replaceConnection();
  }

  /**
   * Replaces a connection that has missed a heartbeat, and an attempt that may have begun without a network. Ends the
   * delay before an attempt, unless the server asked for it. A connection that is not silent stays.
   */
  #onWake(): void {
    const now = Date.now();
    if (this.#received) {
      if (now - this.#lastActivityAt > this.#missedAfterMs) this.#replaceConnection();
    } else if (this.#retryAllowedAt === undefined) {
      const attemptMs = now - this.#connectedAt;
      // The timer of the attempt is late too, and an attempt that is only started again never tries a stream.
      if (attemptMs >= (this.#options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS)) this.#onTimeout();
      else if (attemptMs >= MAX_ATTEMPT_AGE_MS) this.#connect();
    } else if (now >= this.#retryAllowedAt) {
      this.#failures = 0;
      this.#connect();
    }
  }

  #onMessage(text: string): void {
    const message = parseMessage(text);
    if (message?.type === 'snapshot' || message?.type === 'patch') {
      const next = applyMessage(this.#received, message);
      if (!next) {
        this.#scheduleReconnect({ reason: 'missed a patch', final: false });
        return;
      }
      if (!this.#received) {
        this.#receivedSince = Date.now();
        if (this.#usesWebSocket) this.#webSocketWorked = true;
        else this.#fallbacks += 1;
        this.#tokenRefreshed = false;
      }
      this.#received = next;
      if (message.type === 'snapshot') {
        this.#silenceLimitMs = computeSilenceLimitMs(message.heartbeatMs, this.#options.staleAfterMs);
        this.#missedAfterMs = computeMissedHeartbeatMs(this.#silenceLimitMs, message.heartbeatMs);
        // The timer still runs with the limit of a connection that has delivered nothing.
        this.#restartTimer();
      }
      if (isNewer(next, this.snapshot)) {
        this.snapshot = next;
        callListener(this.#options.onSnapshot, next);
      }
      if (message.type === 'snapshot' && !isOlder(next, this.snapshot)) this.#reportDefinition(message.definition ?? 0);
      // An instance that lags catches up within moments. One that does not has lost what is shown: it was restored from
      // a copy that kept the epoch, or an older replica took over.
      this.#behindSince = isOlder(next, this.snapshot) ? (this.#behindSince ?? Date.now()) : undefined;
    } else if (message?.type === 'definition') {
      this.#reportDefinition(message.version);
    } else if (message?.type === 'status') {
      this.#degradedSince = message.degraded ? message.since : undefined;
    } else if (message?.type === 'reconnect') {
      this.#scheduleReconnect({ reason: 'the server is restarting', final: false, retryAfterMs: message.afterMs });
      return;
    }
    if (!this.#received) return;
    const [behindSince, since] = [this.#behindSince, this.#degradedSince];
    // Heartbeats lead here too, so that this is noticed without a timer.
    if (behindSince !== undefined && Date.now() - behindSince >= (this.#options.staleAfterMs ?? DEFAULT_STALE_AFTER_MS))
      this.#setStatus({ state: 'stale', since: behindSince });
    else this.#setStatus(since === undefined ? { state: 'live' } : { state: 'degraded', since });
  }

  /** Versions of different epochs do not compare. */
  #reportDefinition(version: number): void {
    const definition = `${this.#received?.epoch}:${version}`;
    if (definition === this.#definition) return;
    this.#definition = definition;
    callListener(this.#options.onDefinition, version);
  }

  #onEnd(end: ConnectionEnd): void {
    if (end.final) this.#endUnlessTokenRefreshes(end);
    // A failed handshake may be blocked, refused or unreachable. The same URL over HTTP shows which, or works.
    else if (this.#usesWebSocket && !this.#received && (end.code ?? 1006) === 1006) void this.#open();
    else this.#scheduleReconnect(end);
  }

  /** Ends the watch, unless the token was refused and its source may return another one. */
  #endUnlessTokenRefreshes(end: ConnectionEnd): void {
    const mayRefresh = typeof this.#options.token === 'function' && isAuthError(end.problem, end.code);
    // With a delay: all clients whose token expired at this moment reconnect now.
    if (mayRefresh && this.#received) this.#scheduleReconnect(end);
    else if (mayRefresh && !this.#tokenRefreshed) {
      this.#tokenRefreshed = true;
      this.#connect();
    } else this.#end(end);
  }

  #scheduleReconnect({ reason, problem, retryAfterMs }: ConnectionEnd): void {
    this.#disconnect();
    const { initialRetryDelayMs = 1_000, maxRetryDelayMs = 30_000 } = this.#options;
    const inMs = computeRetryDelayMs(this.#failures, initialRetryDelayMs, maxRetryDelayMs, retryAfterMs);
    this.#failures += 1;
    this.#retryAllowedAt = Date.now() + (retryAfterMs ?? 0);
    this.#timer = setTimeout(() => this.#connect(), inMs);
    const since = this.#lastActivityAt;
    this.#setStatus({ state: 'reconnecting', since, at: Date.now() + inMs, inMs, reason, ...(problem && { problem }) });
  }

  #end({ reason, code, problem }: ConnectionEnd): void {
    this.#disconnect();
    this.#stopListening();
    this.#setStatus({ state: 'closed', reason, ...(code && { code }), ...(problem && { problem }) });
  }

  #setStatus(status: WatchStatus): void {
    if (JSON.stringify(status) === JSON.stringify(this.status)) return;
    this.status = status;
    callListener(this.#options.onStatus, status);
  }
}

function parseMessage(text: string): LiveMessage | undefined {
  try {
    return JSON.parse(text) as LiveMessage;
  } catch {
    return undefined;
  }
}

/** Calls a callback. Its errors become uncaught errors of the caller and do not disturb the watch. */
function callListener<T>(listener: ((value: T) => void) | undefined, value: T): void {
  try {
    listener?.(value);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
