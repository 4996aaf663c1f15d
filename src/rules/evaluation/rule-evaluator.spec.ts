/** The evaluator equals a plain look at every rule after every change set, whatever the rules and the changes are. */
import { array, assert, boolean, constantFrom, dictionary, integer, nat, property, record } from 'fast-check';
import type { Period } from '../../counters/definition.js';
import { getPeriodAt } from '../../measures/periods.js';
import type { CompiledMeasure, ReadCounter } from '../../measures/derived-measure.js';
import { DEFAULT_RECKONING } from '../../measures/reckoning.js';
import type { RuleCondition, ThresholdCondition } from '../rule.js';
import { type EvaluatedRule, RuleEvaluator, type Transition } from './rule-evaluator.js';
import { type NumbersRecord, type Step, WatchedNumbers } from './watched-numbers.js';

const START_MS = Date.UTC(2026, 10, 30, 22);
const MINUTE_MS = 60_000;
const findSpan = (period: Period, atMs: number) => getPeriodAt(DEFAULT_RECKONING, period, atMs);

const EMPTY: NumbersRecord = {
  revision: 0,
  at: START_MS,
  counters: { a: { value: 0, periods: { day: '0', hour: '0' }, touchedMs: START_MS }, b: { value: 0, touchedMs: 0 } },
  spans: { day: findSpan('day', START_MS), hour: findSpan('hour', START_MS) },
};

type MeasureMap = ReadonlyMap<string, CompiledMeasure>;

function createRule(name: string, when: RuleCondition, clearsAt?: number): EvaluatedRule {
  return { name, when, clearsAt, state: { isHolding: false, isTold: false, sinceRevision: 0 } };
}

function createEvaluator(rules: readonly EvaluatedRule[], start = EMPTY, measures: MeasureMap = new Map()) {
  const numbers = new WatchedNumbers(start, findSpan);
  return new RuleEvaluator({ numbers, rules, measures, reckoning: DEFAULT_RECKONING });
}

function createMeasure(name: string, factor: number): MeasureMap {
  const evaluate = (read: ReadCounter): string => String(Number(read('a')) * factor);
  return new Map([[name, { name, scale: 0, counters: ['a'], evaluate }]]);
}

/** Applies a step as the runner does. */
function advance(evaluator: RuleEvaluator, step: Step): Transition[] {
  return evaluator.offer(step) ? [] : evaluator.apply(step);
}

/** The same rules without bounds: each is decided from all values after each change set. */
class PlainRules {
  readonly #values: Record<string, number> = { a: 0, b: 0 };
  readonly #starts: Record<string, number> = {};
  readonly #startValues: Record<string, number> = {};
  readonly #states = new Map<string, { holds: boolean; told: boolean; firedIn: number | undefined }>();

  constructor(private readonly rules: readonly (EvaluatedRule & { when: ThresholdCondition })[]) {
    for (const { name } of rules) this.#states.set(name, { holds: false, told: false, firedIn: undefined });
    for (const period of ['hour', 'day'] as const) this.#starts[period] = findSpan(period, START_MS).start;
  }

  /** Rules that hold from the start are silent about it. */
  takeStates(): void {
    this.advance({ revision: 0, at: START_MS, counters: { a: 0, b: 0 } });
    for (const state of this.#states.values()) Object.assign(state, { told: false, firedIn: undefined });
  }

  advance({ revision, at, counters }: Step): string[] {
    const told: string[] = [];
    for (const period of ['hour', 'day'] as const) {
      const { start } = findSpan(period, at);
      if (start === this.#starts[period]) continue;
      this.#starts[period] = start;
      this.#startValues[period] = this.#values['a'] ?? 0;
      for (const { name, when } of this.rules)
        if (when.in === period)
          this.#states.set(name, {
            holds: 'below' in when ? when.below > 0 : when.above < 0,
            told: false,
            firedIn: undefined,
          });
    }
    Object.assign(this.#values, counters);
    for (const { name, when, clearsAt } of this.rules) {
      if (!Object.hasOwn(counters, when.of)) continue;
      const state = this.#states.get(name);
      if (!state) continue;
      const value = (this.#values[when.of] ?? 0) - (when.in ? (this.#startValues[when.in] ?? 0) : 0);
      const [begins, clears] =
        'above' in when
          ? [value > when.above, value <= (clearsAt ?? when.above)]
          : [value < when.below, value >= (clearsAt ?? when.below)];
      const start = when.in && this.#starts[when.in];
      if (!state.holds && begins) {
        const isTold = start === undefined || state.firedIn !== start;
        this.#states.set(name, { holds: true, told: isTold, firedIn: start });
        if (isTold) told.push(`${name} fired ${value} ${revision}`);
      } else if (state.holds && clears) {
        if (state.told) told.push(`${name} cleared ${value} ${revision}`);
        this.#states.set(name, { ...state, holds: false, told: false });
      }
    }
    return told;
  }
}

const LIMIT = integer({ min: -6, max: 12 });
const CONDITION = record({
  of: constantFrom('a', 'b'),
  in: constantFrom(undefined, 'day', 'hour'),
  limit: LIMIT,
  isAbove: boolean(),
  slack: integer({ min: 0, max: 3 }),
});
const STEPS = array(
  record({
    afterMs: integer({ min: 0, max: 50 * MINUTE_MS }),
    counters: dictionary(constantFrom('a', 'b', 'c'), integer({ min: -8, max: 14 }), { minKeys: 1 }),
  }),
  { maxLength: 60 },
);

it('any rules tell the same after any changes, whatever was only compared with bounds', () => {
  assert(
    property(array(CONDITION, { minLength: 1, maxLength: 8 }), STEPS, (conditions, steps) => {
      const rules = conditions.map(({ of, in: period, limit, isAbove, slack }, index) => {
        const base = { of, ...(period !== undefined && of === 'a' && { in: period as Period }) };
        const when: ThresholdCondition = isAbove ? { ...base, above: limit } : { ...base, below: limit };
        return createRule(`r${index}`, when, isAbove ? limit - slack : limit + slack);
      });
      const evaluator = createEvaluator(rules);
      evaluator.takeStates(START_MS);
      const plain = new PlainRules(rules as (EvaluatedRule & { when: ThresholdCondition })[]);
      plain.takeStates();
      let at = START_MS;
      for (const [index, { afterMs, counters }] of steps.entries()) {
        at += afterMs;
        const step = { revision: index + 1, at, counters };
        const told = advance(evaluator, step).map(
          ({ rule, kind, value, revision }) => `${rule} ${kind} ${value} ${revision}`,
        );
        expect(told.toSorted()).toEqual(plain.advance(step).toSorted());
      }
    }),
    { numRuns: 300 },
  );
});

it('numbers that are stored and read again go on as those that were not', () => {
  assert(
    property(STEPS, nat({ max: 60 }), (steps, cut) => {
      const when: RuleCondition = { of: 'a', in: 'day', above: 5 };
      const [whole, first] = [createEvaluator([createRule('r', when)]), createEvaluator([createRule('r', when)])];
      let restored: RuleEvaluator | undefined;
      let at = START_MS;
      for (const [index, { afterMs, counters }] of steps.entries()) {
        at += afterMs;
        const step = { revision: index + 1, at, counters };
        if (index === cut) {
          const stored = JSON.parse(JSON.stringify(first.numbers.toRecord())) as NumbersRecord;
          const [changed] = first.takeChanged();
          restored = createEvaluator([{ ...createRule('r', when), ...(changed && { state: changed.state }) }], stored);
        }
        expect(advance(restored ?? first, step)).toEqual(advance(whole, step));
      }
    }),
    { numRuns: 100 },
  );
});

describe('a silence', () => {
  const when: RuleCondition = { of: 'a', silentFor: 'PT30M' };

  it('fires once it has lasted, and clears with the next change', () => {
    const evaluator = createEvaluator([createRule('quiet', when)]);
    const askAt = (minutes: number) => evaluator.applyTime(START_MS + minutes * MINUTE_MS);
    expect(askAt(29)).toMatchObject({ transitions: [], nextMs: START_MS + 30 * MINUTE_MS });
    const [fired] = askAt(30).transitions;
    expect(fired).toMatchObject({ rule: 'quiet', kind: 'fired', revision: 0, occurrence: String(START_MS) });
    expect(askAt(31).transitions).toEqual([]);
    const step = { revision: 1, at: START_MS + 40 * MINUTE_MS, counters: { a: 3 } };
    expect(advance(evaluator, step)).toEqual([{ rule: 'quiet', kind: 'cleared', value: 3, revision: 1, at: step.at }]);
    expect(askAt(69).transitions).toEqual([]);
    expect(askAt(70).transitions).toMatchObject([{ kind: 'fired', revision: 1 }]);
  });

  it('of another counter goes on, and a new window begins without a word', () => {
    const evaluator = createEvaluator([createRule('quiet', { ...when, between: '22:00-23:00' })]);
    advance(evaluator, { revision: 1, at: START_MS + MINUTE_MS, counters: { b: 1 } });
    expect(evaluator.applyTime(START_MS + 30 * MINUTE_MS).transitions).toMatchObject([{ kind: 'fired', revision: 1 }]);
    const nextDayMs = START_MS + 24 * 60 * MINUTE_MS;
    expect(evaluator.applyTime(nextDayMs + MINUTE_MS).transitions).toEqual([]);
    const [again] = evaluator.applyTime(nextDayMs + 30 * MINUTE_MS).transitions;
    expect(again).toMatchObject({ kind: 'fired', revision: 1, occurrence: String(nextDayMs) });
  });
});

describe('a threshold', () => {
  it.each([
    ['goes on where its measure has stayed as it was', 1, [{ rule: 'many', kind: 'cleared', value: 1 }]],
    ['begins anew where its measure has another formula', 2, []],
  ])('%s', (_, factor, expected) => {
    const rule = createRule('many', { of: 'twice', above: 4 });
    const createWith = (by: number) =>
      createEvaluator([rule], { ...EMPTY, revision: 1, counters: { a: { value: 5 } } }, createMeasure('twice', by));
    rule.state = { isHolding: true, isTold: true, sinceRevision: 0 };
    const evaluator = createWith(factor);
    evaluator.takeRedefined(createWith(1), START_MS);
    expect(rule.state.isHolding).toBe(true);
    expect(advance(evaluator, { revision: 2, at: START_MS + 1, counters: { a: 1 } })).toMatchObject(expected);
    expect(rule.state.isHolding).toBe(false);
  });

  it('begins anew where a counter takes the name of a measure', () => {
    const rule = createRule('many', { of: 'rate', above: 1 });
    // It had fired about the measure, which has left the definition since.
    rule.state = { isHolding: true, isTold: true, sinceRevision: 0 };
    const evaluator = createEvaluator([rule], { ...EMPTY, counters: { rate: { value: 0 } } });
    evaluator.takeRedefined(createEvaluator([rule]), START_MS);
    expect(rule.state).toMatchObject({ isHolding: false, isTold: false });
    const fired = advance(evaluator, { revision: 1, at: START_MS + 1, counters: { rate: 3 } });
    expect(fired).toMatchObject([{ rule: 'many', kind: 'fired', value: 3 }]);
  });
});
