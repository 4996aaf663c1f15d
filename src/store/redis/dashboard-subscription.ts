/** One dashboard that is listened to: patches from everywhere in the order of the revisions, and what is missing is read. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Dashboard } from '../../counters/counters.js';
import { TallyError } from '../../counters/errors.js';
import type { StoreEvent } from '../store-events.js';
import { toPatchOutcome, type DashboardPatch } from './reply-codec.js';
import type { KnownVersion } from './script-executor.js';

/** How long a patch that comes too early waits for those before it, milliseconds. They are on their way, or lost. */
const GAP_TIMEOUT_MS = 100;
/** Most patches that are kept while it cannot be read. */
const MAX_EARLY_PATCHES = 1_000;
/** Pause between two attempts to read, milliseconds. */
const REREAD_DELAY_MS = 250;

/** What a listened dashboard needs of its store. */
interface DashboardSource {
  /** Reads it whole. @throws TallyError `unknown-dashboard`, `store-unavailable` */
  readonly read: () => Promise<Dashboard>;
  /** Gives it a new epoch if the server has lost what this instance has seen. */
  readonly renewEpoch: () => Promise<void>;
  readonly publish: (heard: StoreEvent) => void;
}

export class DashboardSubscription implements KnownVersion {
  epoch = '';
  revision = 0;
  /** When something of it came last: `performance.now()`. */
  lastMessageMs = 0;
  /** Patches that came before their turn, by the revision that they begin at; while it is being read, all that come. */
  readonly #earlyPatches = new Map<number, DashboardPatch>();
  /** `rereading`: what is being read may be outdated when it comes. */
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

  /** Reads it for the first time. @throws TallyError `unknown-dashboard`, `store-unavailable`: it is not listened to then */
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

  /** Takes a patch: at once when its turn has come, else when those before it are there. */
  receive(patch: DashboardPatch): void {
    this.lastMessageMs = performance.now();
    if (patch.from === undefined) void this.reread();
    else if (this.#state !== 'current') {
      // What it leaves out is missed, and read once more.
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

  /** Takes what somebody else has read of it, if that is newer: the patches to it may still be on their way. */
  adoptIfNewer(dashboard: Dashboard): void {
    if (this.isStale || this.#state === 'closed') return;
    if (dashboard.epoch !== this.epoch || dashboard.revision <= this.revision) return;
    this.#publishState(dashboard);
    if (this.isCurrent) this.#applyEarlyPatches();
  }

  /** What is known may not hold any more: reads it whole. Resolves when that is done. */
  reread(): Promise<void> {
    if (this.#state === 'reading') this.#requestReread();
    else if (this.#state === 'current') this.#reading = this.#read();
    return this.#reading;
  }

  /** Says that what is known may be behind, until it was read. */
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
    this.source.publish({ kind: 'applied', outcome: toPatchOutcome(this.dashboard, patch) });
  }

  /** Takes the patches whose turn has come. One that is of another epoch is from before, or news that are to be read. */
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
      const { epoch, revision } = this;
      try {
        const dashboard = await this.source.read();
        if (this.#isInState('closed')) return;
        if (dashboard.epoch === epoch && dashboard.revision < revision) {
          await this.source.renewEpoch();
          this.#requestReread();
        } else if (dashboard.epoch === this.epoch && dashboard.revision < this.revision) {
          // Somebody else has read a newer one meanwhile.
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

  #requestReread(): void {
    if (this.#state !== 'closed') this.#state = 'rereading';
  }

  #isInState(state: 'rereading' | 'closed'): boolean {
    return this.#state === state;
  }

  #publishState(dashboard: Dashboard): void {
    this.epoch = dashboard.epoch;
    this.revision = dashboard.revision;
    if (this.#initialRead) this.#initialRead.resolve(dashboard);
    else this.source.publish({ kind: 'reloaded', dashboard });
    this.#initialRead = undefined;
    if (this.#staleSinceMs !== undefined) this.source.publish({ kind: 'stale', dashboard: this.dashboard });
    this.#staleSinceMs = undefined;
  }

  /** @returns whether it is to be read again */
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
