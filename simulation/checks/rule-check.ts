/**
 * The promise of rules: each crossing is told at least once, under one id, and in order. What must be told follows from
 * the fold of the ledger.
 */
import type { ThresholdCondition } from '../../src/rules/rule.js';
import type { RulePlan } from '../actors/plan.js';
import type { World } from '../world/world.js';
import type { LedgerFold } from './ledger-fold.js';

/** A notification as a receiver has got it. */
export interface ReceivedEvent {
  readonly id: string;
  readonly dashboard: string;
  readonly rule: string;
  readonly kind: string;
  readonly revision: number;
  readonly value: number;
}

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
    const state = { revision: undefined, sinceRevision, isHolding: false, isTold: false };
    this.#rules.set(id, { plan, dashboard, ...state, expected: [], received: [] });
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
      advance(rule, fold);
      this.#compareReceived(rule, fold);
    }
  }

  /** Rules that have more to tell. */
  listBehind(): readonly string[] {
    const behind = [...this.#rules.values()].filter(({ expected, received }) => received.length < expected.length);
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
function advance(rule: FollowedRule, fold: LedgerFold): void {
  const { plan, sinceRevision } = rule;
  const getValue = (revision: number): number => fold.states[revision]?.values[plan.when.of] ?? 0;
  if (rule.revision === undefined) {
    if (fold.revision < sinceRevision) return;
    rule.revision = sinceRevision;
    rule.isHolding = holds(plan.when, getValue(sinceRevision));
  }
  while (rule.revision < fold.revision) {
    rule.revision += 1;
    const { revision } = rule;
    const value = getValue(revision);
    const isTouched = fold.getEntry(revision)?.changes.some(({ counter }) => counter === plan.when.of) === true;
    if (!isTouched) continue;
    if (!rule.isHolding && holds(plan.when, value)) {
      rule.isHolding = rule.isTold = true;
      rule.expected.push({ kind: 'fired', revision, value });
    } else if (rule.isHolding && clears(plan, value)) {
      if (rule.isTold) rule.expected.push({ kind: 'cleared', revision, value });
      rule.isHolding = rule.isTold = false;
    }
  }
}

function holds(when: ThresholdCondition, value: number): boolean {
  return 'above' in when ? value > when.above : value < when.below;
}

function clears({ when, clearsAt }: RulePlan, value: number): boolean {
  return 'above' in when ? value <= (clearsAt ?? when.above) : value >= (clearsAt ?? when.below);
}
