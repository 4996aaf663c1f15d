/**
 * Compares what the store has with the plain model, and what viewers have shown with both: ledger = sums = totals =
 * points, nothing acknowledged lost, nothing counted twice.
 */
import type { Snapshot } from '../../src/counters/counters.js';
import { TallyError } from '../../src/counters/errors.js';
import type { CounterStore } from '../../src/store/store.js';
import type { DashboardPlan } from '../actors/plan.js';
import type { World } from '../world/world.js';
import type { ChangeBook } from './change-book.js';
import type { DefinitionBook } from './definition-book.js';
import { type FoldedState, LedgerFold } from './ledger-fold.js';
import { computeMeasures } from './measure-model.js';
import type { RuleCheck } from './rule-check.js';

const PAGE = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

interface Shown {
  readonly viewer: string;
  readonly snapshot: Snapshot;
  /** Time of day at which it was shown, milliseconds since the Unix epoch. */
  readonly shownMs: number;
  readonly view: ShownView;
}

/** What a viewer has asked for, and how. */
export interface ShownView {
  /** Time in which changes may be missing from a period that has begun, milliseconds. */
  readonly periodSettleMs: number;
  /** True if it shows every counter. */
  readonly isWhole: boolean;
}

export class Audit {
  readonly #folds: ReadonlyMap<string, LedgerFold>;
  /** What viewers have shown that the fold has not reached yet. */
  readonly #waiting = new Map<string, Shown[]>();
  count = 0;
  shownCount = 0;

  /** @param mayRedate true if the clock is set in this run: entries may be dated anew */
  constructor(
    private readonly world: World,
    private readonly book: ChangeBook,
    private readonly definitions: DefinitionBook,
    private readonly plans: readonly DashboardPlan[],
    private readonly rules: RuleCheck,
    private readonly mayRedate: boolean,
  ) {
    this.#folds = new Map(plans.map((plan) => [plan.name, new LedgerFold(world, book, plan)]));
  }

  getFold(dashboard: string): LedgerFold | undefined {
    return this.#folds.get(dashboard);
  }

  /** A viewer shows a snapshot: it is compared as soon as the ledger is known. */
  show(viewer: string, snapshot: Snapshot, view: ShownView): void {
    const fold = this.#folds.get(snapshot.dashboard);
    if (!fold) return;
    const shown = { viewer, snapshot, shownMs: this.world.wallMs(), view };
    if (snapshot.revision <= fold.revision) return this.#compare(shown, fold);
    const waiting = this.#waiting.get(snapshot.dashboard) ?? [];
    this.#waiting.set(snapshot.dashboard, waiting);
    waiting.push(shown);
  }

  /**
   * Reads the store. Does nothing while it is unavailable.
   * @param isFinal true to compare points too
   * @returns true if everything could be read
   */
  async run(store: CounterStore, isFinal: boolean): Promise<boolean> {
    try {
      for (const plan of this.plans) await this.#auditDashboard(store, plan, isFinal);
      this.count += 1;
      return true;
    } catch (error) {
      if (error instanceof TallyError && error.definition.status === 503) return false;
      throw error;
    }
  }

  async #auditDashboard(store: CounterStore, plan: DashboardPlan, isFinal: boolean): Promise<void> {
    const { name } = plan;
    const { world } = this;
    const fold = this.#folds.get(name);
    if (!fold) return;
    const acknowledged = this.book.getNewest(name);
    const askedMs = world.nowMs;
    const dashboard = await store.readDashboard(name);
    const { revision } = dashboard;
    world.check(
      revision >= acknowledged,
      () => `revision ${acknowledged} of ${name} was acknowledged, and the store is at ${revision}`,
    );
    while (fold.revision < revision && !world.violation) {
      const { entries } = await store.searchLedger(name, { after: fold.revision, limit: PAGE });
      world.check(entries.length > 0, () => `the ledger of ${name} ends at ${fold.revision}, before ${revision}`);
      for (const entry of entries) if (!world.violation) fold.add(entry, this.mayRedate);
    }
    const state = fold.states[revision];
    if (state) this.#compareCounters(name, dashboard, state);
    for (const counter of plan.passing) {
      const isThere = dashboard.counters.has(counter);
      const isExpected = this.definitions.find(name, counter, askedMs) ?? isThere;
      world.check(isThere === isExpected, () => `${counter} of ${name} is ${isThere ? 'still' : 'not'} there`);
    }
    this.#compareWaiting(name, fold);
    this.rules.compare(name, fold);
    if (isFinal && !world.violation) await this.#comparePoints(store, plan, fold);
  }

  #compareCounters(
    name: string,
    { revision, counters }: Awaited<ReturnType<CounterStore['readDashboard']>>,
    { values, added, removed }: FoldedState,
  ): void {
    const [found, expected] = [[...counters.keys()], Object.keys(values)].map((names) => names.toSorted().join());
    this.world.check(found === expected, () => `${name} has ${found} at revision ${revision}: not ${expected}`);
    for (const [counter, stored] of counters) {
      const found = [stored.value, Number(stored.added), Number(stored.removed)].join();
      const expected = [values[counter], added[counter], removed[counter]].join();
      this.world.check(
        found === expected,
        () =>
          `${counter} of ${name} is ${found} at revision ${revision} (value, added, removed), the ledger ${expected}`,
      );
    }
  }

  #compareWaiting(name: string, fold: LedgerFold): void {
    const waiting = this.#waiting.get(name) ?? [];
    this.#waiting.set(
      name,
      waiting.filter((shown) => shown.snapshot.revision > fold.revision),
    );
    for (const shown of waiting) if (shown.snapshot.revision <= fold.revision) this.#compare(shown, fold);
  }

  #compare({ viewer, snapshot, shownMs, view }: Shown, fold: LedgerFold): void {
    const { revision, counters, added, dashboard } = snapshot;
    const state = fold.states[revision];
    this.shownCount += 1;
    const plan = this.plans.find(({ name }) => name === dashboard);
    const compare = (
      kind: string,
      shown: Readonly<Record<string, number | null>>,
      expected?: Readonly<Record<string, number | null>>,
    ) => {
      for (const [name, value] of Object.entries(shown))
        this.world.check(
          value === expected?.[name],
          () =>
            `${viewer} showed ${kind} ${name} of ${dashboard} as ${value} at revision ${revision}: it was ${expected?.[name]}`,
        );
    };
    compare('the value of', counters, state?.values);
    const missing = view.isWhole ? Object.keys(state?.values ?? {}).find((name) => !(name in counters)) : undefined;
    this.world.check(
      missing === undefined,
      () => `${viewer} showed ${dashboard} without ${missing} at revision ${revision}`,
    );
    if (plan && snapshot.measures)
      compare('the measure', snapshot.measures, computeMeasures(plan, state?.values ?? {}));
    if (added) compare('the total of', added, state?.added);
    for (const [period, shownPeriod] of Object.entries(snapshot.periods ?? {})) {
      const { start, end, added: shownAdded, removed, measures } = shownPeriod;
      const [lengthMs, offsetMs] = period === 'day' ? [DAY_MS, 0] : [HOUR_MS, plan?.hourOffsetMs ?? 0];
      this.world.check(
        (start - offsetMs) % lengthMs === 0 && end - start === lengthMs,
        () => `${viewer} showed a ${period} of ${dashboard} from ${start} to ${end}`,
      );
      const { at } = snapshot;
      if (shownMs < start + view.periodSettleMs) continue;
      this.world.check(at < end, () => `${viewer} showed a ${period} that had ended before revision ${revision}`);
      const { state: before, revision: last } = fold.getBefore(start, revision);
      // What was defined since begins at 0.
      const subtract = (numbers: Readonly<Record<string, number>> = {}, others: typeof numbers) =>
        Object.fromEntries(
          Object.entries(numbers).map(([name, number]) => [
            name,
            number - ((state?.births[name] ?? 0) > last ? 0 : (others[name] ?? 0)),
          ]),
        );
      const [wasAdded, wasRemoved] = [subtract(state?.added, before.added), subtract(state?.removed, before.removed)];
      compare(`added this ${period} to`, shownAdded, wasAdded);
      compare(`removed this ${period} from`, removed, wasRemoved);
      const numbers = Object.fromEntries(
        Object.entries(wasAdded).map(([name, number]) => [name, number - (wasRemoved[name] ?? 0)]),
      );
      if (plan && measures) compare(`this ${period} the measure`, measures, computeMeasures(plan, numbers));
    }
  }

  /** The minutes of every counter add up to its totals, since a run is shorter than they are kept. */
  async #comparePoints(store: CounterStore, { name, gauges }: DashboardPlan, fold: LedgerFold): Promise<void> {
    const counters = Object.keys(fold.states.at(-1)?.values ?? {}).filter((counter) => !gauges.includes(counter));
    const series = await store.readPoints(name, counters, MINUTE_MS, 0, Number.MAX_SAFE_INTEGER);
    for (const [counter, found] of series) {
      if (found.kind !== 'counter') continue;
      let [added, removed] = [0n, 0n];
      for (const point of found.points) [added, removed] = [added + point.added, removed + point.removed];
      const state = fold.states.at(-1);
      const [sums, totals] = [`${added},${removed}`, `${state?.added[counter]},${state?.removed[counter]}`];
      this.world.check(
        sums === totals,
        () => `the minutes of ${counter} of ${name} add up to ${sums}: not to ${totals}`,
      );
    }
  }
}
