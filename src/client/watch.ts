/** Watches a dashboard for as long as it is wanted: connects, comes back, and says how fresh its numbers are. */
import type { Snapshot } from '../counters/counters.js';
import type { LiveMessage } from '../protocol/live-messages.js';
import { buildDashboardUrl } from './urls.js';
import { createAuthHeaders, type TokenSource } from './auth-headers.js';
import { isAuthError } from './errors.js';
import { computeRetryDelayMs } from './retry.js';
import {
  type LiveConnection,
  type ConnectionEnd,
  type ConnectionListener,
  openWebSocket,
  openEventStream,
  type WebSocketClass,
} from './connection.js';
import { applyMessage, isNewer } from './snapshot-state.js';
import type { WatchStatus } from './watch-status.js';
import { openWithTicket } from './ticket.js';

/** How long a connection has to last for its end to count as a first failure, milliseconds. */
const STABLE_CONNECTION_MS = 5_000;

export interface WatchOptions {
  /** `main` when left out. */
  readonly dashboard?: string;
  /** Names of the counters to watch; all of them when left out or empty. */
  readonly counters?: readonly string[];
  /** Whether snapshots have `added`, all that was ever added to each counter: exact, however many changes a frame stands for. */
  readonly totals?: boolean;
  /** Sent in a header; a WebSocket is let in by a ticket that it buys. */
  readonly token?: TokenSource;
  /** Gets the whole state, whenever there is a newer one. */
  readonly onSnapshot?: (snapshot: Snapshot) => void;
  /** Gets the status whenever it changes. */
  readonly onStatus?: (status: WatchStatus) => void;
  /** Silence after which a connection is taken for dead; 40,000 ms when left out. Give it more than two heartbeats of the server. */
  readonly staleAfterMs?: number;
  /** How long a connection may take until its first message; 10,000 ms when left out. */
  readonly connectTimeoutMs?: number;
  /** Longest pause after a first failure, doubled with each further one; 1,000 ms when left out. */
  readonly initialRetryDelayMs?: number;
  /** Longest pause after any; 30,000 ms when left out. */
  readonly maxRetryDelayMs?: number;
  /** The global one when left out. Where there is none (Node 20), server-sent events are used; give the class of `ws` to have it. */
  readonly WebSocket?: WebSocketClass;
}

/** A dashboard that is being watched. */
export interface Watcher {
  /** The newest state; none before the first has come. */
  readonly snapshot: Snapshot | undefined;
  readonly status: WatchStatus;
  /** Ends it. Nothing is told from then on but the status `closed`. */
  close(): void;
}

/**
 * Watches a dashboard: by WebSocket, and by server-sent events where no WebSocket comes through.
 * @param url base URL of the service, for example `https://example.org/tallyboard`
 */
export function watch(url: string | URL, options: WatchOptions = {}): Watcher {
  return new ReconnectingWatcher(url, options);
}

class ReconnectingWatcher implements Watcher {
  snapshot: Snapshot | undefined;
  status: WatchStatus = { state: 'connecting' };
  readonly #base: string | URL;
  readonly #options: WatchOptions;
  /** Whether WebSocket comes through here; undefined until that is known. */
  #webSocketWorks: boolean | undefined;
  #failures = 0;
  /** When something came last. */
  #lastActivityAt = Date.now();
  /** Ends a silence, or a pause. */
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Counts connections: what an earlier one still says is not listened to. */
  #connectionNumber = 0;
  #connection: LiveConnection | undefined;
  #usesWebSocket = false;
  /** What this connection has shown, and since when it does. */
  #received: Snapshot | undefined;
  #receivedSince = 0;
  #degradedSince: number | undefined;

  /** Whether the token was refused and asked for again, and nothing was seen since. */
  #tokenRefreshed = false;

  constructor(base: string | URL, options: WatchOptions) {
    this.#base = base;
    this.#options = options;
    this.#connect();
  }

  close(): void {
    if (this.status.state !== 'closed') this.#end({ reason: 'closed by the client', final: true });
  }

  #connect(): void {
    const Class: WebSocketClass | undefined = this.#options.WebSocket ?? globalThis.WebSocket;
    void this.#open(this.#webSocketWorks === false ? undefined : Class);
  }

  /** Opens a connection in place of the one that there was: by WebSocket, or without its class as a stream. */
  async #open(Class?: WebSocketClass): Promise<void> {
    this.#disconnect();
    this.#usesWebSocket = Class !== undefined;
    const connectionNumber = this.#connectionNumber;
    const listener: ConnectionListener = {
      onActivity: () => connectionNumber === this.#connectionNumber && this.#onActivity(),
      onMessage: (text) => connectionNumber === this.#connectionNumber && this.#onMessage(text),
      onEnd: (end) => connectionNumber === this.#connectionNumber && this.#onEnd(end),
    };
    this.#restartTimer();
    try {
      const { dashboard = 'main', token } = this.#options;
      const headers = await createAuthHeaders(token);
      if (connectionNumber !== this.#connectionNumber) return;
      const url = buildDashboardUrl(this.#base, dashboard, this.#options);
      if (!Class) this.#connection = openEventStream(url, headers, listener);
      else if (token === undefined) this.#connection = openWebSocket(Class, url, listener);
      else this.#connection = openWithTicket(Class, url, listener, { base: this.#base, dashboard, headers });
    } catch (error) {
      listener.onEnd({ reason: String(error), final: false });
    }
  }

  /** Forgets the connection. */
  #disconnect(): void {
    this.#connectionNumber += 1;
    clearTimeout(this.#timer);
    this.#connection?.close();
    if (this.#received && Date.now() - this.#receivedSince >= STABLE_CONNECTION_MS) this.#failures = 0;
    this.#connection = this.#received = this.#degradedSince = undefined;
  }

  #onActivity(): void {
    this.#lastActivityAt = Date.now();
    clearTimeout(this.#timer);
    this.#restartTimer();
  }

  #restartTimer(): void {
    const { connectTimeoutMs = 10_000, staleAfterMs = 40_000 } = this.#options;
    this.#timer = setTimeout(() => this.#onTimeout(), this.#received ? staleAfterMs : connectTimeoutMs);
  }

  /** A connection that is cut somewhere on the way looks like one on which nothing happens. */
  #onTimeout(): void {
    if (!this.#received) {
      this.#onEnd({ reason: 'there was no answer in time', final: false });
      return;
    }
    this.#setStatus({ state: 'stale', since: this.#lastActivityAt });
    this.#connect();
  }

  #onMessage(text: string): void {
    const message = parseMessage(text);
    if (message?.type === 'snapshot' || message?.type === 'patch') {
      const next = applyMessage(this.#received, message);
      if (!next) {
        this.#scheduleReconnect({ reason: 'a patch did not fit', final: false });
        return;
      }
      if (!this.#received) {
        this.#receivedSince = Date.now();
        this.#webSocketWorks ??= this.#usesWebSocket;
        this.#tokenRefreshed = false;
      }
      this.#received = next;
      if (isNewer(next, this.snapshot)) {
        this.snapshot = next;
        callListener(this.#options.onSnapshot, next);
      }
    } else if (message?.type === 'status') {
      this.#degradedSince = message.degraded ? message.since : undefined;
    } else if (message?.type === 'reconnect') {
      this.#scheduleReconnect({ reason: 'the server is restarting', final: false, retryAfterMs: message.afterMs });
      return;
    }
    const since = this.#degradedSince;
    if (this.#received) this.#setStatus(since === undefined ? { state: 'live' } : { state: 'degraded', since });
  }

  #onEnd(end: ConnectionEnd): void {
    if (end.final) this.#endUnlessTokenRefreshes(end);
    // Blocked, or refused, or nobody there: the same address over HTTP tells which, and shows the same frames if it can.
    else if (this.#usesWebSocket && !this.#received && (end.code ?? 1006) === 1006) void this.#open();
    else this.#scheduleReconnect(end);
  }

  /** Ends it, unless the token was at fault and may be another by now. */
  #endUnlessTokenRefreshes(end: ConnectionEnd): void {
    const mayRefresh = typeof this.#options.token === 'function' && isAuthError(end.problem, end.code);
    // Not at once: all that had the same token come back with another now.
    if (mayRefresh && this.#received) this.#scheduleReconnect(end);
    else if (mayRefresh && !this.#tokenRefreshed) {
      this.#tokenRefreshed = true;
      this.#connect();
    } else this.#end(end);
  }

  /** Waits, and connects again. */
  #scheduleReconnect({ reason, problem, retryAfterMs }: ConnectionEnd): void {
    this.#disconnect();
    const { initialRetryDelayMs = 1_000, maxRetryDelayMs = 30_000 } = this.#options;
    const inMs = computeRetryDelayMs(this.#failures, initialRetryDelayMs, maxRetryDelayMs, retryAfterMs);
    this.#failures += 1;
    this.#timer = setTimeout(() => this.#connect(), inMs);
    const since = this.#lastActivityAt;
    this.#setStatus({ state: 'reconnecting', since, at: Date.now() + inMs, inMs, reason, ...(problem && { problem }) });
  }

  #end({ reason, code, problem }: ConnectionEnd): void {
    this.#disconnect();
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

/** A fault of the listener is the listener's: it is thrown where it is seen, and does not end the watching. */
function callListener<T>(listener: ((value: T) => void) | undefined, value: T): void {
  try {
    listener?.(value);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
