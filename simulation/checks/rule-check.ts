/**
 * The promise of rules: each crossing is told at least once, under one id, and in order. What must be told follows from
 * the fold of the ledger.
 */
import { parseDuration } from '../../src/rules/evaluation/silence.js';
import { isSilenceCondition, type ThresholdCondition } from '../../src/rules/rule.js';
import type { RulePlan } from '../actors/plan.js';
import type { World } from '../world/world.js';
import type { LedgerFold } from './ledger-fold.js';
import type { ReceivedEvent } from './received-event.js';
import { checkSilence } from './silence-check.js';

const HOUR_MS = 3_600_000;

interface Crossing {
  readonly kind: 'fired' | 'cleared';
  readonly revision: number;
  readonly value: number;
}

/** A rule, what it had to tell so far, and what was told. */
interface FollowedRule {
  readonly plan: RulePlan;
  readonly dashboard: string;
  /** Last revision that was looked at; undefined before the first one. */
  revision: number | undefined;
  sinceRevision: number;
  isHolding: boolean;
  isTold: boolean;
  /** Start of the present hour, and of the one in which a rule about an hour has fired last, milliseconds. */
  hourMs: number;
  firedInMs: number | undefined;
  /** Events that a rule about silence has yet to tell. */
  missing: number;
  readonly expected: Crossing[];
  /** First receipts, in their order. */
  readonly received: ReceivedEvent[];
}

export class RuleCheck {
  readonly #rules = new Map<string, FollowedRule>();
  readonly #byId = new Map<string, ReceivedEvent>();
  receivedCount = 0;

  /** @param isStrict false if the clock is set: what is dated anew takes the state of rules from what is there */
  constructor(
    private readonly world: World,
    private readonly isStrict: boolean,
  ) {}

  /** A rule has been defined. @param sinceRevision revision from which it is evaluated */
  begin(dashboard: string, plan: RulePlan, sinceRevision: number): void {
    const id = `${dashboard}/${plan.name}`;
    if (this.#rules.has(id)) return;
    const state = { revision: undefined, sinceRevision, isHolding: false, isTold: false, missing: 0 };
    const hour = { hourMs: 0, firedInMs: undefined };
    this.#rules.set(id, { plan, dashboard, ...state, ...hour, expected: [], received: [] });
  }

  receive(event: ReceivedEvent): void {
    const { world } = this;
    const { id, dashboard, rule, kind, revision } = event;
    world.trace.event(`rule ${rule} tells that it ${kind} at revision ${revision} (${id})`);
    this.receivedCount += 1;
    const earlier = this.#byId.get(id);
    if (earlier) {
      const isSame = JSON.stringify(earlier) === JSON.stringify(event);
      return world.check(
        isSame,
        () => `notification ${id} was ${JSON.stringify(earlier)}, and is ${JSON.stringify(event)}`,
      );
    }
    this.#byId.set(id, event);
    // A rule that was defined a moment ago may tell something before the simulation has read its state.
    const followed = this.#rules.get(`${dashboard}/${rule}`);
    const last = followed?.received.at(-1);
    const isAlike = last?.revision === revision && last.kind === kind;
    world.check(!this.isStrict || !isAlike, () => `rule ${rule} tells revision ${revision} under two ids`);
    followed?.received.push(event);
  }

  /** Compares what was told with the ledger. */
  compare(dashboard: string, fold: LedgerFold): void {
    if (!this.isStrict) return;
    for (const rule of this.#rules.values()) {
      if (rule.dashboard !== dashboard) continue;
      const { plan, sinceRevision, received } = rule;
      const { when, name } = plan;
      if (isSilenceCondition(when)) {
        const silentForMs = parseDuration(when.silentFor);
        const followed = { name, counter: when.of, silentForMs, sinceRevision, received };
        rule.missing = checkSilence(this.world, fold, followed);
      } else {
        advance(rule, when, fold);
        this.#compareReceived(rule, fold);
      }
    }
  }

  /** Rules that have more to tell. */
  listBehind(): readonly string[] {
    const behind = [...this.#rules.values()].filter(
      ({ expected, received, missing }) => missing > 0 || received.length < expected.length,
    );
    return this.isStrict ? behind.map(({ plan }) => plan.name) : [];
  }

  #compareReceived({ plan: { name }, expected, received }: FollowedRule, fold: LedgerFold): void {
    for (const [index, event] of received.entries()) {
      if (event.revision > fold.revision) return;
      const wanted = expected[index];
      const isWanted =
        wanted?.kind === event.kind && wanted.revision === event.revision && wanted.value === event.value;
      this.world.check(
        isWanted,
        () =>
          `rule ${name} tells as number ${index + 1} that it ${event.kind} at revision ${event.revision} with ` +
          `${event.value}: the ledger says ${JSON.stringify(wanted)}`,
      );
    }
  }
}

/** Follows the ledger up to its end. */
function advance(rule: FollowedRule, when: ThresholdCondition, fold: LedgerFold): void {
  const { plan, sinceRevision } = rule;
  const readNumber = (revision: number): number => {
    const value = fold.states[revision]?.values[when.of] ?? 0;
    return when.in ? value - (fold.getBefore(rule.hourMs, revision).state.values[when.of] ?? 0) : value;
  };
  const begin = (revision: number): void => {
    rule.isHolding = holds(when, readNumber(revision));
    rule.isTold = false;
    rule.firedInMs = undefined;
  };
  if (rule.revision === undefined) {
    if (fold.revision < sinceRevision) return;
    rule.revision = sinceRevision;
    rule.hourMs = getHour(fold, sinceRevision);
    begin(sinceRevision);
  }
  while (rule.revision < fold.revision) {
    const hourMs = getHour(fold, rule.revision + 1);
    if (hourMs > rule.hourMs) {
      rule.hourMs = hourMs;
      if (when.in) begin(rule.revision);
    }
    rule.revision += 1;
    const { revision } = rule;
    const isTouched = fold.getEntry(revision)?.changes.some(({ counter }) => counter === when.of) === true;
    if (isTouched) decide(rule, when, plan.clearsAt, revision, readNumber(revision));
  }
}

/** A rule about an hour tells once an hour that it fires. */
function decide(
  rule: FollowedRule,
  when: ThresholdCondition,
  clearsAt: number | undefined,
  revision: number,
  value: number,
): void {
  if (!rule.isHolding && holds(when, value)) {
    rule.isHolding = true;
    rule.isTold = when.in === undefined || rule.firedInMs !== rule.hourMs;
    rule.firedInMs = rule.hourMs;
    if (rule.isTold) rule.expected.push({ kind: 'fired', revision, value });
  } else if (rule.isHolding && clears(when, clearsAt, value)) {
    if (rule.isTold) rule.expected.push({ kind: 'cleared', revision, value });
    rule.isHolding = rule.isTold = false;
  }
}

/** Returns the start of the hour of a revision, milliseconds since the Unix epoch. */
function getHour(fold: LedgerFold, revision: number): number {
  const atMs = fold.states[revision]?.at ?? 0;
  return atMs - (atMs % HOUR_MS);
}

function holds(when: ThresholdCondition, value: number): boolean {
  return 'above' in when ? value > when.above : value < when.below;
}

function clears(when: ThresholdCondition, clearsAt: number | undefined, value: number): boolean {
  return 'above' in when ? value <= (clearsAt ?? when.above) : value >= (clearsAt ?? when.below);
}
