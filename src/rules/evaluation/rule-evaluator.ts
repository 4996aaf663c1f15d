/**
 * Decides which rules of a dashboard fire and clear, change set by change set. Pure; time is an argument.
 *
 * Rules about the same number share a probe, which knows the interval of numbers in which none of them fires or clears.
 * A change within the intervals of its counters only moves the numbers on: that is all that nearly every change costs,
 * however many rules there are. Any other is looked at rule by rule.
 */
import type { Total } from '../../counters/counters.js';
import type { Period, Reckoning } from '../../counters/definition.js';
import type { CompiledMeasure } from '../../measures/derived-measure.js';
import { isSilenceCondition, type RuleCondition, type SilenceCondition, type ThresholdCondition } from '../rule.js';
import { findSilence, parseDuration } from './silence.js';
import { decideThreshold, getBounds } from './threshold.js';
import type { Step, WatchedNumbers } from './watched-numbers.js';

/** State of a rule as it is stored. */
export interface RuleState {
  /** True from the moment at which the condition began to hold until it cleared. */
  readonly isHolding: boolean;
  /** True if somebody has been told that it holds, and so is told when it clears. */
  readonly isTold: boolean;
  /** Start of the period in which it fired last: it fires once a period. Milliseconds since the Unix epoch. */
  readonly firedInMs?: number;
  /** Revision from which the state was taken: the rule is not evaluated up to it. */
  readonly sinceRevision: number;
}

/** A rule as it is evaluated. */
export interface EvaluatedRule {
  readonly name: string;
  readonly when: RuleCondition;
  readonly clearsAt?: number | undefined;
  state: RuleState;
}

/** A rule has fired or cleared. */
export interface Transition {
  readonly rule: string;
  readonly kind: 'fired' | 'cleared';
  /** The number of the rule after the change set. */
  readonly value: number;
  readonly revision: number;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  /** Tells apart two silences after the same revision. */
  readonly occurrence?: string;
}

type Evaluate = (step?: Step) => number | null;

/** A number, the rules about it, and the interval in which none of them changes. */
interface Probe {
  readonly period: Period | undefined;
  readonly evaluate: Evaluate;
  readonly rules: (EvaluatedRule & { readonly when: ThresholdCondition })[];
  low: number;
  high: number;
}

type SilenceRule = EvaluatedRule & { readonly when: SilenceCondition };

/** A silence rule, the counters that end its silence, and its number for messages. */
interface SilenceWatch {
  readonly rule: SilenceRule;
  readonly counters: readonly string[];
  readonly evaluate: Evaluate;
}

export interface EvaluatorOptions {
  readonly numbers: WatchedNumbers;
  readonly rules: Iterable<EvaluatedRule>;
  /** Measures of the dashboard, by name. */
  readonly measures: ReadonlyMap<string, CompiledMeasure>;
  readonly reckoning: Pick<Reckoning, 'timeZone'>;
}

export class RuleEvaluator {
  readonly numbers: WatchedNumbers;
  readonly #probes = new Map<string, Probe>();
  readonly #probesByCounter = new Map<string, Probe[]>();
  readonly #silences: SilenceWatch[] = [];
  readonly #silencesByCounter = new Map<string, SilenceWatch[]>();
  /** Rules whose state has changed since {@link takeChanged}. */
  readonly #changed = new Set<EvaluatedRule>();

  constructor(private readonly options: EvaluatorOptions) {
    this.numbers = options.numbers;
    for (const rule of options.rules) this.#add(rule);
    for (const probe of this.#probes.values()) updateBounds(probe);
  }

  /**
   * Moves on by a change set that follows the present revision and changes no rule.
   * @returns false, and changes nothing, if the change set must be looked at with {@link apply}
   */
  offer(step: Step): boolean {
    const { numbers } = this;
    if (step.revision !== numbers.revision + 1 || step.at >= numbers.firstEndMs) return false;
    for (const name in step.counters) {
      const probes = this.#probesByCounter.get(name);
      if (probes !== undefined && !probes.every((probe) => isWithin(probe, probe.evaluate(step)))) return false;
      const silences = this.#silencesByCounter.get(name);
      if (silences?.some(({ rule }) => rule.state.isHolding) === true) return false;
    }
    numbers.apply(step);
    return true;
  }

  /** Moves on by a change set, and decides every rule that it may concern. */
  apply(step: Step): Transition[] {
    const { numbers } = this;
    const begun = this.#rollOver(step.at);
    numbers.apply(step);
    const transitions: Transition[] = [];
    const probes = new Set(Object.keys(step.counters).flatMap((name) => this.#probesByCounter.get(name) ?? []));
    for (const probe of probes) {
      for (const rule of probe.rules) this.#decide(rule, probe, step, transitions);
      updateBounds(probe);
    }
    for (const probe of begun) updateBounds(probe);
    const touched = new Set(Object.keys(step.counters).flatMap((name) => this.#silencesByCounter.get(name) ?? []));
    for (const { rule, evaluate } of touched) {
      if (!rule.state.isHolding || step.revision <= rule.state.sinceRevision) continue;
      this.#tellCleared(rule, { ...step, value: evaluate() ?? 0 }, transitions);
    }
    return transitions;
  }

  /**
   * Begins periods and decides silence at a moment up to which all change sets are known.
   * @returns what has fired, and the moment to ask again, milliseconds since the Unix epoch
   */
  applyTime(nowMs: number): { readonly transitions: readonly Transition[]; readonly nextMs: number } {
    for (const probe of this.#rollOver(nowMs)) updateBounds(probe);
    const transitions: Transition[] = [];
    let nextMs = this.numbers.firstEndMs;
    for (const watch of this.#silences) {
      const silence = this.#findSilence(watch, nowMs);
      nextMs = Math.min(nextMs, silence.nextMs ?? Infinity);
      const { rule } = watch;
      if (silence.isSilent && !rule.state.isHolding) {
        this.#setState(rule, { isHolding: true, isTold: true });
        const { revision } = this.numbers;
        const occurrence = String(silence.sinceMs);
        const value = watch.evaluate() ?? 0;
        transitions.push({ rule: rule.name, kind: 'fired', value, revision, at: nowMs, occurrence });
      } else if (!silence.isSilent && rule.state.isHolding) {
        // A new window has begun, in which the silence starts at 0.
        this.#setState(rule, { isHolding: false, isTold: false });
      }
    }
    return { transitions, nextMs };
  }

  /** Takes the state of every rule from what is there, and fires nothing. */
  takeStates(nowMs: number): void {
    this.#rollOver(nowMs);
    for (const probe of this.#probes.values()) {
      for (const rule of probe.rules) this.#takeThreshold(rule, probe);
      updateBounds(probe);
    }
    for (const watch of this.#silences) {
      const { isSilent: isHolding } = this.#findSilence(watch, nowMs);
      this.#setState(watch.rule, { isHolding, isTold: false, sinceRevision: this.numbers.revision });
    }
  }

  /**
   * Goes on from an evaluator of the same rules and of the same revision, by an earlier definition. Rules whose number
   * is another one by the new definition, since a measure has another formula or a counter has its name, and rules of
   * periods that begin at another time now, take their state from what is there.
   */
  takeRedefined(before: RuleEvaluator, nowMs: number): void {
    this.#rollOver(nowMs);
    for (const probe of this.#probes.values()) {
      const { period } = probe;
      const isMoved =
        period !== undefined && before.numbers.getPeriodStart(period) !== this.numbers.getPeriodStart(period);
      for (const rule of probe.rules)
        if (isMoved || before.readNumber(rule) !== this.readNumber(rule)) this.#takeThreshold(rule, probe, rule.state);
      updateBounds(probe);
    }
  }

  /** Returns the rules whose state has changed since the last call. */
  takeChanged(): readonly EvaluatedRule[] {
    const changed = [...this.#changed];
    this.#changed.clear();
    return changed;
  }

  /** Returns the present number of a rule; null for a ratio whose divisor is 0. */
  readNumber({ when }: Pick<EvaluatedRule, 'when'>): number | null {
    return this.#createEvaluate(when.of, isSilenceCondition(when) ? undefined : when.in)();
  }

  #add(rule: EvaluatedRule): void {
    const { when } = rule;
    // A measure that has left the definition: the rule waits for it.
    if (!this.options.measures.has(when.of) && !this.numbers.has(when.of)) return;
    const counters = this.options.measures.get(when.of)?.counters ?? [when.of];
    if (isSilenceCondition(when)) {
      const watch = { rule: rule as SilenceRule, counters, evaluate: this.#createEvaluate(when.of, undefined) };
      this.#silences.push(watch);
      for (const counter of counters) append(this.#silencesByCounter, counter, watch);
      return;
    }
    const key = `${when.of} ${when.in ?? ''}`;
    let probe = this.#probes.get(key);
    if (!probe) {
      const evaluate = this.#createEvaluate(when.of, when.in);
      probe = { period: when.in, evaluate, rules: [], low: -Infinity, high: Infinity };
      this.#probes.set(key, probe);
      for (const counter of new Set(counters)) append(this.#probesByCounter, counter, probe);
    }
    probe.rules.push(rule as Probe['rules'][number]);
  }

  #createEvaluate(of: string, period: Period | undefined): Evaluate {
    const measure = this.options.measures.get(of);
    if (!measure && !this.numbers.has(of)) return () => null;
    if (!measure) return (step) => Number(this.numbers.read(of, period, step));
    return (step) => {
      const text = measure.evaluate((counter): Total => this.numbers.read(counter, period, step));
      return text === null ? null : Number(text);
    };
  }

  #decide(rule: Probe['rules'][number], probe: Probe, step: Step, transitions: Transition[]): void {
    const { state, when, clearsAt } = rule;
    if (step.revision <= state.sinceRevision) return;
    const value = probe.evaluate();
    const decision = decideThreshold(when, clearsAt, state.isHolding, value);
    if (decision === undefined || value === null) return;
    if (decision === 'clear') return this.#tellCleared(rule, { ...step, value }, transitions);
    const startMs = probe.period && this.numbers.getPeriodStart(probe.period);
    const isTold = startMs === undefined || state.firedInMs !== startMs;
    this.#setState(rule, { isHolding: true, isTold, ...(startMs !== undefined && { firedInMs: startMs }) });
    if (isTold) transitions.push({ rule: rule.name, kind: 'fired', value, revision: step.revision, at: step.at });
  }

  #tellCleared(
    rule: EvaluatedRule,
    { value, revision, at }: Step & { value: number },
    transitions: Transition[],
  ): void {
    if (rule.state.isTold) transitions.push({ rule: rule.name, kind: 'cleared', value, revision, at });
    this.#setState(rule, { isHolding: false, isTold: false });
  }

  /** A period begins without a word: its rules start from what is there. @returns their probes */
  #rollOver(atMs: number): readonly Probe[] {
    const begun = this.numbers.rollOver(atMs);
    if (begun.length === 0) return [];
    const probes = [...this.#probes.values()].filter(({ period }) => period !== undefined && begun.includes(period));
    for (const probe of probes) for (const rule of probe.rules) this.#takeThreshold(rule, probe, rule.state);
    return probes;
  }

  #takeThreshold(rule: Probe['rules'][number], probe: Probe, { sinceRevision }: Partial<RuleState> = {}): void {
    const isHolding = decideThreshold(rule.when, rule.clearsAt, false, probe.evaluate()) === 'fire';
    const { firedInMs: _, ...state } = rule.state;
    rule.state = { ...state, isHolding, isTold: false, sinceRevision: sinceRevision ?? this.numbers.revision };
    this.#changed.add(rule);
  }

  #findSilence({ rule, counters }: SilenceWatch, nowMs: number) {
    const { between, on, silentFor } = rule.when;
    return findSilence({
      lastTouchMs: this.numbers.getTouchedMs(counters) ?? this.numbers.at,
      silentForMs: parseDuration(silentFor),
      ...(between !== undefined && { between }),
      ...(on !== undefined && { on }),
      reckoning: this.options.reckoning,
      nowMs,
    });
  }

  #setState(rule: EvaluatedRule, state: Partial<RuleState>): void {
    rule.state = { ...rule.state, ...state };
    this.#changed.add(rule);
  }
}

function isWithin({ low, high }: Probe, number: number | null): boolean {
  return number === null || (number >= low && number <= high);
}

function updateBounds(probe: Probe): void {
  let [low, high] = [-Infinity, Infinity];
  for (const { when, clearsAt, state } of probe.rules) {
    const bounds = getBounds(when, clearsAt, state.isHolding);
    low = Math.max(low, bounds.low);
    high = Math.min(high, bounds.high);
  }
  Object.assign(probe, { low, high });
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const values = map.get(key);
  if (values) values.push(value);
  else map.set(key, [value]);
}
