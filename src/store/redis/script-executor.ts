/**
 * Executes calls of the change script exactly once.
 *
 * A call whose reply is lost may or may not have been applied. The executor sends it again, with the same id, until it
 * gets a reply or the deadline passes. The script keeps the last reply to each instance and returns it for an id that
 * it knows, and it does nothing after the deadline, by the server's clock. So a call that is reported as failed cannot
 * be applied later.
 */
import { randomUUID } from 'node:crypto';
import { Cluster } from 'ioredis';
import type { ChangeSet } from '../../counters/counters.js';
import { computeFingerprint } from '../in-process/decide.js';
import { retry } from '../../retry/retry.js';
import { withTimeout } from '../with-timeout.js';
import type { RedisConnection } from './connection.js';
import { DATA_FORM, describeOtherForm } from './data-form.js';
import type { DayStarts } from './day-starts.js';
import { describeDenied } from './permissions.js';
import {
  ChangesRefusedError,
  createUnavailableError,
  describeRedisError,
  isTransient,
  LateCallError,
  mayHaveBeenApplied,
} from './redis-errors.js';
import { CHANGE_SCRIPT, PROBE_SCRIPT } from './lua-scripts.js';
import type { RedisKeys } from './keys.js';
import type { DashboardPatch, ProbeResult, ScriptResult } from './reply-codec.js';
import type { ReplicationWaitOptions } from './replication-wait.js';
import type { ServerClock } from './server-clock.js';
import { type ScriptAnswer, ScriptPipeline } from './script-pipeline.js';
import { ANONYMOUS_OWNER, encodeOwnedKey } from '../owned-key.js';
import type { Retention } from '../store.js';

/** One call of the change script. */
export interface ScriptCall {
  readonly dashboard: string;
  readonly kind: 'apply' | 'define' | 'remove';
  /** Counters that the call may change. */
  readonly counters: readonly string[];
  /** The arguments of its kind, see `lua/change.lua`. */
  readonly args: readonly string[];
  /** Time zone and day start of a definition. Other calls use those that are known of the dashboard. */
  readonly reckoning?: string;
}

/** The latest version of a dashboard that this instance has seen. */
export interface KnownVersion {
  readonly epoch: string;
  /** Version of the definition. */
  readonly version: number;
  readonly revision: number;
  /**
   * Time of the last change, milliseconds since the Unix epoch. With the revision it tells states of one epoch apart.
   */
  readonly at: number;
}

interface ScriptExecutorHooks {
  /** The known version of a subscribed dashboard. */
  readonly getKnownVersion: (dashboard: string) => KnownVersion | undefined;
  /** A call was applied and confirmed. Called before it resolves. */
  readonly onPatch: (dashboard: string, patch: DashboardPatch) => void;
  /** The script found something that disagrees with the dashboard. */
  readonly onRepair: (dashboard: string, repair: string) => void;
}

interface ScriptExecutorOptions extends ReplicationWaitOptions {
  readonly retention: Retention;
}

/** Time that the script keeps the last reply, milliseconds: longer than the longest REDIS_TIMEOUT_MS. */
const REPLY_RETENTION_MS = 120_000;
/** Delay before a call is sent again, milliseconds. */
const RESEND_DELAY_MS = 50;
/** Dashboards that are probed in a Cluster: their slots are spread, so some are likely to be on a master that is up. */
const PROBED_DASHBOARDS = 8;
const NO_VERSION: KnownVersion = { epoch: '', version: 0, revision: 0, at: 0 };

export function createApplyCall(dashboard: string, changeSets: readonly ChangeSet[]): ScriptCall {
  const counters = new Set<string>();
  const args: string[] = [];
  for (const changeSet of changeSets) {
    const { changes, undoes, key, owner = ANONYMOUS_OWNER, keyTtlMs, reason, who } = changeSet;
    for (const { counter } of changes) counters.add(counter);
    args.push(JSON.stringify(undoes === undefined ? { changes, key, reason, who } : { key, reason, who, undoes }));
    if (key === undefined) args.push('', '');
    else args.push(joinTtl(computeFingerprint(changeSet), keyTtlMs), encodeOwnedKey({ key, owner }));
  }
  return { dashboard, kind: 'apply', counters: [...counters], args };
}

/** Appends the time to live of a key that has one of its own. */
function joinTtl(fingerprint: string, keyTtlMs: number | undefined): string {
  return keyTtlMs === undefined ? fingerprint : `${fingerprint} ${keyTtlMs}`;
}

export class ScriptExecutor {
  /** Identifies this process in its keys; another one after each start. */
  readonly #instance = randomUUID();
  #lastCallId = 0;
  /** Unanswered probes, at most one per dashboard: a slow server gets no further ones. */
  readonly #probes = new Map<string, Promise<ScriptAnswer>>();
  readonly #pipeline: ScriptPipeline;

  constructor(
    private readonly connection: RedisConnection,
    private readonly keys: RedisKeys,
    private readonly options: ScriptExecutorOptions,
    private readonly serverClock: ServerClock,
    private readonly days: DayStarts,
    private readonly hooks: ScriptExecutorHooks,
  ) {
    this.#pipeline = new ScriptPipeline(connection, options);
  }

  /** True while a probe can reach the server. */
  get isReachable(): boolean {
    return this.connection.isReady;
  }

  /** True if writes need confirmation. What is read may then be unconfirmed. */
  get requiresConfirmation(): boolean {
    return this.#pipeline.requiresConfirmation;
  }

  /**
   * Executes a call once.
   * @throws TallyError `store-unavailable`. The message says whether the call may have been applied; it will not be
   *   applied later. `cause` is the bare reason.
   */
  async execute(call: ScriptCall): Promise<ScriptResult> {
    this.#lastCallId += 1;
    const id = String(this.#lastCallId);
    const deadlineMs = performance.now() + this.options.timeoutMs;
    let mayBeApplied = false;
    let dayMs: number | undefined;
    const counters = new Set(call.counters);
    const attempt = async (): Promise<ScriptResult> => {
      let isSent = false;
      try {
        if (!this.serverClock.clock) await this.probe(call.dashboard, deadlineMs);
        isSent = true;
        const send = (): Promise<ScriptResult> =>
          this.#receiveResult(this.#send({ ...call, counters: [...counters] }, id, deadlineMs, dayMs), deadlineMs);
        let result = await send();
        while (result.reckoning !== undefined || result.counters !== undefined) {
          if (result.reckoning !== undefined) {
            this.days.learn(call.dashboard, result.reckoning);
            dayMs = result.at;
          }
          for (const counter of result.counters ?? []) counters.add(counter);
          result = await send();
        }
        if (result.form !== undefined) throw createFormError(call.dashboard, result.form);
        if (!result.late) {
          for (const repair of result.repairs ?? []) this.hooks.onRepair(call.dashboard, repair);
          if (result.patch) this.#publish(call.dashboard, result.patch);
          return result;
        }
      } catch (error) {
        mayBeApplied ||= isSent && (mayHaveBeenApplied(error) || this.connection.commands instanceof Cluster);
        throw error;
      }
      // An earlier attempt was not applied, or this would have been its reply. The offset may have been that of another
      // server's clock; it is correct now.
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
   * Resolves when everything read from a dashboard before is confirmed like an acknowledged change.
   * @throws Error if it cannot be confirmed
   */
  confirmRead(dashboard: string): Promise<void> {
    return this.#pipeline.confirm(this.keys.toConfirmationKey(dashboard, this.#instance));
  }

  /**
   * Resolves if the server accepts changes of the dashboard.
   * @throws ChangesRefusedError if the user lacks a permission, or a key holds another type; a reply or connection
   * error
   */
  async probe(dashboard: string, deadlineMs = performance.now() + this.options.timeoutMs): Promise<void> {
    let answer = this.#probes.get(dashboard);
    if (!answer) {
      answer = this.#sendProbe(dashboard).finally(() => this.#probes.delete(dashboard));
      this.#probes.set(dashboard, answer);
    }
    assertAccepted(dashboard, await this.#receiveResult(answer, deadlineMs), this.keys.prefix);
  }

  /**
   * Resolves if the server accepts changes. In a Cluster one master is enough: one that is away affects only its own
   * dashboards.
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

  /** Hands the patch to this instance. The script has published it already, unless it had to be confirmed first. */
  #publish(dashboard: string, patch: DashboardPatch): void {
    this.hooks.onPatch(dashboard, patch);
    if (!this.requiresConfirmation) return;
    // On a connection that never blocks in WAIT. A lost message shows by the gap before the next one, or by the check
    // of quiet dashboards.
    const published = this.connection.reads.spublish(this.keys.toChannel(dashboard), JSON.stringify(patch));
    published.catch(() => undefined);
  }

  async #receiveResult<T extends { readonly now: number }>(
    answer: Promise<ScriptAnswer>,
    deadlineMs: number,
  ): Promise<T> {
    const { text, receivedAtMs } = await withTimeout(answer, deadlineMs - performance.now());
    const result = JSON.parse(text) as T;
    this.serverClock.receive(result.now, receivedAtMs);
    return result;
  }

  #send(call: ScriptCall, id: string, deadlineMs: number, dayMs?: number): Promise<ScriptAnswer> {
    const keys = this.keys.toScriptKeys(call.dashboard, this.#instance, call.counters);
    return this.#pipeline.run(CHANGE_SCRIPT, keys, this.#toArguments(call, id, deadlineMs, dayMs));
  }

  #sendProbe(dashboard: string): Promise<ScriptAnswer> {
    const keys = this.keys.toScriptKeys(dashboard, this.#instance, []);
    const args = [
      this.keys.toChannel(dashboard),
      this.keys.namesKey,
      this.requiresConfirmation ? '1' : '0',
      String(DATA_FORM),
    ];
    return this.#pipeline.run(PROBE_SCRIPT, keys, args);
  }

  /** @param dayMs time whose day the call needs, milliseconds since the Unix epoch; default: now */
  #toArguments(call: ScriptCall, id: string, deadlineMs: number, dayMs: number | undefined): string[] {
    const { dashboard, kind, counters, args } = call;
    const { retention } = this.options;
    const { clock } = this.serverClock;
    const nowMs = clock?.now() ?? 0;
    const reckoning = call.reckoning ?? this.days.recall(dashboard);
    const { epoch, version, revision, at } = this.hooks.getKnownVersion(dashboard) ?? NO_VERSION;
    return [
      this.keys.toChannel(dashboard),
      id,
      String(REPLY_RETENTION_MS),
      String(this.serverClock.toServerTime(deadlineMs)),
      epoch,
      String(revision),
      String(at),
      randomUUID(),
      String(retention.keyTtlMs),
      String(retention.ledgerRetentionMs),
      String(retention.maxLedgerEntries),
      this.requiresConfirmation ? '1' : '0',
      String(DATA_FORM),
      String(nowMs),
      String(clock?.nowForExpiry()),
      reckoning,
      this.days.format(reckoning, dayMs ?? nowMs),
      String(version),
      kind,
      String(counters.length),
      ...counters,
      ...args,
    ];
  }
}

function createFormError(dashboard: string, form: string): ChangesRefusedError {
  return new ChangesRefusedError(describeOtherForm(dashboard, form));
}

/** @throws ChangesRefusedError if the reply to a probe names something that is in the way of changes */
function assertAccepted(dashboard: string, { form, denied = [], misplaced = [] }: ProbeResult, prefix: string): void {
  if (form !== undefined) throw createFormError(dashboard, form);
  if (denied.length > 0) throw new ChangesRefusedError(describeDenied(denied, prefix));
  if (misplaced.length > 0) {
    throw new ChangesRefusedError(`${misplaced.join(', ')}: something else writes under ${prefix}: remove that key`);
  }
}
