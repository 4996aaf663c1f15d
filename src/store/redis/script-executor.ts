/** Carries out steps on Redis: each is sent until it is answered or its deadline is over, and counts once however often it is sent. */
import { randomUUID } from 'node:crypto';
import { Cluster } from 'ioredis';
import type { ChangeSet } from '../../counters/counters.js';
import { computeFingerprint } from '../in-process/decide.js';
import { retry } from '../../retry/retry.js';
import { withTimeout } from '../with-timeout.js';
import type { RedisConnection } from './connection.js';
import {
  createUnavailableError,
  describeRedisError,
  isTransient,
  LateCallError,
  mayHaveBeenApplied,
} from './redis-errors.js';
import type { RedisKeys } from './keys.js';
import type { DashboardPatch, ScriptResult } from './reply-codec.js';
import type { ReplicationWaitOptions } from './replication-wait.js';
import { type ScriptAnswer, ScriptRunner } from './script-runner.js';
import type { Retention } from '../store.js';

/** What one step does to a dashboard. */
export interface ScriptCall {
  readonly dashboard: string;
  readonly kind: 'apply' | 'define' | 'remove' | 'probe';
  /** The counters that it may touch. */
  readonly counters: readonly string[];
  /** What `lua/change.lua` says for its kind. */
  readonly args: readonly string[];
}

/** What an instance has seen of a dashboard. */
export interface KnownVersion {
  readonly epoch: string;
  readonly revision: number;
}

/** What this instance looks at. */
interface ScriptExecutorHooks {
  /** What it has seen of a dashboard, if it looks at it. */
  readonly getKnownVersion: (dashboard: string) => KnownVersion | undefined;
  /** A patch is durable: before the step that made it resolves. */
  readonly onPatch: (dashboard: string, patch: DashboardPatch) => void;
}

interface ScriptExecutorOptions extends ReplicationWaitOptions {
  readonly retention: Retention;
}

/** How long the reply to a group is kept for the case that it comes again: longer than the longest timeout. */
const REPLY_RETENTION_MS = 120_000;
/** Pause before a group is sent again, milliseconds. */
const RESEND_DELAY_MS = 50;
/** Dashboards of a Cluster by which to find a master that takes changes: the chance that none of them is one of the others is small. */
const PROBED_DASHBOARDS = 8;
const NO_VERSION: KnownVersion = { epoch: '', revision: 0 };

export function createApplyCall(dashboard: string, changeSets: readonly ChangeSet[]): ScriptCall {
  const counters = new Set<string>();
  const args: string[] = [];
  for (const changeSet of changeSets) {
    const { changes, key, reason, who } = changeSet;
    for (const { counter } of changes) counters.add(counter);
    args.push(JSON.stringify({ changes, key, reason, who }), key === undefined ? '' : computeFingerprint(changeSet));
  }
  return { dashboard, kind: 'apply', counters: [...counters], args };
}

export class ScriptExecutor {
  /** Who sends: another one after each start. */
  readonly #instance = randomUUID();
  #lastCallId = 0;
  /** Probes that are not answered yet, one a dashboard: a server that takes its time gets no more of them meanwhile. */
  readonly #probes = new Map<string, Promise<ScriptAnswer>>();
  readonly #runner: ScriptRunner;
  /** Milliseconds from this process's clock to the server's: the server's time is this much later, or later still. */
  #clockOffsetMs: number | undefined;

  constructor(
    private readonly connection: RedisConnection,
    private readonly keys: RedisKeys,
    private readonly options: ScriptExecutorOptions,
    private readonly hooks: ScriptExecutorHooks,
  ) {
    this.#runner = new ScriptRunner(connection, options);
  }

  /** Whether it is worth while to probe. */
  get isReachable(): boolean {
    return this.connection.isReady;
  }

  /** Whether what is done is waited for until it is safe: what is read may not be yet. */
  get requiresConfirmation(): boolean {
    return this.#runner.requiresConfirmation;
  }

  /**
   * Carries a group out, once.
   * @throws TallyError `store-unavailable`: nothing was counted, or, where an answer was lost, it is not known whether it was, and
   *   nothing will be later. Its cause is the reason alone, for those who come after.
   */
  async execute(call: ScriptCall): Promise<ScriptResult> {
    this.#lastCallId += 1;
    const id = String(this.#lastCallId);
    const deadlineMs = performance.now() + this.options.timeoutMs;
    let mayBeApplied = false;
    const attempt = async (): Promise<ScriptResult> => {
      let isSent = false;
      try {
        if (this.#clockOffsetMs === undefined) await this.probe(call.dashboard, deadlineMs);
        isSent = true;
        const result = await this.#receiveResult(this.#send(call, id, deadlineMs), deadlineMs);
        if (!result.late) {
          if (result.patch) this.#publish(call.dashboard, result.patch);
          return result;
        }
      } catch (error) {
        mayBeApplied ||= isSent && (mayHaveBeenApplied(error) || this.connection.commands instanceof Cluster);
        throw error;
      }
      // Had it been done before, that would have been the answer. The clock may have been another server's: this one's is known now.
      mayBeApplied = false;
      throw new LateCallError();
    };
    try {
      return await retry(attempt, (error) => (isTransient(error) ? RESEND_DELAY_MS : undefined), deadlineMs);
    } catch (error) {
      throw createUnavailableError(describeRedisError(error), mayBeApplied);
    }
  }

  /**
   * Resolves when what was read of a dashboard is as safe as what is acknowledged.
   * @throws Error when it is not known to be
   */
  confirmRead(dashboard: string): Promise<void> {
    return this.#runner.confirm(this.keys.toConfirmationKey(dashboard, this.#instance));
  }

  /** Resolves when the server would take a change of the dashboard. */
  async probe(dashboard: string, deadlineMs = performance.now() + this.options.timeoutMs): Promise<void> {
    let answer = this.#probes.get(dashboard);
    if (!answer) {
      const call: ScriptCall = { dashboard, kind: 'probe', counters: [], args: [] };
      answer = this.#send(call, '0', deadlineMs).finally(() => this.#probes.delete(dashboard));
      this.#probes.set(dashboard, answer);
    }
    await this.#receiveResult(answer, deadlineMs);
  }

  /**
   * As `probe`, of the server; of a Cluster, when any of its masters would: one that is away takes its own dashboards with it, and
   * no others.
   */
  async probeServer(): Promise<void> {
    if (!this.connection.isCluster) return this.probe('main');
    const probes = Array.from({ length: PROBED_DASHBOARDS }, (_, index) => this.probe(`probe.${index}`));
    try {
      await Promise.any(probes);
    } catch (error) {
      throw error instanceof AggregateError ? error.errors[0] : error;
    }
  }

  /** The script has told everybody, unless it was to wait: nobody hears of what the replicas may not have. */
  #publish(dashboard: string, patch: DashboardPatch): void {
    this.hooks.onPatch(dashboard, patch);
    if (!this.requiresConfirmation) return;
    // By a connection that waits for nothing. Where it is lost, the next one shows that it is missing, or a look at a dashboard that is quiet.
    const published = this.connection.reads.spublish(this.keys.toDashboardKey(dashboard), JSON.stringify(patch));
    published.catch(() => undefined);
  }

  async #receiveResult(answer: Promise<ScriptAnswer>, deadlineMs: number): Promise<ScriptResult> {
    const { text, receivedAtMs } = await withTimeout(answer, deadlineMs - performance.now());
    const result = JSON.parse(text) as ScriptResult;
    this.#clockOffsetMs = result.now - receivedAtMs;
    return result;
  }

  #send(call: ScriptCall, id: string, deadlineMs: number): Promise<ScriptAnswer> {
    const keys = this.keys.toScriptKeys(call.dashboard, this.#instance, call.counters);
    return this.#runner.run(keys, this.#toArguments(call, id, deadlineMs));
  }

  #toArguments({ dashboard, kind, counters, args }: ScriptCall, id: string, deadlineMs: number): string[] {
    const { retention } = this.options;
    const { epoch, revision } = this.hooks.getKnownVersion(dashboard) ?? NO_VERSION;
    return [
      this.keys.toDashboardKey(dashboard),
      id,
      String(REPLY_RETENTION_MS),
      String(Math.floor(deadlineMs + (this.#clockOffsetMs ?? 0))),
      epoch,
      String(revision),
      randomUUID(),
      String(retention.keyTtlMs),
      String(retention.ledgerRetentionMs),
      String(retention.maxLedgerEntries),
      this.requiresConfirmation ? '1' : '0',
      kind,
      String(counters.length),
      ...counters,
      ...args,
    ];
  }
}
