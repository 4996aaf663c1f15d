/** One dashboard that is listened to: patches from everywhere in the order of the revisions, and what is missing is read. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Dashboard } from '../../counters/counters.js';
import { TallyError } from '../../counters/errors.js';
import type { StoreEvent } from '../store-events.js';
import { outcomeOfPatch, type Patch } from './reply-codec.js';
import type { Horizon } from './script-executor.js';

/** How long a patch that comes too early waits for those before it, milliseconds. They are on their way, or lost. */
const GAP_MS = 100;
/** Most patches that are kept while it cannot be read. */
const MOST_EARLY = 1_000;
/** Pause between two attempts to read, milliseconds. */
const AGAIN_MS = 250;

/** What a listened dashboard needs of its store. */
export interface Source {
  /** Reads it whole. @throws TallyError `unknown-dashboard`, `store-unavailable` */
  readonly read: () => Promise<Dashboard>;
  /** Gives it a new epoch if the server has lost what this instance has seen. */
  readonly renew: () => Promise<void>;
  readonly tell: (heard: StoreEvent) => void;
}

export class RedisListened implements Horizon {
  epoch = '';
  revision = 0;
  /** When something of it came last: `performance.now()`. */
  lastHeardMs = 0;
  /** Patches that came before their turn, by the revision that they begin at; while it is being read, all that come. */
  readonly #early = new Map<number, Patch>();
  /** `reading again`: what is being read may be outdated when it comes. */
  #state: 'current' | 'reading' | 'reading again' | 'ended' = 'reading';
  #reading = Promise.resolve();
  #gap: NodeJS.Timeout | undefined;
  #behindSinceMs: number | undefined;
  #first: { readonly resolve: (dashboard: Dashboard) => void; readonly reject: (error: unknown) => void } | undefined;

  constructor(
    readonly dashboard: string,
    private readonly source: Source,
  ) {}

  /** Reads it for the first time. @throws TallyError `unknown-dashboard`, `store-unavailable`: it is not listened to then */
  begin(): Promise<Dashboard> {
    return new Promise<Dashboard>((resolve, reject) => {
      this.#first = { resolve, reject };
      this.#reading = this.#read();
    });
  }

  get isCurrent(): boolean {
    return this.#state === 'current';
  }

  get isBehind(): boolean {
    return this.#behindSinceMs !== undefined;
  }

  /** Takes a patch: at once when its turn has come, else when those before it are there. */
  take(patch: Patch): void {
    this.lastHeardMs = performance.now();
    if (patch.from === undefined) void this.reread();
    else if (this.#state !== 'current') {
      // What it leaves out is missed, and read once more.
      if (this.#early.size >= MOST_EARLY) this.#early.clear();
      this.#early.set(patch.from, patch);
    } else if (patch.epoch !== this.epoch) void this.reread();
    else if (patch.from > this.revision) {
      this.#early.set(patch.from, patch);
      this.#gap ??= setTimeout(() => void this.reread(), GAP_MS);
    } else if (patch.revision > this.revision) {
      this.#accept(patch);
      if (this.#early.size > 0) this.#takeEarly();
    }
  }

  /** Takes what somebody else has read of it, if that is newer: the patches to it may still be on their way. */
  see(dashboard: Dashboard): void {
    if (this.isBehind || this.#state === 'ended') return;
    if (dashboard.epoch !== this.epoch || dashboard.revision <= this.revision) return;
    this.#show(dashboard);
    if (this.isCurrent) this.#takeEarly();
  }

  /** What is known may not hold any more: reads it whole. Resolves when that is done. */
  reread(): Promise<void> {
    if (this.#state === 'reading') this.#again();
    else if (this.#state === 'current') this.#reading = this.#read();
    return this.#reading;
  }

  /** Says that what is known may be behind, until it was read. */
  noteBehind(): void {
    if (this.#behindSinceMs !== undefined || this.#first || this.#state === 'ended') return;
    this.#behindSinceMs = Date.now();
    this.source.tell({ kind: 'behind', dashboard: this.dashboard, sinceMs: this.#behindSinceMs });
  }

  end(): void {
    this.#state = 'ended';
    clearTimeout(this.#gap);
    this.#early.clear();
  }

  #accept(patch: Patch): void {
    this.revision = patch.revision;
    this.source.tell({ kind: 'applied', outcome: outcomeOfPatch(this.dashboard, patch) });
  }

  /** Takes the patches whose turn has come. One that is of another epoch is from before, or news that are to be read. */
  #takeEarly(): void {
    clearTimeout(this.#gap);
    this.#gap = undefined;
    for (const [from, patch] of [...this.#early].toSorted(([one], [other]) => one - other)) {
      const isOther = patch.epoch !== this.epoch;
      if (!isOther && from > this.revision) break;
      this.#early.delete(from);
      if (isOther) void this.reread();
      else if (patch.revision > this.revision) this.#accept(patch);
    }
    if (this.#early.size > 0 && this.isCurrent) this.#gap = setTimeout(() => void this.reread(), GAP_MS);
  }

  async #read(): Promise<void> {
    clearTimeout(this.#gap);
    this.#gap = undefined;
    do {
      this.#state = 'reading';
      const { epoch, revision } = this;
      try {
        const dashboard = await this.source.read();
        if (this.#is('ended')) return;
        if (dashboard.epoch === epoch && dashboard.revision < revision) {
          await this.source.renew();
          this.#again();
        } else if (dashboard.epoch === this.epoch && dashboard.revision < this.revision) {
          // Somebody else has read a newer one meanwhile.
          this.#again();
        } else {
          this.#show(dashboard);
        }
      } catch (error) {
        if (this.#is('ended') || !this.#outlives(error)) return;
        await pause(AGAIN_MS);
        this.#again();
      }
    } while (this.#is('reading again'));
    if (this.#is('ended')) return;
    this.#state = 'current';
    this.#takeEarly();
  }

  #again(): void {
    if (this.#state !== 'ended') this.#state = 'reading again';
  }

  #is(state: 'reading again' | 'ended'): boolean {
    return this.#state === state;
  }

  #show(dashboard: Dashboard): void {
    this.epoch = dashboard.epoch;
    this.revision = dashboard.revision;
    if (this.#first) this.#first.resolve(dashboard);
    else this.source.tell({ kind: 'state', dashboard });
    this.#first = undefined;
    if (this.#behindSinceMs !== undefined) this.source.tell({ kind: 'behind', dashboard: this.dashboard });
    this.#behindSinceMs = undefined;
  }

  /** @returns whether it is to be read again */
  #outlives(error: unknown): boolean {
    if (this.#first) {
      this.#first.reject(error);
    } else if (error instanceof TallyError && error.code === 'unknown-dashboard') {
      this.source.tell({ kind: 'gone', dashboard: this.dashboard });
    } else {
      this.noteBehind();
      return true;
    }
    this.end();
    return false;
  }
}
