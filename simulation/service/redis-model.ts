/**
 * A model of Redis and of what the Lua scripts do: change sets of a dashboard in one step, the last reply to each
 * instance kept for the case that it is asked for again, nothing done after the deadline, and patches published to all
 * who have subscribed. The rules of counting are those of the memory store.
 */
import type { TimeOfDay } from '../../src/clock/clock.js';
import type { ChangeSet, Dashboard, FreshOutcome, ReplayedOutcome } from '../../src/counters/counters.js';
import { TallyError } from '../../src/counters/errors.js';
import { MemoryStore } from '../../src/store/memory/memory.store.js';
import type { DashboardPatch, ScriptReply, ScriptResult } from '../../src/store/redis/reply-codec.js';
import type { ScriptCall } from '../../src/store/redis/script-executor.js';
import type { Limits, Retention } from '../../src/store/store.js';
import { Life } from '../world/life.js';
import type { World } from '../world/world.js';

/** A connection is found to be broken after this time at most, milliseconds. */
const MAX_LATENCY_MS = 3;

export interface RedisOptions {
  readonly retention: Retention;
  readonly limits: Limits;
  readonly timeZone: string;
}

interface KeptReply {
  readonly id: number;
  readonly result: ScriptResult;
}

/** What an instance hears of. */
interface Listener {
  readonly life: Life;
  readonly channels: Set<string>;
  receive(channel: string, text: string): void;
  /** The connections were lost, or are there again. */
  onReadyChange(isReady: boolean): void;
}

export class RedisModel {
  readonly life = new Life('redis');
  readonly store: MemoryStore;
  readonly #listeners = new Set<Listener>();
  readonly #keptReplies = new Map<string, KeptReply>();
  /** Instances that cannot reach it until a moment, by the name of the machine; `''`: all. */
  readonly #cutUntilMs = new Map<string, number>();
  /** Probability that a patch gets lost, or comes late. */
  patchFaultRate = 0;

  constructor(
    readonly world: World,
    { retention, limits, timeZone }: RedisOptions,
  ) {
    const clock: TimeOfDay = {
      now: () => world.wallMs(this.life),
      nowForExpiry: () => world.wallMs(this.life),
      isSettled: true,
      trust: { timeMs: 0, stoodMs: 0 },
      recall: () => undefined,
    };
    this.store = new MemoryStore(retention, limits, clock, timeZone);
  }

  /** Cuts an instance off, or all of them, until a moment. */
  cut(machine: string, untilMs: number): void {
    this.#cutUntilMs.set(machine, untilMs);
    for (const listener of this.#listeners) this.#updateReadiness(listener);
    const heal = (): void => {
      for (const listener of this.#listeners) this.#updateReadiness(listener);
    };
    this.world.schedule('Redis is reached again', untilMs - this.world.nowMs, heal, this.world.outside);
  }

  heal(): void {
    this.#cutUntilMs.clear();
    this.patchFaultRate = 0;
    for (const listener of this.#listeners) this.#updateReadiness(listener);
  }

  isReachable(life: Life): boolean {
    const [machine = ''] = life.name.split('#');
    const untilMs = Math.max(this.#cutUntilMs.get(machine) ?? 0, this.#cutUntilMs.get('') ?? 0);
    return untilMs <= this.world.nowMs;
  }

  listen(listener: Listener): void {
    this.#listeners.add(listener);
    listener.life.onEnd(() => this.#listeners.delete(listener));
    this.#updateReadiness(listener);
  }

  /** Runs something at the server for an instance. Rejects if it, or its reply, does not get through. */
  call<T>(work: () => Promise<T>): Promise<T> {
    const { world } = this;
    const client = world.current;
    return new Promise((resolve, reject) => {
      const drawMs = (): number => world.between(0.05, MAX_LATENCY_MS);
      const reply = (finish: () => void): void => {
        if (this.isReachable(client)) world.scheduleInOrder('from redis', 'reply', drawMs(), finish, client);
        else world.schedule('lost', drawMs(), () => reject(new Error('Connection is closed.')), client);
      };
      const run = async (): Promise<void> => {
        try {
          const value = structuredClone(await work());
          reply(() => resolve(value));
        } catch (error) {
          reply(() => reject(error));
        }
      };
      if (!this.isReachable(client)) return reply(() => undefined);
      world.scheduleInOrder(`from ${client.name}`, 'command', drawMs(), () => void run(), this.life);
      return undefined;
    });
  }

  /** The change script, for change sets. @param deadlineMs virtual time after which it does nothing */
  async execute(instance: string, id: number, call: ScriptCall, deadlineMs: number): Promise<ScriptResult> {
    const now = this.world.wallMs(this.life);
    const slot = `${instance} ${call.dashboard}`;
    const kept = this.#keptReplies.get(slot);
    if (kept?.id === id) return kept.result;
    if (this.world.nowMs > deadlineMs) return { now, late: true };
    const replies: ScriptReply[] = [];
    const before = await this.store.readDashboard(call.dashboard).catch(() => undefined);
    for (const changeSet of decodeChangeSets(call)) replies.push(await this.#apply(changeSet));
    const patch = before && (await this.#createPatch(call.dashboard, before.revision));
    const result: ScriptResult = { now, replies, ...(patch && { patch }) };
    this.#keptReplies.set(slot, { id, result });
    if (patch) this.publish(call.dashboard, patch);
    return result;
  }

  publish(dashboard: string, patch: DashboardPatch): void {
    const { world } = this;
    for (const listener of this.#listeners) {
      const { life, channels } = listener;
      const channel = toChannel(dashboard);
      if (!channels.has(channel) || !this.isReachable(life)) continue;
      const isFault = world.chance(this.patchFaultRate);
      if (isFault && world.chance(0.5)) continue;
      const delayMs = isFault ? world.between(0, 500) : world.between(0.05, MAX_LATENCY_MS);
      world.schedule('patch', delayMs, () => listener.receive(channel, JSON.stringify(patch)), life);
    }
  }

  /** Tells all who have subscribed to read the whole dashboard. */
  publishReload({ name, epoch, revision }: Pick<Dashboard, 'name' | 'epoch' | 'revision'>): void {
    this.publish(name, { epoch, revision });
  }

  async #apply(changeSet: ChangeSet): Promise<ScriptReply> {
    try {
      return encodeOutcome(await this.store.apply(changeSet));
    } catch (error) {
      if (!(error instanceof TallyError)) throw error;
      const refusal = ['said', error.code, error.message] as const;
      return error.replayed ? { again: refusal } : refusal;
    }
  }

  async #createPatch(dashboard: string, from: number): Promise<DashboardPatch | undefined> {
    const { epoch, revision, at, counters } = await this.store.readDashboard(dashboard);
    if (revision === from) return undefined;
    const { entries } = await this.store.searchLedger(dashboard, { after: from, limit: revision - from });
    const names = new Set(entries.flatMap(({ changes }) => changes.map(({ counter }) => counter)));
    const values: Record<string, number> = {};
    const totals: (number | string | null)[] = [];
    for (const name of names) {
      const counter = counters.get(name);
      if (!counter) continue;
      values[name] = counter.value;
      const isGauge = counter.definition.kind === 'gauge';
      totals.push(...(isGauge ? [null, null] : [Number(counter.added), Number(counter.removed)]));
    }
    return { epoch, from, revision, at, counters: values, totals };
  }

  #updateReadiness(listener: Listener): void {
    const { world } = this;
    const tell = (): void => listener.onReadyChange(this.isReachable(listener.life));
    world.scheduleInOrder('from redis', 'connection', world.between(0, 50), tell, listener.life);
  }
}

export function toChannel(dashboard: string): string {
  return `patches ${dashboard}`;
}

/** The arguments of a call: JSON, fingerprint and owned key of each change set. */
function decodeChangeSets({ dashboard, args }: ScriptCall): ChangeSet[] {
  const changeSets: ChangeSet[] = [];
  for (let index = 0; index < args.length; index += 3) {
    const { changes = [], ...rest } = JSON.parse(args[index] ?? '{}') as Partial<ChangeSet>;
    changeSets.push({ ...rest, dashboard, changes });
  }
  return changeSets;
}

function encodeOutcome(outcome: FreshOutcome | ReplayedOutcome): ScriptReply {
  const { revision, at, counters } = outcome;
  if (outcome.replayed) return { again: [revision, at, counters] };
  const totals = Object.keys(counters).flatMap((name) => {
    const [added, removed] = [outcome.added[name], outcome.removed[name]];
    return [added === undefined ? null : Number(added), removed === undefined ? null : Number(removed)];
  });
  return { n: revision, t: at, c: counters, s: totals };
}
