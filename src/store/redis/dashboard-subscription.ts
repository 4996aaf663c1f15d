/**
 * One subscribed dashboard.
 *
 * Patches arrive on two connections: from the dashboard's channel and, for changes of this instance, with the replies.
 * They can be lost, repeated or out of order; the events of a subscription are in the order of the revisions and
 * complete. A patch that fits is published. One that comes early waits up to GAP_TIMEOUT_MS for those before it; after
 * that, and when a patch does not say what changed, the whole dashboard is read. Patches that arrive during a read wait
 * for its result.
 *
 * `reading` -> `current` when the read state was published; `current` -> `reading` for a gap, a new epoch or `reread`;
 * `reading` -> `rereading` when the result of the running read may be outdated, then `reading` again; any -> `closed`.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Dashboard } from '../../counters/counters.js';
import { TallyError } from '../../counters/errors.js';
import type { StoreEvent } from '../store-events.js';
import { toPatchOutcome, type DashboardPatch } from './reply-codec.js';
import type { KnownVersion } from './script-executor.js';

/** Time that an early patch waits for the ones before it, milliseconds. They are late or lost. */
const GAP_TIMEOUT_MS = 100;
/** Patches that are kept while the dashboard cannot be read. */
const MAX_EARLY_PATCHES = 1_000;
/** Delay before a failed read is repeated, milliseconds. */
const REREAD_DELAY_MS = 250;

interface DashboardSource {
  /** Reads the whole dashboard. @throws TallyError `unknown-dashboard`, `store-unavailable` */
  readonly read: () => Promise<Dashboard>;
  /** Gives the dashboard a new epoch if the server has lost changes that this instance has seen. */
  readonly renewEpoch: () => Promise<void>;
  readonly publish: (event: StoreEvent) => void;
}

export class DashboardSubscription implements KnownVersion {
  epoch = '';
  /** Version of the definition. */
  version = 0;
  revision = 0;
  at = 0;
  /** Time of the last message, `performance.now()`. */
  lastMessageMs = 0;
  /** Patches that wait, by the revision that they start from. */
  readonly #earlyPatches = new Map<number, DashboardPatch>();
  #state: 'current' | 'reading' | 'rereading' | 'closed' = 'reading';
  #reading = Promise.resolve();
  #gapTimer: NodeJS.Timeout | undefined;
  #staleSinceMs: number | undefined;
  #initialRead:
    { readonly resolve: (dashboard: Dashboard) => void; readonly reject: (error: unknown) => void } | undefined;

  constructor(
    readonly dashboard: string,
    private readonly source: DashboardSource,
  ) {}

  /**
   * Reads the dashboard for the first time.
   * @throws TallyError `unknown-dashboard`, `store-unavailable`; the subscription is closed then
   */
  start(): Promise<Dashboard> {
    return new Promise<Dashboard>((resolve, reject) => {
      this.#initialRead = { resolve, reject };
      this.#reading = this.#read();
    });
  }

  get isCurrent(): boolean {
    return this.#state === 'current';
  }

  get isStale(): boolean {
    return this.#staleSinceMs !== undefined;
  }

  /** Takes a patch from the channel or from a reply. Duplicates and old ones are ignored. */
  receive(patch: DashboardPatch): void {
    this.lastMessageMs = performance.now();
    if (patch.from === undefined) void this.reread();
    else if (this.#state !== 'current') {
      // The gap that this leaves is noticed and read.
      if (this.#earlyPatches.size >= MAX_EARLY_PATCHES) this.#earlyPatches.clear();
      this.#earlyPatches.set(patch.from, patch);
    } else if (patch.epoch !== this.epoch) void this.reread();
    else if (patch.from > this.revision) {
      this.#earlyPatches.set(patch.from, patch);
      this.#gapTimer ??= setTimeout(() => void this.reread(), GAP_TIMEOUT_MS);
    } else if (patch.revision > this.revision) {
      this.#applyPatch(patch);
      if (this.#earlyPatches.size > 0) this.#applyEarlyPatches();
    }
  }

  /** Publishes a state that was read for another purpose, if it is newer: the patches to it may still be in flight. */
  adoptIfNewer(dashboard: Dashboard): void {
    if (this.isStale || this.#state === 'closed') return;
    if (dashboard.epoch !== this.epoch || dashboard.revision < this.revision) return;
    if (dashboard.revision === this.revision && dashboard.version <= this.version) return;
    this.#publishState(dashboard);
    if (this.isCurrent) this.#applyEarlyPatches();
  }

  /** Reads the whole dashboard again. Resolves when the result is published. */
  reread(): Promise<void> {
    if (this.#state === 'reading') this.#requestReread();
    else if (this.#state === 'current') this.#reading = this.#read();
    return this.#reading;
  }

  /** Reports the dashboard as stale until it has been read again. */
  markStale(): void {
    if (this.#staleSinceMs !== undefined || this.#initialRead || this.#state === 'closed') return;
    this.#staleSinceMs = Date.now();
    this.source.publish({ kind: 'stale', dashboard: this.dashboard, sinceMs: this.#staleSinceMs });
  }

  close(): void {
    this.#state = 'closed';
    clearTimeout(this.#gapTimer);
    this.#earlyPatches.clear();
  }

  #applyPatch(patch: DashboardPatch): void {
    this.revision = patch.revision;
    this.at = patch.at ?? 0;
    this.source.publish({ kind: 'applied', outcome: toPatchOutcome(this.dashboard, patch) });
  }

  /** Applies the waiting patches that fit now. A patch of another epoch is either old, or a sign to read again. */
  #applyEarlyPatches(): void {
    clearTimeout(this.#gapTimer);
    this.#gapTimer = undefined;
    for (const [from, patch] of [...this.#earlyPatches].toSorted(([left], [right]) => left - right)) {
      const isOther = patch.epoch !== this.epoch;
      if (!isOther && from > this.revision) break;
      this.#earlyPatches.delete(from);
      if (isOther) void this.reread();
      else if (patch.revision > this.revision) this.#applyPatch(patch);
    }
    if (this.#earlyPatches.size > 0 && this.isCurrent)
      this.#gapTimer = setTimeout(() => void this.reread(), GAP_TIMEOUT_MS);
  }

  async #read(): Promise<void> {
    clearTimeout(this.#gapTimer);
    this.#gapTimer = undefined;
    do {
      this.#state = 'reading';
      const { epoch, version, revision, at } = this;
      try {
        const dashboard = await this.source.read();
        if (this.#isInState('closed')) return;
        const isOther = dashboard.revision === revision && at > 0 && dashboard.at !== at;
        const hasLost = dashboard.revision < revision || dashboard.version < version;
        if (dashboard.epoch === epoch && (hasLost || isOther)) {
          await this.source.renewEpoch();
          this.#requestReread();
        } else if (dashboard.epoch === this.epoch && this.#isPassed(dashboard, version)) {
          // `adoptIfNewer` has published a newer state meanwhile.
          this.#requestReread();
        } else {
          this.#publishState(dashboard);
        }
      } catch (error) {
        if (this.#isInState('closed') || !this.#handleReadError(error)) return;
        await pause(REREAD_DELAY_MS);
        this.#requestReread();
      }
    } while (this.#isInState('rereading'));
    if (this.#isInState('closed')) return;
    this.#state = 'current';
    this.#applyEarlyPatches();
  }

  /** @param version the one that was known before the read */
  #isPassed(read: Dashboard, version: number): boolean {
    return read.revision < this.revision || (this.version > version && read.version < this.version);
  }

  #requestReread(): void {
    if (this.#state !== 'closed') this.#state = 'rereading';
  }

  #isInState(state: 'rereading' | 'closed'): boolean {
    return this.#state === state;
  }

  #publishState(dashboard: Dashboard): void {
    this.epoch = dashboard.epoch;
    this.version = dashboard.version;
    this.revision = dashboard.revision;
    this.at = dashboard.at;
    if (this.#initialRead) this.#initialRead.resolve(dashboard);
    else this.source.publish({ kind: 'reloaded', dashboard });
    this.#initialRead = undefined;
    if (this.#staleSinceMs !== undefined) this.source.publish({ kind: 'stale', dashboard: this.dashboard });
    this.#staleSinceMs = undefined;
  }

  /** @returns true to repeat the read */
  #handleReadError(error: unknown): boolean {
    if (this.#initialRead) {
      this.#initialRead.reject(error);
    } else if (error instanceof TallyError && error.code === 'unknown-dashboard') {
      this.source.publish({ kind: 'removed', dashboard: this.dashboard });
    } else {
      this.markStale();
      return true;
    }
    this.close();
    return false;
  }
}
