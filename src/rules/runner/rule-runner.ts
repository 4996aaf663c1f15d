/**
 * Runs the rules of one dashboard: follows its change sets, decides what fires, and delivers it.
 *
 * The numbers and the states of the rules are written together with the deliveries, in one step, and with the revision
 * that they belong to: after a crash the ledger is read on from there, and leads to the same deliveries with the same
 * ids. Most changes fire nothing. They only move the numbers in memory on, and are written at a checkpoint.
 *
 * On a shared store one instance at a time runs the rules of a dashboard (lease.ts). Whatever fails, the runner forgets
 * its book and loads it again.
 */
import { Logger } from '@nestjs/common';
import type { Clock } from '../../clock/clock.js';
import { errorMessage, TallyError } from '../../counters/errors.js';
import type { DashboardService } from '../../dashboard/dashboard.service.js';
import type { DashboardState } from '../../dashboard/state/dashboard-state.js';
import type { DocumentChanges, StoredDocument } from '../../store/document-store.js';
import type { ReportedOutcome } from '../../store/store-events.js';
import type { CounterStore } from '../../store/store.js';
import type { NotificationSender } from '../delivery/notification-sender.js';
import type { RuleEvaluator, Transition } from '../evaluation/rule-evaluator.js';
import { encodeCursor, encodeState, type StoredState } from '../rule-documents.js';
import type { RuleStats } from '../rule-stats.js';
import { appendTransition } from './append-transition.js';
import type { LogChanges } from './delivery-log.js';
import { DeliveryPumps } from './delivery-pumps.js';
import { Lease } from './lease.js';
import { followLedger, LedgerGapError } from './ledger-follower.js';
import { createAtPresent, restoreRules, takePresent } from './restored-rules.js';
import { BookChangedError, RuleBook } from './rule-book.js';
import type { SendSlots } from './send-slots.js';
import { Turn } from './turn.js';

/** Revisions after which the numbers are written although nothing has fired: they are read again after a crash. */
const CHECKPOINT_REVISIONS = 50_000;
/** Time after which they are, milliseconds. */
const CHECKPOINT_MS = 60_000;
/** Pause before a failed step is tried again, milliseconds. */
const RETRY_MS = 1_000;
/** Interval at which a shared store is asked for changes of the rules by other instances, milliseconds. */
const POLL_MS = 1_000;

export interface RunnerParts {
  readonly store: CounterStore;
  readonly dashboards: DashboardService;
  readonly clock: Clock;
  readonly sender: NotificationSender;
  readonly slots: SendSlots;
  readonly stats: RuleStats;
  /** Id of this instance. */
  readonly instance: string;
}

/** What is in memory while this instance runs the rules. */
interface Loaded {
  readonly book: RuleBook;
  readonly state: DashboardState;
  readonly pumps: DeliveryPumps;
  evaluator: RuleEvaluator;
  /** Revision and time of the numbers that were written last. */
  writtenRevision: number;
  writtenMs: number;
}

export class RuleRunner {
  readonly #logger = new Logger('Rules');
  readonly #turn = new Turn();
  readonly #lease: Lease;
  #loaded: Loaded | undefined;
  /** True while the numbers belong to a reader of the ledger. */
  #isReading = true;
  /** True if there are change sets that the numbers do not have yet. */
  #isBehind = false;
  #isRedefined = false;
  /** True if the ledger does not lead to the present numbers any more. */
  #hasGap = false;
  #isStopped = false;
  #isScheduled = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    readonly dashboard: string,
    private readonly parts: RunnerParts,
    /** Called when the dashboard has no rules any more, or does not exist. */
    private readonly onEmpty: (runner: RuleRunner) => void,
  ) {
    this.#lease = new Lease(parts.instance);
  }

  /** Does what there is to do, soon. */
  schedule(): void {
    if (this.#isScheduled || this.#isStopped) return;
    this.#isScheduled = true;
    void this.#turn.run(() => this.#step());
  }

  /** Resolves when what was scheduled has been done. */
  settled(): Promise<void> {
    return this.#turn.run(async () => undefined);
  }

  /** Loads the rules again, soon: a route has changed them, or the dashboard has another epoch. */
  reload(): void {
    void this.#turn.run(async () => {
      this.#forget();
      // Not before: a step that is scheduled already may run first, with what is forgotten then.
      this.schedule();
    });
  }

  /**
   * Runs a task that changes the documents, while neither this runner nor that of another instance writes them. Each
   * delivery is a write: without a pause, one that reads all rules first would start from an old version every time.
   * Then loads the rules again, soon.
   */
  async change<T>(task: () => Promise<T>): Promise<T> {
    try {
      await this.#pauseDeliveries();
      return await this.#turn.run(async () => {
        try {
          if (this.parts.store.isShared) await this.#takeLease();
          return await task();
        } finally {
          this.#forget();
        }
      });
    } finally {
      this.schedule();
    }
  }

  /** Called with every change. Costs a comparison or two for nearly all of them. */
  onChanged(outcome: ReportedOutcome): void {
    const loaded = this.#loaded;
    if (!loaded || this.#isReading) {
      this.#isBehind = true;
      return;
    }
    const { numbers } = loaded.evaluator;
    if (outcome.revision <= numbers.revision) return;
    // A combined one may hide that a gauge has come back to where it was, after the numbers were read.
    if (outcome.isCombined === true || !loaded.evaluator.offer(outcome)) this.#isBehind = true;
    else if (numbers.revision - loaded.writtenRevision < CHECKPOINT_REVISIONS) return;
    this.schedule();
  }

  /** The definition of the dashboard has changed: measures, or how it divides time. */
  onRedefined(): void {
    this.#isRedefined = true;
    this.schedule();
  }

  /** Writes how far it is, and lets another instance go on at once. Idempotent. */
  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#loaded?.pumps.stop();
    await this.#turn.run(async () => {
      try {
        if (this.#loaded) await this.#write(this.#loaded, { remove: this.#lease.release() });
      } catch (error) {
        this.#logger.debug(`the last numbers of the rules of ${this.dashboard} are lost: ${errorMessage(error)}`);
      }
      this.#forget();
    });
  }

  /** States of the rules that this instance runs now. */
  get states(): readonly StoredState[] {
    return [...(this.#loaded?.book.rules.values() ?? [])].map(({ state }) => state);
  }

  async #step(): Promise<void> {
    this.#isScheduled = false;
    if (this.#isStopped) return;
    clearTimeout(this.#timer);
    let waitMs: number | undefined;
    try {
      waitMs = await this.#advance();
    } catch (error) {
      this.#forget();
      waitMs = this.#handleError(error);
    }
    if (waitMs !== undefined && !this.#isStopped)
      this.#timer = setTimeout(() => this.schedule(), Math.max(0, waitMs)).unref();
  }

  /** @returns milliseconds until the next step; undefined if there is none */
  #handleError(error: unknown): number | undefined {
    if (error instanceof BookChangedError) return 0;
    if (error instanceof TallyError && error.code === 'unknown-dashboard') {
      this.onEmpty(this);
      return undefined;
    }
    this.#hasGap ||= error instanceof LedgerGapError;
    this.#logger.warn(`the rules of ${this.dashboard} start again: ${errorMessage(error)}`);
    return RETRY_MS;
  }

  /** @returns milliseconds until the next step; undefined if there is none */
  async #advance(): Promise<number | undefined> {
    const { store, clock } = this.parts;
    if (store.isShared && this.#loaded) await this.#assertUnchanged(this.#loaded.book);
    this.#loaded ??= await this.#load();
    const loaded = this.#loaded;
    if (!loaded) return store.isShared ? POLL_MS : undefined;
    if (this.#isRedefined) await this.#readAnew(loaded);
    // Time is only decided about once every change set up to now is known.
    if (this.#isBehind || store.isShared) await this.#catchUp(loaded);
    const nowMs = clock.now();
    const { transitions, nextMs } = loaded.evaluator.applyTime(nowMs);
    const isDue =
      loaded.evaluator.numbers.revision - loaded.writtenRevision >= CHECKPOINT_REVISIONS ||
      (nowMs - loaded.writtenMs >= CHECKPOINT_MS && loaded.evaluator.numbers.revision > loaded.writtenRevision) ||
      (store.isShared && this.#lease.isDue);
    await this.#commit(loaded, transitions, isDue);
    return Math.min(nextMs - clock.now(), store.isShared ? POLL_MS : CHECKPOINT_MS);
  }

  async #pauseDeliveries(): Promise<void> {
    let paused: Promise<void> | undefined;
    // In turn, since a step before may start deliveries. What they have led to is written in a turn of its own.
    await this.#turn.run(async () => {
      paused = this.#loaded?.pumps.pause();
    });
    await paused;
  }

  /** Takes the lease from whichever instance has it: its next write is refused, and it then waits. */
  async #takeLease(): Promise<void> {
    const { documents } = this.parts.store;
    for (;;) {
      const present = await documents.read(this.dashboard, { from: '', to: '', limit: 0 });
      if (await documents.write(this.dashboard, present, { put: [this.#lease.renew()] })) return;
    }
  }

  /** @throws BookChangedError if the rules were changed by another instance, or it has taken the lease */
  async #assertUnchanged({ epoch, version }: RuleBook): Promise<void> {
    const present = await this.parts.store.documents.read(this.dashboard, { from: '', to: '', limit: 0 });
    if (present.epoch !== epoch || present.version !== version) throw new BookChangedError('the rules have changed');
  }

  /** @returns undefined if there are no rules, or another instance runs them */
  async #load(): Promise<Loaded | undefined> {
    const { store, dashboards, clock, sender, slots, stats } = this.parts;
    // Another instance that runs the rules keeps writing: their documents are read once it has stopped.
    if (store.isShared && !this.#lease.isFree(await RuleBook.readLease(store.documents, this.dashboard)))
      return undefined;
    const book = await RuleBook.load(store.documents, this.dashboard);
    if (book.rules.size === 0) {
      this.onEmpty(this);
      return undefined;
    }
    if (store.isShared) {
      if (!this.#lease.isFree(book.lease)) return undefined;
      await book.write({ put: [this.#lease.renew()] });
    }
    this.#isRedefined = false;
    const state = await dashboards.watch(this.dashboard);
    if (state.epoch !== book.epoch) throw new BookChangedError('the dashboard has begun a new epoch');
    const restored = await (this.#hasGap ? takePresent(this.parts, book) : restoreRules(this.parts, book, state));
    this.#hasGap = false;
    const pumps = new DeliveryPumps({
      dashboard: this.dashboard,
      rules: book.rules,
      documents: store.documents,
      sender,
      slots,
      clock,
      stats,
      runAlone: (task) => this.#turn.run(() => this.#runIfLoaded(book, task)),
      onFailed: (error) => {
        this.#logger.warn(`a notification of ${this.dashboard} was not recorded: ${errorMessage(error)}`);
        this.reload();
      },
    });
    const { evaluator } = restored;
    const loaded = { book, state, evaluator, pumps, writtenRevision: 0, writtenMs: 0 };
    await this.#commit(loaded, restored.transitions, true, restored.changed);
    pumps.start(book.rules.keys());
    this.#isBehind = true;
    return loaded;
  }

  /** Follows the ledger up to the new numbers, which are read by the new definition. */
  async #readAnew(loaded: Loaded): Promise<void> {
    this.#isRedefined = false;
    this.#isReading = true;
    const evaluator = await createAtPresent(this.parts, loaded.book, loaded.evaluator.numbers);
    await this.#follow(loaded, evaluator.numbers.revision);
    evaluator.takeRedefined(loaded.evaluator, this.parts.clock.now());
    loaded.evaluator = evaluator;
    await this.#commit(loaded, [], true);
    this.#isBehind = true;
  }

  async #catchUp(loaded: Loaded): Promise<void> {
    this.#isReading = true;
    do {
      this.#isBehind = false;
      await this.#follow(loaded);
      // A change that has arrived meanwhile has set it.
    } while (this.#isBehind as boolean);
    this.#isReading = false;
  }

  #follow(loaded: Loaded, last?: number): Promise<void> {
    const { store } = this.parts;
    return followLedger(store, this.dashboard, loaded.evaluator, last, (transitions) =>
      this.#commit(loaded, transitions, false),
    );
  }

  /**
   * Writes what has fired, with the states of rules and the numbers, if there is something to write.
   * @param isDue true to write the numbers in any case
   * @param changed names of further rules whose states are written
   */
  async #commit(
    loaded: Loaded,
    transitions: readonly Transition[],
    isDue: boolean,
    changed: Iterable<string> = [],
  ): Promise<void> {
    const { book, evaluator, pumps } = loaded;
    const changes: LogChanges = { put: [], remove: [] };
    for (const transition of transitions) {
      const rule = book.rules.get(transition.rule);
      if (rule) appendTransition(loaded.state, rule, transition, changes, this.parts.stats);
    }
    const changedRules = evaluator.takeChanged().map(({ name }) => name);
    const names = new Set([...changed, ...changedRules, ...transitions.map(({ rule }) => rule)]);
    if (names.size === 0 && !isDue) return;
    for (const name of names) {
      const rule = book.rules.get(name);
      if (rule) changes.put.push(encodeState(name, rule.state));
    }
    await this.#write(loaded, changes);
    pumps.start(names);
  }

  /** Writes documents with the numbers that they belong to. */
  async #write(loaded: Loaded, { put = [], remove = [] }: DocumentChanges): Promise<void> {
    const { book, evaluator } = loaded;
    const { numbers } = evaluator;
    const { revision } = numbers;
    const documents: StoredDocument[] = [...put, encodeCursor({ ...numbers.toRecord(), epoch: book.epoch })];
    if (this.parts.store.isShared && !this.#isStopped) documents.push(this.#lease.renew());
    await book.write({ put: documents, remove });
    loaded.writtenRevision = revision;
    loaded.writtenMs = this.parts.clock.now();
  }

  async #runIfLoaded(book: RuleBook, task: (write: RuleBook['write']) => Promise<void>): Promise<void> {
    if (this.#loaded?.book !== book) throw new BookChangedError('the rules were loaded again');
    await task((changes) => book.write(changes));
  }

  #forget(): void {
    void this.#loaded?.pumps.stop();
    this.#loaded = undefined;
    this.#isReading = true;
  }
}
