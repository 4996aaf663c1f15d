/** The way of change sets to one dashboard: while one group is on its way the next gathers. */
import { setImmediate, setTimeout as pause } from 'node:timers/promises';
import type { ChangeSet } from '../../counters/counters.js';
import { TallyError } from '../../counters/errors.js';
import { told } from '../../telemetry/events.js';
import { type Reply, createStoreUnavailableError } from '../in-process/decide.js';
import { GroupSize } from './batching.js';
import { replyOf } from './reply-codec.js';
import { groupOf, type RedisSteps } from './script-executor.js';
import { errorMessage } from '../store-open.error.js';

/** Pause between two looks whether the server takes changes again, milliseconds. */
const PROBE_MS = 250;

/** Work that has its turn among the change sets. */
type Turn = () => Promise<unknown>;

interface Waiting {
  readonly work: readonly ChangeSet[] | Turn;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** What a lane tells its store. */
export interface LaneEvents {
  /** The dashboard is not there. */
  readonly missing: (dashboard: string) => void;
  /** Whether it takes change sets has changed. */
  readonly failing: (lane: RedisLane, reason: string | undefined) => void;
  /** Nothing waits and nothing is on its way. */
  readonly idle: (lane: RedisLane) => void;
}

export class RedisLane {
  #state: 'open' | 'failing' | 'closed' = 'open';
  #reason = '';
  #waiting: Waiting[] = [];
  #works = 0;
  #running: Promise<void> | undefined;

  constructor(
    readonly dashboard: string,
    private readonly steps: RedisSteps,
    private readonly events: LaneEvents,
  ) {}

  /** Change sets and turns that wait or are on their way. */
  get waiting(): number {
    return this.#works;
  }

  get isFailing(): boolean {
    return this.#state === 'failing';
  }

  /** A reply for each change set, in order. They go with one group: `inPortions` cuts them so. @throws TallyError `store-unavailable` */
  apply(changeSets: readonly ChangeSet[]): Promise<readonly Reply[]> {
    return this.#wait<readonly Reply[]>(changeSets, changeSets.length);
  }

  /** Does something when its turn has come. @throws what that throws, or TallyError `store-unavailable` */
  turn<T>(work: () => Promise<T>): Promise<T> {
    return this.#wait<T>(work, 1);
  }

  /** Finishes what was accepted. */
  async close(): Promise<void> {
    if (this.#state === 'failing') this.#refuseAll('the store is closed');
    this.#state = 'closed';
    await this.#running;
  }

  #wait<T>(work: Waiting['work'], works: number): Promise<T> {
    if (this.#state !== 'open') return Promise.reject(refused(this.#reason || 'the store is closed'));
    this.#works += works;
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ work, resolve: resolve as (value: unknown) => void, reject });
      this.#running ??= this.#run();
    });
  }

  /** The first waits for the turn of the loop that it came in: others of that turn go with it. */
  async #run(): Promise<void> {
    await setImmediate();
    while (this.#waiting.length > 0) {
      const group = this.#takeGroup();
      try {
        await (group.length > 0 ? this.#commit(group) : this.#takeTurn());
      } catch (error) {
        this.#fail(reasonOf(error));
      }
    }
    this.#running = undefined;
    if (this.#state === 'open') this.events.idle(this);
  }

  /** The change sets that wait, up to the first turn of another kind. */
  #takeGroup(): Waiting[] {
    const size = new GroupSize();
    const end = this.#waiting.findIndex(({ work }) => typeof work === 'function' || !size.take(work));
    return this.#waiting.splice(0, end < 0 ? this.#waiting.length : end);
  }

  async #commit(group: readonly Waiting[]): Promise<void> {
    const changeSets = group.flatMap(({ work }) => (typeof work === 'function' ? [] : work));
    try {
      const sentMs = performance.now();
      const { replies = [] } = await this.steps.carryOut(groupOf(this.dashboard, changeSets));
      if (told.committed.isHeard) {
        told.committed.tell({ changeSets: changeSets.length, tookMs: performance.now() - sentMs });
      }
      const all = replies.map((reply) => replyOf(this.dashboard, reply));
      if (all[0]?.refusal?.code === 'unknown-dashboard') this.events.missing(this.dashboard);
      let from = 0;
      for (const { work, resolve } of group) resolve(all.slice(from, (from += work.length)));
    } catch (error) {
      for (const { reject } of group) reject(error);
      throw error;
    } finally {
      this.#works -= changeSets.length;
    }
  }

  async #takeTurn(): Promise<void> {
    const next = this.#waiting.shift();
    if (!next || typeof next.work !== 'function') return;
    try {
      next.resolve(await next.work());
    } catch (error) {
      next.reject(error);
      if (error instanceof TallyError && error.code !== 'store-unavailable') return;
      throw error;
    } finally {
      this.#works -= 1;
    }
  }

  /** Whoever waits would wait in vain: they are told at once, and so is who comes until the server takes changes again. */
  #fail(reason: string): void {
    this.#refuseAll(reason);
    if (this.#state !== 'open') return;
    this.#state = 'failing';
    this.#reason = reason;
    this.events.failing(this, reason);
    void this.#recover();
  }

  #refuseAll(reason: string): void {
    for (const { work, reject } of this.#waiting.splice(0)) {
      this.#works -= typeof work === 'function' ? 1 : work.length;
      reject(refused(reason));
    }
  }

  async #recover(): Promise<void> {
    while (this.#state === 'failing') {
      await pause(PROBE_MS);
      if (!this.steps.isReachable) continue;
      try {
        await this.steps.probe(this.dashboard);
      } catch {
        // Said when it began, and told by health meanwhile.
        continue;
      }
      if (this.#state !== 'failing') return;
      this.#state = 'open';
      this.#reason = '';
      this.events.failing(this, undefined);
      this.events.idle(this);
    }
  }
}

/** Of what was never sent. */
function refused(reason: string): TallyError {
  return createStoreUnavailableError(`${reason}: nothing was counted`);
}

/** Why a group was not carried out, without what that means for the change sets in it. */
function reasonOf(error: unknown): string {
  return error instanceof TallyError && typeof error.cause === 'string' ? error.cause : errorMessage(error);
}
