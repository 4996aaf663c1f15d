/**
 * Delivers the events of the rules of a dashboard. Each target of each rule is sent one event at a time, in order, and
 * retried until it takes it or it is given up. Only the event that is on its way is in memory.
 */
import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { DocumentChanges, DocumentStore } from '../../store/document-store.js';
import { createNotificationBody } from '../delivery/notification-body.js';
import type { NotificationSender, SendResult } from '../delivery/notification-sender.js';
import { getRetryDelay } from '../delivery/retry-schedule.js';
import { createSignatureHeaders } from '../delivery/webhook-signature.js';
import type { NotifyTarget } from '../rule.js';
import {
  decodeDelivery,
  type DeliveryTarget,
  encodeDelivery,
  encodeState,
  type StoredDelivery,
  type StoredRule,
  toDeliveryName,
} from '../rule-documents.js';
import type { RuleStats } from '../rule-stats.js';
import { type LogChanges, moveTo } from './delivery-log.js';
import type { SendSlots } from './send-slots.js';

/** A pump that waits for the next attempt looks at the clock this often: the clock may be set meanwhile. */
const LOOK_MS = 2_000;
/** Time that attempts on their way get when the rules change, milliseconds. */
const SETTLE_MS = 1_000;
/** Gone: the receiver wants no more (Standard Webhooks). */
const GONE = 410;

export interface PumpParts {
  readonly dashboard: string;
  readonly rules: ReadonlyMap<string, StoredRule>;
  readonly documents: DocumentStore;
  readonly sender: NotificationSender;
  readonly slots: SendSlots;
  readonly clock: { now(): number };
  readonly stats: RuleStats;
  /**
   * Runs a task alone, with a function that writes what starts from the present book.
   * @throws BookChangedError if the book was forgotten
   */
  readonly runAlone: (task: (write: (changes: DocumentChanges) => Promise<void>) => Promise<void>) => Promise<void>;
  /** Called after a failure: states in memory may differ from those that are stored. */
  readonly onFailed: (error: unknown) => void;
}

export class DeliveryPumps {
  readonly #logger = new Logger('Rules');
  readonly #running = new Map<string, Promise<void>>();
  readonly #abort = new AbortController();
  /** Attempts on their way, until they are written. */
  readonly #attempts = new Set<Promise<void>>();
  #isPaused = false;

  constructor(private readonly parts: PumpParts) {
    // Each pump listens: a rule may have 4 targets, a dashboard 1,000 rules.
    setMaxListeners(0, this.#abort.signal);
  }

  /** Delivers what waits for these rules. */
  start(names: Iterable<string>): void {
    for (const name of names) {
      const rule = this.parts.rules.get(name);
      for (const [index, target] of rule?.secrets?.entries() ?? []) if (rule) this.#startPump(rule, index, target);
    }
  }

  /**
   * Starts no further attempt. Resolves when those on their way are written, or after a while: an attempt that is ended
   * before would be repeated.
   */
  async pause(): Promise<void> {
    this.#isPaused = true;
    const settled = new AbortController();
    const timeout = delay(SETTLE_MS, undefined, { signal: settled.signal, ref: false }).catch(() => undefined);
    await Promise.race([Promise.allSettled(this.#attempts), timeout]);
    settled.abort();
  }

  /** Ends all attempts. An attempt that has reached its receiver may be repeated by the next runner. */
  async stop(): Promise<void> {
    this.#abort.abort();
    await Promise.all(this.#running.values());
  }

  #startPump(rule: StoredRule, index: number, target: NotifyTarget): void {
    const id = `${index} ${rule.name}`;
    if (this.#running.has(id) || this.#isEnding || !hasWaiting(rule, index)) return;
    const pump = this.#pump(rule, index, target)
      .catch((error: unknown) => {
        if (!this.#abort.signal.aborted) this.parts.onFailed(error);
      })
      .finally(() => {
        this.#running.delete(id);
        // An event may have come after the pump had looked.
        this.#startPump(rule, index, target);
      });
    this.#running.set(id, pump);
  }

  async #pump(rule: StoredRule, index: number, target: NotifyTarget): Promise<void> {
    const { signal } = this.#abort;
    while (hasWaiting(rule, index) && !this.#isEnding) {
      const number = rule.state.targets[index]?.next ?? 0;
      const delivery = await this.#read(rule, number);
      const nextMs = delivery?.targets[index]?.nextMs ?? 0;
      // Dropped meanwhile if too many wait.
      while (this.parts.clock.now() < nextMs && rule.state.targets[index]?.next === number)
        await delay(Math.min(LOOK_MS, nextMs - this.parts.clock.now()), undefined, { signal, ref: false });
      if (rule.state.targets[index]?.next !== number) continue;
      await this.parts.slots.run(async () => {
        if (this.#isEnding) return;
        const attempt = this.#attempt(rule, index, target, delivery, number);
        this.#attempts.add(attempt);
        await attempt.finally(() => this.#attempts.delete(attempt));
      });
    }
  }

  get #isEnding(): boolean {
    return this.#isPaused || this.#abort.signal.aborted;
  }

  async #attempt(
    rule: StoredRule,
    index: number,
    target: NotifyTarget,
    delivery: StoredDelivery | undefined,
    number: number,
  ): Promise<void> {
    const result = delivery && (await this.#send(rule, target, delivery));
    if (this.#abort.signal.aborted) return;
    await this.parts.runAlone((write) => this.#record(rule, index, number, result, write));
  }

  #send({ name }: StoredRule, { url, format, secret }: NotifyTarget, { webhookId, event }: StoredDelivery) {
    const { contentType, body } = createNotificationBody(format, event, webhookId);
    const timestampS = Math.floor(this.parts.clock.now() / 1_000);
    const signature = secret === undefined ? {} : createSignatureHeaders({ id: webhookId, timestampS, body, secret });
    this.#logger.debug(`rule ${name} of ${this.parts.dashboard} notifies ${new URL(url).host}`);
    return this.parts.sender.send(
      { url, body, headers: { 'content-type': contentType, ...signature } },
      this.#abort.signal,
    );
  }

  /** Writes what an attempt has led to. @param result undefined if the delivery is missing: the next one is sent */
  async #record(
    rule: StoredRule,
    index: number,
    number: number,
    result: SendResult | undefined,
    write: (changes: DocumentChanges) => Promise<void>,
  ): Promise<void> {
    const target = rule.state.targets[index];
    if (target?.next !== number) return;
    const changes: LogChanges = { put: [], remove: [] };
    // Another target may have written it meanwhile.
    const delivery = await this.#read(rule, number);
    const before = delivery?.targets[index];
    const after = before && result && toAttempted(before, result, this.parts.clock.now());
    if (delivery && after) {
      const targets = delivery.targets.with(index, after);
      changes.put.push(encodeDelivery(rule.name, { ...delivery, targets }));
      this.#report(rule, after, result);
    }
    if (!after || after.status !== 'waiting') {
      const isGone = after?.status === 'disabled';
      const next = isGone ? rule.state.lastNumber + 1 : number + 1;
      const moved = { ...target, next, ...(isGone && { disabledMs: this.parts.clock.now() }) };
      const givenUp = rule.state.givenUp + Number(after?.status === 'given-up');
      moveTo(rule, { ...rule.state, givenUp, targets: rule.state.targets.with(index, moved) }, changes);
      changes.put.push(encodeState(rule.name, rule.state));
    }
    await write(changes);
  }

  #report({ name }: StoredRule, { status, attempts, host }: DeliveryTarget, result: SendResult): void {
    const { stats, dashboard } = this.parts;
    stats.notifications[status === 'waiting' ? 'failed' : status] += 1;
    const answer = result.kind === 'answered' ? `${host} answered ${result.status}` : result.reason;
    const rule = `rule ${name} of ${dashboard}`;
    if (status === 'waiting') this.#logger.warn(`${rule}: ${answer}; attempt ${attempts} failed and is repeated later`);
    else if (status === 'given-up') this.#logger.error(`${rule}: ${answer}; given up after ${attempts} attempts`);
    else if (status === 'disabled') this.#logger.error(`${rule}: ${answer}; it gets no further notifications`);
  }

  async #read({ name }: StoredRule, number: number): Promise<StoredDelivery | undefined> {
    const from = toDeliveryName(name, number);
    const { documents } = await this.parts.documents.read(this.parts.dashboard, { from, to: `${from}/`, limit: 1 });
    return documents[0] && decodeDelivery(documents[0]);
  }
}

/** True if an event waits for a target that still takes events. */
function hasWaiting({ state }: StoredRule, index: number): boolean {
  const target = state.targets[index];
  return target !== undefined && target.disabledMs === undefined && target.next <= state.lastNumber;
}

function toAttempted({ host, attempts: earlier }: DeliveryTarget, result: SendResult, nowMs: number): DeliveryTarget {
  const attempts = earlier + 1;
  const answer = result.kind === 'answered' ? result.status : result.reason;
  const attempted = { host, attempts, attemptedMs: nowMs, answer };
  if (typeof answer === 'number' && answer >= 200 && answer < 300) return { ...attempted, status: 'delivered' };
  if (answer === GONE) return { ...attempted, status: 'disabled' };
  const delayMs = getRetryDelay(attempts);
  return delayMs === undefined
    ? { ...attempted, status: 'given-up' }
    : { ...attempted, status: 'waiting', nextMs: nowMs + delayMs };
}
