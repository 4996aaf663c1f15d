/** Runs the rules of all dashboards, and defines, reads and deletes rules. */
import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import type { Subscription } from 'rxjs';
import { Clock } from '../clock/clock.js';
import { Config } from '../config/config.js';
import { errorMessage, TallyError } from '../counters/errors.js';
import { DashboardService } from '../dashboard/dashboard.service.js';
import type { DashboardState } from '../dashboard/state/dashboard-state.js';
import { CounterStore } from '../store/store.js';
import { RULE_FOLDER, toPrefixRange } from '../store/document-store.js';
import { createShapeError } from '../validation/validation.pipe.js';
import { AddressPolicy } from './delivery/address-policy.js';
import { createNotificationBody } from './delivery/notification-body.js';
import { NotificationSender, type SendResult } from './delivery/notification-sender.js';
import { createWebhookId } from './delivery/webhook-id.js';
import { createSecret, createSignatureHeaders } from './delivery/webhook-signature.js';
import { RuleEvaluator } from './evaluation/rule-evaluator.js';
import { WatchedNumbers } from './evaluation/watched-numbers.js';
import { MAX_RULES, type NotifyTarget, type RuleDefinition } from './rule.js';
import { checkRuleAgainst } from './rule-check.js';
import {
  createState,
  decodeDelivery,
  decodeRule,
  encodeRule,
  encodeState,
  STATE_FOLDER,
  type StoredDelivery,
  type StoredRule,
  type StoredState,
  toDeliveryFolder,
} from './rule-documents.js';
import { RuleStats } from './rule-stats.js';
import { appendTransition } from './runner/append-transition.js';
import { type Backlog, countBacklog, type LogChanges, MAX_SHOWN_DELIVERIES } from './runner/delivery-log.js';
import { catchUpRule } from './runner/restored-rules.js';
import { createRuleEvent } from './runner/rule-event.js';
import { createFindSpan, listNeeds, readNumbers, toMeasureMap } from './runner/rule-numbers.js';
import { BookChangedError, RuleBook } from './runner/rule-book.js';
import { RuleRunner } from './runner/rule-runner.js';
import { SendSlots } from './runner/send-slots.js';

/** Notifications on their way at a time. */
const MAX_SENDING = 32;
/** Interval at which a shared store is asked for dashboards with rules, milliseconds. */
const DISCOVERY_MS = 2_000;
/** Deliveries that one write removes at most. */
const REMOVED_PER_WRITE = 500;

/** A rule with its addresses, and a dashboard as it is now. */
export interface FoundRule {
  readonly rule: StoredRule;
  readonly state: DashboardState;
}

/** A rule with its newest deliveries, newest first. */
export interface RuleDeliveries {
  readonly rule: StoredRule;
  readonly deliveries: readonly StoredDelivery[];
}

/** Result of a definition. */
export interface DefinedRule extends FoundRule {
  readonly created: boolean;
  /** Secrets that were made, by index of the target. */
  readonly madeSecrets: ReadonlyMap<number, string>;
}

@Injectable()
export class RulesService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly stats = new RuleStats();
  readonly #logger = new Logger('Rules');
  readonly #instance = randomUUID();
  readonly #policy: AddressPolicy;
  readonly #sender: NotificationSender;
  readonly #slots = new SendSlots(MAX_SENDING);
  readonly #runners = new Map<string, { readonly runner: RuleRunner; readonly release: () => void }>();
  readonly #abort = new AbortController();
  /** Rules with a test under way. */
  readonly #testing = new Set<string>();
  #subscriptions: readonly Subscription[] = [];
  #discoveryTimer: NodeJS.Timeout | undefined;

  constructor(
    readonly store: CounterStore,
    readonly dashboards: DashboardService,
    readonly clock: Clock,
    config: Config,
  ) {
    this.#policy = new AddressPolicy(config.NOTIFY_ALLOW);
    this.#sender = new NotificationSender(this.#policy);
    // Each test that is on its way listens.
    setMaxListeners(0, this.#abort.signal);
  }

  /**
   * With an embedded store, rules are running before the service listens: those of a restored store take their state
   * from what is there before the first change.
   */
  async onApplicationBootstrap(): Promise<void> {
    const { dashboards } = this;
    const find = (dashboard: string): RuleRunner | undefined => this.#runners.get(dashboard)?.runner;
    this.#subscriptions = [
      dashboards.changed$.subscribe((outcome) => find(outcome.dashboard)?.onChanged(outcome)),
      dashboards.redefined$.subscribe(({ dashboard }) => find(dashboard)?.onRedefined()),
      dashboards.reset$.subscribe(({ dashboard }) => find(dashboard)?.reload()),
      dashboards.removed$.subscribe(({ dashboard, counter }) => {
        if (counter === undefined) find(dashboard)?.reload();
      }),
    ];
    dashboards.guardCounters((state, counter) => this.#assertUnused(state, counter));
    if (this.store.isShared) {
      this.#discoveryTimer = setInterval(() => void this.#discover(), DISCOVERY_MS);
      void this.#discover();
    } else {
      await this.#discover();
      await Promise.all([...this.#runners.values()].map(({ runner }) => runner.settled()));
    }
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.#discoveryTimer);
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    this.#abort.abort();
    await Promise.all([...this.#runners.values()].map(({ runner }) => runner.stop()));
  }

  /**
   * Creates or replaces a rule. Its state is what is there now, and nothing fires.
   * @throws TallyError `invalid-request` with a pointer for each fault, `too-many-rules`, `unknown-dashboard`,
   *   `store-unavailable`
   */
  async define(dashboard: string, name: string, definition: RuleDefinition): Promise<DefinedRule> {
    this.#assertValid(definition, await this.dashboards.getLatest(dashboard));
    return this.#change(dashboard, () => this.#define(dashboard, name, definition));
  }

  /** @throws TallyError `unknown-dashboard`, `store-unavailable` */
  async list(dashboard: string): Promise<{ readonly state: DashboardState; readonly rules: readonly StoredRule[] }> {
    const state = await this.dashboards.getLatest(dashboard);
    return { state, rules: await RuleBook.readRules(this.store.documents, dashboard) };
  }

  /** @throws TallyError `unknown-rule`, `unknown-dashboard`, `store-unavailable` */
  async get(dashboard: string, name: string): Promise<FoundRule> {
    const { state, rules } = await this.list(dashboard);
    const rule = rules.find((one) => one.name === name);
    if (!rule) throw new TallyError('unknown-rule', `${dashboard} has no rule named ${name}`);
    return { rule, state };
  }

  /** Deletes a rule with its deliveries: what waits is not sent. @throws TallyError as {@link get} */
  async remove(dashboard: string, name: string): Promise<void> {
    await this.get(dashboard, name);
    await this.#change(dashboard, () => this.#remove(dashboard, name));
  }

  /** Returns the newest deliveries, newest first. @throws TallyError as {@link get} */
  async listDeliveries(dashboard: string, name: string): Promise<RuleDeliveries> {
    const { rule } = await this.get(dashboard, name);
    const range = { ...toPrefixRange(toDeliveryFolder(name)), limit: MAX_SHOWN_DELIVERIES, newestFirst: true };
    const { documents } = await this.store.documents.read(dashboard, range);
    return { rule, deliveries: documents.map(decodeDelivery) };
  }

  /**
   * Sends a test to each target of a rule, once, and waits for the answers. One test of a rule at a time: a target that
   * leads back to this method would otherwise call it again and again.
   * @throws TallyError `rule-paused`, `overloaded` while another test of the rule is under way, or as {@link get}
   */
  async test(
    dashboard: string,
    name: string,
  ): Promise<readonly { readonly host: string; readonly result: SendResult }[]> {
    const id = `${dashboard}/${name}`;
    if (this.#testing.has(id))
      throw new TallyError('overloaded', `a test of rule ${name} of ${dashboard} is under way`);
    this.#testing.add(id);
    try {
      return await this.#sendTest(await this.get(dashboard, name));
    } finally {
      this.#testing.delete(id);
    }
  }

  /** Returns what waits for targets, of the rules that this instance runs. */
  countBacklog(): Backlog {
    return countBacklog([...this.#runners.values()].flatMap(({ runner }) => runner.states));
  }

  async #sendTest({ rule, state }: FoundRule) {
    const { secrets, name } = rule;
    const { dashboard } = state;
    if (!secrets) throw new TallyError('rule-paused', `rule ${name} of ${dashboard} was imported without addresses`);
    const nowMs = this.clock.now();
    const { cursor } = await this.#readNumbers(dashboard, rule);
    const numbers = new WatchedNumbers(cursor, createFindSpan(this.dashboards.resolveReckoning(state)));
    const reckoning = this.dashboards.resolveReckoning(state);
    const evaluator = new RuleEvaluator({ numbers, rules: [rule], measures: toMeasureMap(state), reckoning });
    const value = evaluator.readNumber(rule) ?? 0;
    const { epoch, revision } = cursor;
    const event = createRuleEvent(state, rule, { kind: 'test', value, revision, at: nowMs });
    const origin = { epoch, dashboard, rule: name, revision, kind: 'test', occurrence: randomUUID() } as const;
    const id = createWebhookId(origin);
    return Promise.all(
      secrets.map(async ({ url, format, secret }) => {
        const { contentType, body } = createNotificationBody(format, event, id);
        const timestampS = Math.floor(nowMs / 1_000);
        const signature = secret === undefined ? {} : createSignatureHeaders({ id, timestampS, body, secret });
        const notification = { url, body, headers: { 'content-type': contentType, ...signature } };
        const result = await this.#slots.run(() => this.#sender.send(notification, this.#abort.signal));
        return { host: new URL(url).host, result };
      }),
    );
  }

  /** Runs a task that changes the documents of rules alone, and then runs the rules. */
  async #change<T>(dashboard: string, task: () => Promise<T>): Promise<T> {
    try {
      return await this.#run(dashboard).change(task);
    } finally {
      // The runner before may have ended meanwhile, having found no rules.
      this.#run(dashboard).schedule();
    }
  }

  async #define(dashboard: string, name: string, definition: RuleDefinition): Promise<DefinedRule> {
    for (;;) {
      const state = await this.dashboards.getLatest(dashboard);
      this.#assertValid(definition, state);
      const book = await RuleBook.load(this.store.documents, dashboard);
      const existing = book.rules.get(name);
      if (!existing && book.rules.size >= MAX_RULES)
        throw new TallyError('too-many-rules', `${dashboard} has ${MAX_RULES} rules already`);
      const { notify, madeSecrets } = completeTargets(definition.notify, existing?.secrets);
      const base = await this.#readBase(dashboard, name, definition);
      if (base.epoch !== book.epoch) continue;
      const complete = { ...definition, notify };
      const changes: LogChanges = { put: [], remove: [] };
      // What the rule before has to say up to here is said.
      const transitions = existing ? await catchUpRule(this, book, existing, state, base.revision) : [];
      for (const transition of transitions)
        if (existing) appendTransition(state, existing, transition, changes, this.stats);
      const next = continueDeliveries(existing?.state, createState(notify.length, base.revision));
      const rule = decodeRule(encodeRule(name, complete), { ...next, ...base.ruleState, base: base.record });
      try {
        const put = [...changes.put, encodeRule(name, complete), encodeState(name, rule.state)];
        await book.write({ ...changes, put });
      } catch (error) {
        if (error instanceof BookChangedError) continue;
        throw error;
      }
      return { created: !existing, rule, state, madeSecrets };
    }
  }

  async #remove(dashboard: string, name: string): Promise<void> {
    const folder = { ...toPrefixRange(toDeliveryFolder(name)), limit: REMOVED_PER_WRITE };
    for (let isDone = false; !isDone;) {
      const book = await RuleBook.load(this.store.documents, dashboard);
      const { documents } = await this.store.documents.read(dashboard, folder);
      const names = [RULE_FOLDER + name, STATE_FOLDER + name, ...documents.map((document) => document.name)];
      try {
        await book.write({ remove: names });
        isDone = documents.length < REMOVED_PER_WRITE;
      } catch (error) {
        if (!(error instanceof BookChangedError)) throw error;
      }
    }
  }

  /** Starts a runner for each dashboard with rules. */
  async #discover(): Promise<void> {
    try {
      for (const dashboard of await this.store.documents.listDashboards())
        if (!this.#runners.has(dashboard)) this.#run(dashboard).schedule();
    } catch (error) {
      this.#logger.warn(`the dashboards with rules cannot be listed: ${errorMessage(error)}`);
      if (!this.store.isShared) setTimeout(() => void this.#discover(), DISCOVERY_MS).unref();
    }
  }

  #run(dashboard: string): RuleRunner {
    const known = this.#runners.get(dashboard);
    if (known) return known.runner;
    const { store, dashboards, clock, stats } = this;
    const shared = { sender: this.#sender, slots: this.#slots, instance: this.#instance };
    const runner = new RuleRunner(dashboard, { store, dashboards, clock, stats, ...shared }, () =>
      this.#end(dashboard),
    );
    this.#runners.set(dashboard, { runner, release: dashboards.retain(dashboard) });
    return runner;
  }

  #end(dashboard: string): void {
    const known = this.#runners.get(dashboard);
    this.#runners.delete(dashboard);
    known?.release();
    void known?.runner.stop();
  }

  #assertValid(definition: RuleDefinition, state: DashboardState): void {
    const { measures } = state.settings;
    const faults = checkRuleAgainst(definition, { counters: state.getDefinitions(), ...(measures && { measures }) });
    const addresses = definition.notify.flatMap(({ url }, index) => {
      const detail = this.#policy.findUrlFault(url);
      return detail === undefined ? [] : [{ pointer: `/notify/${index}/url`, detail }];
    });
    if (faults.length + addresses.length > 0) throw createShapeError('the rule', [...faults, ...addresses]);
  }

  /** Reads the numbers that a new rule starts from, and the state that they mean. */
  async #readBase(dashboard: string, name: string, { when, clearsAt }: RuleDefinition) {
    const { state, cursor } = await this.#readNumbers(dashboard, { when });
    const reckoning = this.dashboards.resolveReckoning(state);
    const numbers = new WatchedNumbers(cursor, createFindSpan(reckoning));
    const rule = { name, when, clearsAt, state: createState(0, cursor.revision) };
    const evaluator = new RuleEvaluator({ numbers, rules: [rule], measures: toMeasureMap(state), reckoning });
    evaluator.takeStates(this.clock.now());
    const { isHolding, isTold, sinceRevision } = rule.state;
    const record = { ...numbers.toRecord(), epoch: cursor.epoch };
    return { epoch: cursor.epoch, revision: cursor.revision, ruleState: { isHolding, isTold, sinceRevision }, record };
  }

  #readNumbers(dashboard: string, { when }: Pick<StoredRule, 'when'>) {
    const findNeeds = (state: DashboardState) => listNeeds([when], toMeasureMap(state));
    return readNumbers(this.store, this.dashboards, dashboard, findNeeds, () => this.clock.now());
  }

  async #assertUnused(state: DashboardState, counter: string): Promise<void> {
    const rules = await RuleBook.readRules(this.store.documents, state.dashboard);
    const users = rules.filter(({ when }) => when.of === counter).map(({ name }) => name);
    if (users.length > 0)
      throw new TallyError('needed-by-rule', `cannot delete ${counter}: needed by the rule ${users.join(' and ')}`);
  }
}

/** Adds the secrets of targets that have none: those of the rule before, or new ones. */
function completeTargets(targets: readonly NotifyTarget[], before: readonly NotifyTarget[] = []) {
  const madeSecrets = new Map<number, string>();
  const notify = targets.map((target, index): NotifyTarget => {
    if (target.format === 'slack' || target.secret !== undefined) return target;
    const known = before.find(({ url, format }) => url === target.url && format === target.format)?.secret;
    if (known !== undefined) return { ...target, secret: known };
    const secret = createSecret();
    madeSecrets.set(index, secret);
    return { ...target, secret };
  });
  return { notify, madeSecrets };
}

/** Goes on with the deliveries of the rule before: what waits for a target is sent to the one in its place. */
function continueDeliveries(before: StoredState | undefined, next: StoredState): StoredState {
  if (!before) return next;
  const { lastNumber } = before;
  const targets = next.targets.map((_, index) => {
    const known = before.targets[index];
    return { next: known && known.disabledMs === undefined ? known.next : lastNumber + 1 };
  });
  return { ...next, lastNumber, targets };
}
