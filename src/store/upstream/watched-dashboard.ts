/**
 * One dashboard that a relay watches at its upstream.
 *
 * The watch of the client reports snapshots, which only move forwards, and the number of the definition. A snapshot
 * with the known counters becomes an outcome. After another definition, another set of counters or another epoch, the
 * definition is read, and the whole dashboard is reported.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { WebSocketClass } from '../../client/connection.js';
import { readDefinition } from '../../client/dashboards.js';
import { UnavailableError } from '../../client/errors.js';
import type { WatchStatus } from '../../client/watch-status.js';
import { watch, type Watcher } from '../../client/watch.js';
import type { Dashboard, Snapshot } from '../../counters/counters.js';
import { TallyError } from '../../counters/errors.js';
import { CLOSE_CODES } from '../../protocol/close-codes.js';
import { computeBackoffMs } from '../../retry/retry.js';
import type { StoreEvent } from '../store-events.js';
import { haveSameNames, moveDashboard, toDashboard } from './dashboard-codec.js';
import { readDay } from './dashboard-reader.js';
import { toReadError, type Upstream } from './upstream.js';

/** Bounds of the random delays between attempts to connect, milliseconds: one relay stands for many viewers. */
const INITIAL_RETRY_DELAY_MS = 250;
const MAX_RETRY_DELAY_MS = 2_000;
/** First bound of the random delay before a definition is read again that does not fit the snapshot, milliseconds. */
const INITIAL_REREAD_DELAY_MS = 100;
/** Delay before a watch that the upstream has refused is opened again, milliseconds. */
const REOPEN_DELAY_MS = 5_000;
/** Time for the first state, milliseconds. */
const FIRST_STATE_TIMEOUT_MS = 5_000;

interface FirstState {
  readonly resolve: (dashboard: Dashboard) => void;
  readonly reject: (error: TallyError) => void;
}

export class WatchedDashboard {
  readonly #logger = new Logger('Upstream');
  #watcher: Watcher | undefined;
  #dashboard: Dashboard | undefined;
  #latest: Snapshot | undefined;
  #latestVersion = 0;
  #status: WatchStatus = { state: 'connecting' };
  #reportedStaleSinceMs: number | undefined;
  #isReading = false;
  #isClosed = false;
  #first: FirstState | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    readonly name: string,
    private readonly upstream: Upstream,
    private readonly WebSocket: WebSocketClass,
    private readonly publish: (event: StoreEvent) => void,
  ) {}

  /** @throws TallyError `unknown-dashboard`, `store-unavailable`; the watch is closed then */
  start(): Promise<Dashboard> {
    return new Promise<Dashboard>((resolve, reject) => {
      this.#first = { resolve, reject };
      this.#timer = setTimeout(
        () => this.#fail(new TallyError('store-unavailable', 'the upstream did not answer in time')),
        FIRST_STATE_TIMEOUT_MS,
      );
      this.#open();
    });
  }

  /** A start that has not ended fails. */
  close(): void {
    this.#fail(new TallyError('store-unavailable', `the watch of ${this.name} was closed`));
  }

  #open(): void {
    this.#watcher = watch(this.upstream.url, {
      ...this.upstream.readOptions,
      dashboard: this.name,
      totals: true,
      WebSocket: this.WebSocket,
      initialRetryDelayMs: INITIAL_RETRY_DELAY_MS,
      maxRetryDelayMs: MAX_RETRY_DELAY_MS,
      onSnapshot: (snapshot) => {
        // Versions of different epochs do not compare. The number follows the snapshot.
        if (this.#latest?.epoch !== snapshot.epoch) this.#latestVersion = 0;
        this.#latest = snapshot;
        this.#follow();
      },
      onDefinition: (version) => {
        this.#latestVersion = version;
        this.#follow();
      },
      onStatus: (status) => this.#onStatus(status),
    });
  }

  /** Reports what is newer than the state that was reported last. */
  #follow(): void {
    const [latest, known] = [this.#latest, this.#dashboard];
    if (!latest || this.#isReading || this.#isClosed) return;
    if (
      known?.epoch === latest.epoch &&
      known.version >= this.#latestVersion &&
      haveSameNames([...known.counters.keys()], latest.counters)
    ) {
      if (latest.revision > known.revision) {
        const { dashboard, outcome } = moveDashboard(known, latest);
        this.#dashboard = dashboard;
        this.publish({ kind: 'applied', outcome });
      }
      this.#reportStatus();
    } else {
      void this.#read();
    }
  }

  /** Reads the definition until it fits the newest snapshot, and reports the dashboard. */
  async #read(): Promise<void> {
    this.#isReading = true;
    let dashboard: Dashboard | undefined;
    for (let failures = 0; !dashboard && !this.#isClosed; failures += 1) {
      try {
        const options = { ...this.upstream.readOptions, dashboard: this.name };
        const [definition, day] = await Promise.all([
          readDefinition(this.upstream.url, options),
          readDay(this.upstream.url, options),
        ]);
        const isOld = definition.version < this.#latestVersion;
        dashboard = this.#latest && !isOld ? toDashboard(definition, this.#latest, day) : undefined;
      } catch (error) {
        const reason = toReadError(error);
        if (this.#first) return this.#fail(reason);
        // A dashboard that is gone ends the watch too, which then says so.
      }
      if (!dashboard)
        await pause(Math.random() * computeBackoffMs(failures, INITIAL_REREAD_DELAY_MS, MAX_RETRY_DELAY_MS));
    }
    this.#isReading = false;
    if (!dashboard || this.#isClosed) return;
    this.#dashboard = dashboard;
    const first = this.#first;
    this.#first = undefined;
    clearTimeout(this.#timer);
    if (first) first.resolve(dashboard);
    else this.publish({ kind: 'reloaded', dashboard });
    this.#follow();
  }

  #onStatus(status: WatchStatus): void {
    this.#status = status;
    if (status.state === 'closed') this.#onClosed(status);
    else if (status.state === 'reconnecting' && this.#first)
      this.#fail(toReadError(new UnavailableError(status.reason, status.problem)));
    else if (!this.#isReading) this.#reportStatus();
  }

  #reportStatus(): void {
    if (this.#first || this.#isClosed || this.#status.state === 'connecting') return;
    if (this.#status.state === 'live') {
      if (this.#reportedStaleSinceMs === undefined) return;
      this.#reportedStaleSinceMs = undefined;
      this.publish({ kind: 'stale', dashboard: this.name });
    } else if (this.#reportedStaleSinceMs === undefined && this.#status.state !== 'closed') {
      this.#reportedStaleSinceMs = this.#status.since;
      this.publish({ kind: 'stale', dashboard: this.name, sinceMs: this.#status.since });
    }
  }

  /** The dashboard is gone, or the upstream refuses this relay. */
  #onClosed({ reason, code, problem }: Extract<WatchStatus, { state: 'closed' }>): void {
    if (this.#isClosed) return;
    if (code === CLOSE_CODES.gone.code || problem?.code === 'unknown-dashboard') {
      const isFirst = this.#first !== undefined;
      this.#fail(new TallyError('unknown-dashboard', problem?.detail ?? `there is no dashboard named ${this.name}`));
      if (!isFirst) this.publish({ kind: 'removed', dashboard: this.name });
    } else if (this.#first) {
      this.#fail(toReadError(new UnavailableError(reason, problem)));
    } else {
      this.#logger.warn(`the upstream refuses to show ${this.name}: ${reason}`);
      this.#status = { state: 'stale', since: Date.now() };
      this.#reportStatus();
      this.#timer = setTimeout(() => this.#open(), REOPEN_DELAY_MS);
    }
  }

  #fail(error: TallyError): void {
    const first = this.#first;
    this.#first = undefined;
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#watcher?.close();
    first?.reject(error);
  }
}
