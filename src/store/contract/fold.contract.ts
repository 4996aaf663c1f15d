/** Store contract, as a property: any sequence of calls equals the pure fold. */
import * as fc from 'fast-check';
import {
  advance,
  applyChanges,
  type BookedChange,
  type Change,
  type ChangeSet,
  type Counter,
  type Dashboard,
  type Outcome,
} from '../../counters/counters.js';
import { isRefusal, toSnapshot } from '../../counters/counters.js';
import type { Refusal } from '../../counters/errors.js';
import { planUndo, refuseSecondUndo, refuseUnknownRevision } from '../../counters/undo.js';
import { type StoreFactory, readSeries } from './fixtures.contract.js';
import type { CounterDefinition } from '../../counters/definition.js';
import { BUCKETS, type CounterStore, type DashboardDefinition, ROWS } from '../store.js';

const NAMES = ['a', 'b', 'c'];
const MAX = Number.MAX_SAFE_INTEGER;

const amount = fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 1_000_000_000 }));
const value = fc.oneof(fc.nat(5), fc.nat(MAX), fc.constant(MAX), fc.integer({ min: -5, max: -1 }), fc.constant(-MAX));
const counter = fc.constantFrom(...NAMES);
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ counter, by: amount }),
  fc.record({ counter, by: amount.map((by) => -by) }),
  fc.record({ counter, to: value }),
);
const request = fc.record({
  changes: fc.array(change, { minLength: 1, maxLength: 4 }),
  key: fc.oneof(
    { weight: 3, arbitrary: fc.constant(undefined) },
    { weight: 2, arbitrary: fc.constantFrom('k', 'l', 'm') },
  ),
});
/** Undoes the `undo`-th revision, counted from the first. */
const undoCall = fc.record({
  undo: fc.integer({ min: 1, max: 14 }),
  key: fc.oneof(
    { weight: 3, arbitrary: fc.constant(undefined) },
    { weight: 2, arbitrary: fc.constantFrom('k', 'l', 'm') },
  ),
});
const defineCall = fc.record({ define: fc.subarray([...NAMES, 'd']) });
const removal = fc.record({ remove: fc.constantFrom(...NAMES, 'd') });
const call = fc.oneof(
  { weight: 6, arbitrary: request },
  { weight: 4, arbitrary: undoCall },
  { weight: 1, arbitrary: defineCall },
  { weight: 1, arbitrary: removal },
);
/** The calls of a group are sent concurrently, one group after the other. */
const groups = fc.array(fc.array(call, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 6 });
type Request = Pick<ChangeSet, 'changes' | 'undoes'> & { readonly key: string | undefined };
type UndoCall = { readonly undo: number; readonly key: string | undefined };
type Call = Request | UndoCall | { readonly define: readonly string[] } | { readonly remove: string };

/** Counters of each kind, with and without a lowest value. */
const DEFINITIONS: Readonly<Record<string, CounterDefinition>> = {
  b: { min: null },
  c: { kind: 'gauge', min: -3 },
  d: { kind: 'gauge', min: null },
};
const createCounter = (name: string): Counter => ({
  definition: DEFINITIONS[name] ?? {},
  value: 0,
  added: 0n,
  removed: 0n,
});

/** The expected state: the pure rule applied in order, and the replies stored under keys. */
class Model {
  readonly dashboard: Dashboard & { counters: Map<string, Counter> };
  readonly #answers = new Map<string, { payload: string; answer: string }>();
  /** The changes of each revision, from 1, and the revision that undid them. */
  readonly #entries: { readonly changes: readonly BookedChange[]; undoneBy?: number }[] = [];
  /** First revision of counters that were defined later. */
  readonly #starts = new Map<string, number>();

  constructor(name: string) {
    const counters = NAMES.map((counterName): [string, Counter] => [counterName, createCounter(counterName)]);
    this.dashboard = { name, settings: {}, version: 1, epoch: '', revision: 0, at: 0, counters: new Map(counters) };
  }

  /** @returns the expected reply: the revision, or the code of the refusal */
  execute(sent: Call): string {
    if ('define' in sent) return this.#define(sent.define);
    if ('undo' in sent) return this.#apply({ changes: [], undoes: sent.undo, key: sent.key });
    return 'remove' in sent ? this.#remove(sent.remove) : this.#apply(sent);
  }

  #define(names: readonly string[]): string {
    const addedCounters = names.filter((name) => !this.dashboard.counters.has(name));
    for (const name of addedCounters) {
      this.dashboard.counters.set(name, createCounter(name));
      this.#starts.set(name, this.dashboard.revision + 1);
    }
    if (addedCounters.length > 0) this.#book(addedCounters.map((name) => ({ counter: name, to: 0, moved: 0 })));
    return `revision ${this.dashboard.revision}`;
  }

  #remove(name: string): string {
    const removed = this.dashboard.counters.get(name);
    if (!this.dashboard.counters.delete(name)) return 'unknown-counter';
    this.#book([{ counter: name, to: 0, moved: -(removed?.value ?? 0) }]);
    return `revision ${this.dashboard.revision}`;
  }

  #apply({ changes, undoes, key }: Request): string {
    const earlier = key === undefined ? undefined : this.#answers.get(key);
    const payload = JSON.stringify([changes, undoes]);
    if (earlier) return earlier.payload === payload ? `${earlier.answer} again` : 'key-reused';
    const resolved = undoes === undefined ? changes : this.#invert(undoes);
    const result = 'code' in resolved ? resolved : applyChanges(this.dashboard, resolved, 0);
    const answer = isRefusal(result) ? result.code : `revision ${result.revision}`;
    if (!isRefusal(result)) {
      advance(this.dashboard, { ...result, revision: result.revision - 1 });
      this.#book(result.booked);
      const undone = this.#entries[(undoes ?? 0) - 1];
      if (undone) undone.undoneBy = result.revision;
    }
    if (key !== undefined && !answer.startsWith('unknown-')) this.#answers.set(key, { payload, answer });
    return answer;
  }

  #book(changes: readonly BookedChange[]): void {
    this.#entries.push({ changes });
    Object.assign(this.dashboard, { revision: this.dashboard.revision + 1 });
  }

  #invert(revision: number): readonly Change[] | Refusal {
    const entry = this.#entries[revision - 1];
    if (!entry) return refuseUnknownRevision(this.dashboard.name, revision);
    if (entry.undoneBy !== undefined) return refuseSecondUndo(revision, entry.undoneBy);
    return planUndo(this.dashboard, { revision, changes: entry.changes }, (name) => ({
      start: this.#starts.get(name) ?? 0,
      set:
        this.#entries.findLastIndex(({ changes }) => changes.some((step) => step.counter === name && 'to' in step)) + 1,
    }));
  }
}

function toDefinition(names: readonly string[]): DashboardDefinition {
  return { counters: Object.fromEntries(names.map((name) => [name, DEFINITIONS[name] ?? {}])) };
}

async function sendCall(store: CounterStore, dashboard: string, sent: Call): Promise<string> {
  const formatReplay = (replayed: boolean): string => (replayed ? ' again' : '');
  const send = async (): Promise<Pick<Outcome, 'revision' | 'replayed'> | undefined> => {
    if ('remove' in sent) return store.remove(dashboard, sent.remove);
    if ('changes' in sent || 'undo' in sent) {
      const payload = 'undo' in sent ? { changes: [], undoes: sent.undo } : { changes: sent.changes };
      return store.apply({ dashboard, ...payload, ...(sent.key !== undefined && { key: sent.key }) });
    }
    const defined = await store.define(dashboard, toDefinition(sent.define));
    return { revision: defined.dashboard.revision, replayed: false };
  };
  return send().then(
    (outcome) => `revision ${outcome?.revision}${formatReplay(outcome?.replayed === true)}`,
    ({ code, replayed }: { code: string; replayed: boolean }) => `${code}${formatReplay(replayed)}`,
  );
}

/** Computes the values of counters by applying the changes in the ledger in order. */
async function replayLedger(
  store: CounterStore,
  dashboard: string,
  counters: readonly string[],
): Promise<Record<string, number>> {
  const values = Object.fromEntries(NAMES.map((name) => [name, 0]));
  const entries = await store.readLedger(dashboard, 0, 1_000);
  const undone = entries.flatMap(({ revision, undoes }) => (undoes === undefined ? [] : [[undoes, revision]]));
  expect(new Set(undone.map(([revision]) => revision)).size).toBe(undone.length);
  const known = entries.flatMap(({ revision, undoneBy }) => (undoneBy === undefined ? [] : [[revision, undoneBy]]));
  expect(new Map(known as [number, number][])).toEqual(new Map(undone as [number, number][]));
  for (const { changes } of entries) {
    for (const step of changes) {
      const previous = values[step.counter] ?? 0;
      values[step.counter] = 'by' in step ? previous + step.by : step.to;
      if ('to' in step) expect(BigInt(step.moved ?? NaN)).toBe(BigInt(step.to) - BigInt(previous));
    }
  }
  return Object.fromEntries(counters.map((name) => [name, values[name] ?? 0]));
}

/** Points and days add up to the totals of a counter, and end with the level of a gauge. */
async function expectPointsToSumUp(store: CounterStore, dashboard: Dashboard): Promise<void> {
  const names = [...dashboard.counters.keys()];
  const ranges = ROWS.map(({ stepMs }) => ({ stepMs, start: 0, end: MAX }));
  const sumsByCounter = await store.readSums(dashboard.name, names, ranges);
  for (const [name, { definition, value: last, added, removed }] of dashboard.counters) {
    const sums = sumsByCounter.get(name);
    if (definition.kind === 'gauge') {
      if (sums?.kind !== 'gauge') throw new Error(`${name} is a ${sums?.kind}`);
      for (const level of sums.levels)
        expect([level.value, level.least <= last, level.most >= last]).toEqual([last, true, true]);
      continue;
    }
    const totals = { added, removed };
    expect(sums).toEqual({ kind: 'counter', totals, sums: ranges.map(() => ({ ...totals, value: last })) });
    for (const { stepMs } of BUCKETS) {
      const series = await readSeries(store, name, stepMs, undefined, dashboard.name);
      expect(series.totals).toEqual(totals);
      expect(series.points.reduce((sum, point) => sum + point.added, 0n)).toBe(added);
      expect(series.points.reduce((sum, point) => sum + point.removed, 0n)).toBe(removed);
      expect(series.points.at(-1)?.value ?? 0).toBe(last);
      expect(series.points.every(({ at }) => at % stepMs === 0)).toBe(true);
      const times = series.points.map(({ at }) => at);
      expect(times).toEqual([...new Set(times)].toSorted((a, b) => a - b));
    }
  }
}

export function describeStoreFold(name: string, make: StoreFactory): void {
  describe(`${name}: any sequence of calls`, () => {
    it('equals the pure fold; the ledger replays to the snapshot; the points add up to the totals', async () => {
      const { store, reopen } = await make();
      const models: Model[] = [];
      const property = fc.asyncProperty(groups, async (sequence) => {
        const model = new Model(`run-${models.length}`);
        models.push(model);
        const { dashboard } = model;
        await store.define(dashboard.name, toDefinition(NAMES));
        for (const group of sequence) {
          const answers = Promise.all(group.map((sent) => sendCall(store, dashboard.name, sent)));
          expect(await answers).toEqual(group.map((sent) => model.execute(sent)));
        }
        const { revision, counters } = toSnapshot(dashboard);
        const stored = await store.readSnapshot(dashboard.name);
        expect([stored.revision, stored.counters]).toEqual([revision, counters]);
        expect(await replayLedger(store, dashboard.name, Object.keys(counters))).toEqual(counters);
        await expectPointsToSumUp(store, dashboard);
      });
      await fc.assert(property, { numRuns: 60 });

      const toComparable = (counters: Dashboard['counters']): unknown =>
        make.exceptions?.totals === undefined
          ? counters
          : new Map([...counters].map(([key, { definition, value: last }]) => [key, { definition, value: last }]));
      const stored = await ((await reopen?.()) ?? store).readAllDashboards();
      const byName = (dashboards: readonly Dashboard[]) =>
        new Map(dashboards.map(({ name: key, revision, counters }) => [key, [revision, toComparable(counters)]]));
      expect(byName(stored)).toEqual(byName(models.map(({ dashboard }) => dashboard)));
    }, 60_000);
  });
}
