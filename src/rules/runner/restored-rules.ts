/**
 * Brings the rules of a book to one revision: those that ran before from the cursor, new ones from where they began.
 */
import type { TimeSpan } from '../../counters/counters.js';
import type { Period } from '../../counters/definition.js';
import type { DashboardService } from '../../dashboard/dashboard.service.js';
import type { DashboardState } from '../../dashboard/state/dashboard-state.js';
import type { CounterStore } from '../../store/store.js';
import { RuleEvaluator, type Transition } from '../evaluation/rule-evaluator.js';
import { type CounterNumbers, type NumbersRecord, WatchedNumbers } from '../evaluation/watched-numbers.js';
import type { StoredCursor, StoredRule } from '../rule-documents.js';
import { followLedger, LedgerGapError } from './ledger-follower.js';
import type { RuleBook } from './rule-book.js';
import { covers, createFindSpan, listNeeds, readNumbers, toMeasureMap } from './rule-numbers.js';

export interface RestoreParts {
  readonly store: CounterStore;
  readonly dashboards: DashboardService;
  readonly clock: { now(): number };
}

export interface RestoredRules {
  readonly evaluator: RuleEvaluator;
  /** What has happened since the cursor. */
  readonly transitions: readonly Transition[];
  /** Names of the rules whose state has changed. */
  readonly changed: ReadonlySet<string>;
}

interface MergedNumbers {
  readonly counters: Record<string, CounterNumbers>;
  readonly spans: Partial<Record<Period, TimeSpan>>;
}

/** Returns the rules that can notify somebody: imported ones have no addresses. */
export function listActive(book: RuleBook): StoredRule[] {
  return [...book.rules.values()].filter(({ secrets }) => secrets !== undefined);
}

/** @throws LedgerGapError; TallyError `unknown-dashboard`, `store-unavailable`, `overloaded` */
export async function restoreRules(parts: RestoreParts, book: RuleBook, state: DashboardState): Promise<RestoredRules> {
  const rules = listActive(book);
  const findBase = ({ state: { base } }: StoredRule): StoredCursor | undefined => base ?? book.cursor;
  if (rules.some((rule) => findBase(rule)?.epoch !== book.epoch)) return takePresent(parts, book);
  const reckoning = parts.dashboards.resolveReckoning(state);
  const measures = toMeasureMap(state);
  const findSpan = createFindSpan(reckoning);
  const target = Math.max(state.revision, ...rules.map((rule) => findBase(rule)?.revision ?? 0));
  const transitions: Transition[] = [];
  const changed = new Set<string>();
  const merged: MergedNumbers = { counters: {}, spans: {} };
  for (const base of new Set(rules.map(findBase))) {
    if (!base) continue;
    const group = rules.filter((rule) => findBase(rule) === base);
    const numbers = new WatchedNumbers(base, findSpan);
    const evaluator = new RuleEvaluator({ numbers, rules: group, measures, reckoning });
    await followLedger(parts.store, book.dashboard, evaluator, target, async (page) => void transitions.push(...page));
    // Where both have a period, both are in the same one by now.
    numbers.rollOver(state.at);
    merge(merged, numbers.toRecord());
    for (const { name } of evaluator.takeChanged()) changed.add(name);
  }
  for (const rule of rules) if (dropBase(rule)) changed.add(rule.name);
  const conditions = rules.map(({ when }) => when);
  const isGauge = (counter: string): boolean => state.getDefinition(counter).kind === 'gauge';
  const cursor = { ...merged, epoch: book.epoch, revision: target, at: state.at };
  const evaluator = covers(cursor, listNeeds(conditions, measures), isGauge)
    ? new RuleEvaluator({ numbers: new WatchedNumbers(cursor, findSpan), rules, measures, reckoning })
    : await createAtPresent(parts, book);
  return { evaluator, transitions, changed };
}

/** Adds numbers of the same revision. */
function merge(merged: MergedNumbers, { counters, spans }: NumbersRecord): void {
  Object.assign(merged.spans, spans);
  for (const [name, { value, periods, touchedMs }] of Object.entries(counters)) {
    const known = merged.counters[name];
    const newestMs = touchedMs ?? known?.touchedMs;
    const both = { ...known?.periods, ...periods };
    merged.counters[name] = { value, periods: both, ...(newestMs !== undefined && { touchedMs: newestMs }) };
  }
}

/**
 * Evaluates a rule up to a revision, apart from the others.
 * @returns what has happened; nothing if the numbers that it goes on from are not known any more
 */
export async function catchUpRule(
  parts: RestoreParts,
  book: RuleBook,
  rule: StoredRule,
  state: DashboardState,
  revision: number,
): Promise<readonly Transition[]> {
  const base = rule.state.base ?? book.cursor;
  if (base?.epoch !== book.epoch || rule.secrets === undefined) return [];
  const reckoning = parts.dashboards.resolveReckoning(state);
  const numbers = new WatchedNumbers(base, createFindSpan(reckoning));
  const evaluator = new RuleEvaluator({ numbers, rules: [rule], measures: toMeasureMap(state), reckoning });
  const transitions: Transition[] = [];
  try {
    await followLedger(
      parts.store,
      book.dashboard,
      evaluator,
      revision,
      async (page) => void transitions.push(...page),
    );
  } catch (error) {
    if (!(error instanceof LedgerGapError)) throw error;
  }
  return transitions;
}

/** Takes the states of all rules from what is there, and fires nothing. */
export async function takePresent(parts: RestoreParts, book: RuleBook): Promise<RestoredRules> {
  const evaluator = await createAtPresent(parts, book);
  evaluator.takeStates(parts.clock.now());
  const rules = listActive(book);
  for (const rule of rules) dropBase(rule);
  return { evaluator, transitions: [], changed: new Set(rules.map(({ name }) => name)) };
}

/**
 * Creates an evaluator with the latest numbers. The states of the rules stay.
 * @param before numbers that know since when counters are silent that no entry is about; others count as touched now
 */
export async function createAtPresent(
  { store, dashboards, clock }: RestoreParts,
  book: RuleBook,
  before?: WatchedNumbers,
) {
  const rules = listActive(book);
  const conditions = rules.map(({ when }) => when);
  const { state, cursor } = await readNumbers(
    store,
    dashboards,
    book.dashboard,
    (present) => listNeeds(conditions, toMeasureMap(present)),
    (counter) => before?.getTouchedMs([counter]) ?? clock.now(),
  );
  const reckoning = dashboards.resolveReckoning(state);
  const numbers = new WatchedNumbers(cursor, createFindSpan(reckoning));
  return new RuleEvaluator({ numbers, rules, measures: toMeasureMap(state), reckoning });
}

function dropBase(rule: StoredRule): boolean {
  const { base, ...state } = rule.state;
  if (base) rule.state = state;
  return base !== undefined;
}
