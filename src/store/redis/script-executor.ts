/** Carries out steps on Redis: each is sent until it is answered or its deadline is over, and counts once however often it is sent. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Cluster } from 'ioredis';
import type { ChangeSet } from '../../counters/counters.js';
import { computeFingerprint } from '../in-process/decide.js';
import { withTimeout } from '../with-timeout.js';
import type { RedisConnection } from './connection.js';
import { isLost, isPassing, reasonOf, unavailable } from './redis-errors.js';
import type { RedisKeys } from './keys.js';
import type { Patch, StepAnswer } from './reply-codec.js';
import type { WaitOptions } from './replication-wait.js';
import { type Answered, RedisScript } from './script-runner.js';
import type { Retention } from '../store.js';

/** What one step does to a dashboard. */
export interface Group {
  readonly dashboard: string;
  readonly kind: 'apply' | 'define' | 'remove' | 'probe';
  /** The counters that it may touch. */
  readonly counters: readonly string[];
  /** What redis.lua.ts says for its kind. */
  readonly args: readonly string[];
}

/** What an instance has seen of a dashboard. */
export interface Horizon {
  readonly epoch: string;
  readonly revision: number;
}

/** What this instance looks at. */
export interface View {
  /** What it has seen of a dashboard, if it looks at it. */
  readonly seen: (dashboard: string) => Horizon | undefined;
  /** A patch is durable: before the step that made it resolves. */
  readonly patched: (dashboard: string, patch: Patch) => void;
}

export interface StepOptions extends WaitOptions {
  readonly retention: Retention;
}

/** How long the reply to a group is kept for the case that it comes again: longer than the longest timeout. */
const SENT_MS = 120_000;
/** Pause before a group is sent again, milliseconds. */
const AGAIN_MS = 50;
/** Dashboards of a Cluster by which to find a master that takes changes: the chance that none of them is one of the others is small. */
const PROBED_SLOTS = 8;
const NOTHING_SEEN: Horizon = { epoch: '', revision: 0 };

export function groupOf(dashboard: string, changeSets: readonly ChangeSet[]): Group {
  const counters = new Set<string>();
  const args: string[] = [];
  for (const changeSet of changeSets) {
    const { changes, key, reason, who } = changeSet;
    for (const { counter } of changes) counters.add(counter);
    args.push(JSON.stringify({ changes, key, reason, who }), key === undefined ? '' : computeFingerprint(changeSet));
  }
  return { dashboard, kind: 'apply', counters: [...counters], args };
}

export class RedisSteps {
  /** Who sends: another one after each start. */
  readonly #instance = randomUUID();
  #lastGroup = 0;
  /** Probes that are not answered yet, one a dashboard: a server that takes its time gets no more of them meanwhile. */
  readonly #probes = new Map<string, Promise<Answered>>();
  readonly #script: RedisScript;
  /** Milliseconds from this process's clock to the server's: the server's time is this much later, or later still. */
  #ahead: number | undefined;

  constructor(
    private readonly connection: RedisConnection,
    private readonly keys: RedisKeys,
    private readonly options: StepOptions,
    private readonly view: View,
  ) {
    this.#script = new RedisScript(connection, options);
  }

  /** Whether it is worth while to probe. */
  get isReachable(): boolean {
    return this.connection.isReady;
  }

  /** Whether what is done is waited for until it is safe: what is read may not be yet. */
  get isConfirmed(): boolean {
    return this.#script.isConfirmed;
  }

  /**
   * Carries a group out, once.
   * @throws TallyError `store-unavailable`: nothing was counted, or, where an answer was lost, it is not known whether it was, and
   *   nothing will be later. Its cause is the reason alone, for those who come after.
   */
  async carryOut(group: Group): Promise<StepAnswer> {
    this.#lastGroup += 1;
    const id = String(this.#lastGroup);
    const untilMs = performance.now() + this.options.timeoutMs;
    let mayBeDone = false;
    for (;;) {
      let reason: string;
      let isSent = false;
      try {
        if (this.#ahead === undefined) await this.probe(group.dashboard, untilMs);
        isSent = true;
        const answer = await this.#answerOf(this.#run(group, id, untilMs), untilMs);
        if (!answer.late) {
          if (answer.patch) this.#tell(group.dashboard, answer.patch);
          return answer;
        }
        // Had it been done before, that would have been the answer. The clock may have been another server's: this one's is known now.
        mayBeDone = false;
        reason = 'Redis took the change too late';
      } catch (error) {
        mayBeDone ||= isSent && (isLost(error) || this.connection.commands instanceof Cluster);
        reason = reasonOf(error);
        if (!isPassing(error)) throw unavailable(reason, mayBeDone);
      }
      if (performance.now() >= untilMs) throw unavailable(reason, mayBeDone);
      await pause(Math.min(AGAIN_MS, Math.max(0, untilMs - performance.now())));
    }
  }

  /**
   * Resolves when what was read of a dashboard is as safe as what is acknowledged.
   * @throws Error when it is not known to be
   */
  confirm(dashboard: string): Promise<void> {
    return this.#script.confirm(this.keys.seen(dashboard, this.#instance));
  }

  /** Resolves when the server would take a change of the dashboard. */
  async probe(dashboard: string, untilMs = performance.now() + this.options.timeoutMs): Promise<void> {
    let asked = this.#probes.get(dashboard);
    if (!asked) {
      const group: Group = { dashboard, kind: 'probe', counters: [], args: [] };
      asked = this.#run(group, '0', untilMs).finally(() => this.#probes.delete(dashboard));
      this.#probes.set(dashboard, asked);
    }
    await this.#answerOf(asked, untilMs);
  }

  /**
   * As `probe`, of the server; of a Cluster, when any of its masters would: one that is away takes its own dashboards with it, and
   * no others.
   */
  async probeServer(): Promise<void> {
    if (!this.connection.isCluster) return this.probe('main');
    const slots = Array.from({ length: PROBED_SLOTS }, (_, index) => this.probe(`probe.${index}`));
    try {
      await Promise.any(slots);
    } catch (error) {
      throw error instanceof AggregateError ? error.errors[0] : error;
    }
  }

  /** The script has told everybody, unless it was to wait: nobody hears of what the replicas may not have. */
  #tell(dashboard: string, patch: Patch): void {
    this.view.patched(dashboard, patch);
    if (!this.isConfirmed) return;
    // By a connection that waits for nothing. Where it is lost, the next one shows that it is missing, or a look at a dashboard that is quiet.
    const told = this.connection.reads.spublish(this.keys.dashboard(dashboard), JSON.stringify(patch));
    told.catch(() => undefined);
  }

  async #answerOf(asked: Promise<Answered>, untilMs: number): Promise<StepAnswer> {
    const { text, atMs } = await withTimeout(asked, untilMs - performance.now());
    const answer = JSON.parse(text) as StepAnswer;
    this.#ahead = answer.now - atMs;
    return answer;
  }

  #run(group: Group, id: string, untilMs: number): Promise<Answered> {
    const keys = this.keys.step(group.dashboard, this.#instance, group.counters);
    return this.#script.run(keys, this.#argumentsOf(group, id, untilMs));
  }

  #argumentsOf({ dashboard, kind, counters, args }: Group, id: string, untilMs: number): string[] {
    const { retention } = this.options;
    const { epoch, revision } = this.view.seen(dashboard) ?? NOTHING_SEEN;
    return [
      this.keys.dashboard(dashboard),
      id,
      String(SENT_MS),
      String(Math.floor(untilMs + (this.#ahead ?? 0))),
      epoch,
      String(revision),
      randomUUID(),
      String(retention.keyMs),
      String(retention.ledgerMs),
      String(retention.ledgerEntries),
      this.isConfirmed ? '1' : '0',
      kind,
      String(counters.length),
      ...counters,
      ...args,
    ];
  }
}
