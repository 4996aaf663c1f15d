/** Watches a dashboard for as long as it is wanted: connects, comes back, and says how fresh its numbers are. */
import type { Snapshot } from '../counters/counters.js';
import type { LiveMessage } from '../protocol/live-messages.js';
import { dashboardUrl } from './urls.js';
import { authorize, delayMs, isOfToken, type Token } from './errors.js';
import { type Connection, type End, type Listener, openSocket, openStream, type SocketClass } from './connection.js';
import { follow, isNews } from './snapshot-state.js';
import type { WatchStatus } from './status.js';
import { openWithTicket } from './ticket.js';

/** How long a connection has to last for its end to count as a first failure, milliseconds. */
const STEADY_MS = 5_000;

export interface WatchOptions {
  /** `main` when left out. */
  readonly dashboard?: string;
  /** Names of the counters to watch; all of them when left out or empty. */
  readonly counters?: readonly string[];
  /** Whether snapshots have `added`, all that was ever added to each counter: exact, however many changes a frame stands for. */
  readonly totals?: boolean;
  /** Sent in a header; a WebSocket is let in by a ticket that it buys. */
  readonly token?: Token;
  /** Gets the whole state, whenever there is a newer one. */
  readonly onSnapshot?: (snapshot: Snapshot) => void;
  /** Gets the status whenever it changes. */
  readonly onStatus?: (status: WatchStatus) => void;
  /** Silence after which a connection is taken for dead; 40,000 ms when left out. Give it more than two heartbeats of the server. */
  readonly staleAfterMs?: number;
  /** How long a connection may take until its first message; 10,000 ms when left out. */
  readonly connectMs?: number;
  /** Longest pause after a first failure, doubled with each further one; 1,000 ms when left out. */
  readonly firstPauseMs?: number;
  /** Longest pause after any; 30,000 ms when left out. */
  readonly mostPauseMs?: number;
  /** The global one when left out. Where there is none (Node 20), server-sent events are used; give the class of `ws` to have it. */
  readonly WebSocket?: SocketClass;
}

/** A dashboard that is being watched. */
export interface Watching {
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
export function watch(url: string | URL, options: WatchOptions = {}): Watching {
  return new Watcher(url, options);
}

class Watcher implements Watching {
  snapshot: Snapshot | undefined;
  status: WatchStatus = { state: 'connecting' };
  readonly #base: string | URL;
  readonly #options: WatchOptions;
  /** Whether WebSocket comes through here; undefined until that is known. */
  #socketWorks: boolean | undefined;
  #failures = 0;
  /** When something came last. */
  #heardAt = Date.now();
  /** Ends a silence, or a pause. */
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Counts connections: what an earlier one still says is not listened to. */
  #turn = 0;
  #connection: Connection | undefined;
  #bySocket = false;
  /** What this connection has shown, and since when it does. */
  #seen: Snapshot | undefined;
  #seenSince = 0;
  #degradedSince: number | undefined;

  /** Whether the token was refused and asked for again, and nothing was seen since. */
  #renewed = false;

  constructor(base: string | URL, options: WatchOptions) {
    this.#base = base;
    this.#options = options;
    this.#connect();
  }

  close(): void {
    if (this.status.state !== 'closed') this.#finish({ reason: 'closed by the client', final: true });
  }

  #connect(): void {
    const Class: SocketClass | undefined = this.#options.WebSocket ?? globalThis.WebSocket;
    void this.#open(this.#socketWorks === false ? undefined : Class);
  }

  /** Opens a connection in place of the one that there was: by WebSocket, or without its class as a stream. */
  async #open(Class?: SocketClass): Promise<void> {
    this.#drop();
    this.#bySocket = Class !== undefined;
    const turn = this.#turn;
    const listener: Listener = {
      heard: () => turn === this.#turn && this.#heard(),
      message: (text) => turn === this.#turn && this.#take(text),
      ended: (end) => turn === this.#turn && this.#ended(end),
    };
    this.#listen();
    try {
      const { dashboard = 'main', token } = this.#options;
      const headers = await authorize(token);
      if (turn !== this.#turn) return;
      const url = dashboardUrl(this.#base, dashboard, this.#options);
      if (!Class) this.#connection = openStream(url, headers, listener);
      else if (token === undefined) this.#connection = openSocket(Class, url, listener);
      else this.#connection = openWithTicket(Class, url, listener, { base: this.#base, dashboard, headers });
    } catch (error) {
      listener.ended({ reason: String(error), final: false });
    }
  }

  /** Forgets the connection. */
  #drop(): void {
    this.#turn += 1;
    clearTimeout(this.#timer);
    this.#connection?.close();
    if (this.#seen && Date.now() - this.#seenSince >= STEADY_MS) this.#failures = 0;
    this.#connection = this.#seen = this.#degradedSince = undefined;
  }

  #heard(): void {
    this.#heardAt = Date.now();
    clearTimeout(this.#timer);
    this.#listen();
  }

  #listen(): void {
    const { connectMs = 10_000, staleAfterMs = 40_000 } = this.#options;
    this.#timer = setTimeout(() => this.#silent(), this.#seen ? staleAfterMs : connectMs);
  }

  /** A connection that is cut somewhere on the way looks like one on which nothing happens. */
  #silent(): void {
    if (!this.#seen) {
      this.#ended({ reason: 'there was no answer in time', final: false });
      return;
    }
    this.#say({ state: 'stale', since: this.#heardAt });
    this.#connect();
  }

  #take(text: string): void {
    const message = parse(text);
    if (message?.type === 'snapshot' || message?.type === 'patch') {
      const next = follow(this.#seen, message);
      if (!next) {
        this.#pause({ reason: 'a patch did not fit', final: false });
        return;
      }
      if (!this.#seen) {
        this.#seenSince = Date.now();
        this.#socketWorks ??= this.#bySocket;
        this.#renewed = false;
      }
      this.#seen = next;
      if (isNews(next, this.snapshot)) {
        this.snapshot = next;
        tell(this.#options.onSnapshot, next);
      }
    } else if (message?.type === 'status') {
      this.#degradedSince = message.degraded ? message.since : undefined;
    } else if (message?.type === 'reconnect') {
      this.#pause({ reason: 'the server is restarting', final: false, retryAfterMs: message.afterMs });
      return;
    }
    const since = this.#degradedSince;
    if (this.#seen) this.#say(since === undefined ? { state: 'live' } : { state: 'degraded', since });
  }

  #ended(end: End): void {
    if (end.final) this.#conclude(end);
    // Blocked, or refused, or nobody there: the same address over HTTP tells which, and shows the same frames if it can.
    else if (this.#bySocket && !this.#seen && (end.code ?? 1006) === 1006) void this.#open();
    else this.#pause(end);
  }

  /** Ends it, unless the token was at fault and may be another by now. */
  #conclude(end: End): void {
    const mayRenew = typeof this.#options.token === 'function' && isOfToken(end.problem, end.code);
    // Not at once: all that had the same token come back with another now.
    if (mayRenew && this.#seen) this.#pause(end);
    else if (mayRenew && !this.#renewed) {
      this.#renewed = true;
      this.#connect();
    } else this.#finish(end);
  }

  /** Waits, and connects again. */
  #pause({ reason, problem, retryAfterMs }: End): void {
    this.#drop();
    const { firstPauseMs = 1_000, mostPauseMs = 30_000 } = this.#options;
    const inMs = delayMs(this.#failures, firstPauseMs, mostPauseMs, retryAfterMs);
    this.#failures += 1;
    this.#timer = setTimeout(() => this.#connect(), inMs);
    const since = this.#heardAt;
    this.#say({ state: 'reconnecting', since, at: Date.now() + inMs, inMs, reason, ...(problem && { problem }) });
  }

  #finish({ reason, code, problem }: End): void {
    this.#drop();
    this.#say({ state: 'closed', reason, ...(code && { code }), ...(problem && { problem }) });
  }

  #say(status: WatchStatus): void {
    if (JSON.stringify(status) === JSON.stringify(this.status)) return;
    this.status = status;
    tell(this.#options.onStatus, status);
  }
}

function parse(text: string): LiveMessage | undefined {
  try {
    return JSON.parse(text) as LiveMessage;
  } catch {
    return undefined;
  }
}

/** A fault of the listener is the listener's: it is thrown where it is seen, and does not end the watching. */
function tell<T>(listener: ((news: T) => void) | undefined, news: T): void {
  try {
    listener?.(news);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
