/** The part of the store's contract that holds for anything whatever: any sequence of change sets equals the pure fold. */
import * as fc from 'fast-check';
import {
  advance,
  applyChanges,
  type Change,
  type ChangeSet,
  type Counter,
  type Dashboard,
} from '../counters/counters.js';
import { isRefusal, snapshotOf } from '../counters/counters.js';
import { type Make, pointsOf } from './store.make.contract.js';
import { BUCKETS, type CounterStore } from './store.js';

const NAMES = ['a', 'b', 'c'];
const ALL = Number.MAX_SAFE_INTEGER;

const amount = fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 1_000_000_000 }));
const value = fc.oneof(fc.nat(5), fc.nat(ALL), fc.constant(ALL));
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
/** Change sets that are sent at once, group after group. */
const groups = fc.array(fc.array(request, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 6 });
type Request = Pick<ChangeSet, 'changes'> & { readonly key: string | undefined };

/** A dashboard as the pure rule makes it, and what was answered under its keys. */
class Model {
  readonly dashboard: Dashboard & { counters: Map<string, Counter> };
  readonly #answers = new Map<string, { payload: string; answer: string }>();

  constructor(name: string) {
    const counters = NAMES.map((one): [string, Counter] => [one, { value: 0, added: 0n, removed: 0n }]);
    this.dashboard = { name, epoch: '', revision: 0, at: 0, counters: new Map(counters) };
  }

  /** What a change set is answered with: the revision, or the code of the refusal. */
  answerTo({ changes, key }: Request): string {
    const earlier = key === undefined ? undefined : this.#answers.get(key);
    const payload = JSON.stringify(changes);
    if (earlier) return earlier.payload === payload ? `${earlier.answer} again` : 'key-reused';
    const result = applyChanges(this.dashboard, changes, 0);
    if (!isRefusal(result)) advance(this.dashboard, result);
    const answer = isRefusal(result) ? result.code : `revision ${result.revision}`;
    if (key !== undefined) this.#answers.set(key, { payload, answer });
    return answer;
  }
}

async function answerOf(store: CounterStore, dashboard: string, { changes, key }: Request): Promise<string> {
  const again = (replayed: boolean): string => (replayed ? ' again' : '');
  return store.apply({ dashboard, changes, ...(key !== undefined && { key }) }).then(
    ({ revision, replayed }) => `revision ${revision}${again(replayed)}`,
    ({ code, replayed }: { code: string; replayed: boolean }) => `${code}${again(replayed)}`,
  );
}

/** The values that come of the changes in the ledger, one after the other. */
async function replayLedger(store: CounterStore, dashboard: string): Promise<Record<string, number>> {
  const values = Object.fromEntries(NAMES.map((name) => [name, 0]));
  for (const { changes } of await store.ledger(dashboard, 0, 1_000)) {
    for (const step of changes) {
      values[step.counter] = 'by' in step ? (values[step.counter] ?? 0) + step.by : step.to;
    }
  }
  return values;
}

async function expectPointsToSumUp(store: CounterStore, dashboard: Dashboard): Promise<void> {
  for (const [name, { value: last, added, removed }] of dashboard.counters) {
    for (const { stepMs } of BUCKETS) {
      const points = await pointsOf(store, name, stepMs, dashboard.name);
      expect(points.reduce((sum, point) => sum + point.added, 0n)).toBe(added);
      expect(points.reduce((sum, point) => sum + point.removed, 0n)).toBe(removed);
      expect(points.at(-1)?.value ?? 0).toBe(last);
      expect(points.every(({ at }) => at % stepMs === 0)).toBe(true);
      const times = points.map(({ at }) => at);
      expect(times).toEqual([...new Set(times)].toSorted((one, other) => one - other));
    }
  }
}

export function describeStoreFold(name: string, make: Make): void {
  describe(`${name}: any sequence of change sets`, () => {
    it('equals the pure fold; the ledger replays to the snapshot; the points sum up to the totals', async () => {
      const { store, reopen } = await make();
      const models: Model[] = [];
      const property = fc.asyncProperty(groups, async (sequence) => {
        const model = new Model(`run-${models.length}`);
        models.push(model);
        const { dashboard } = model;
        await store.define(dashboard.name, { counters: Object.fromEntries(NAMES.map((one) => [one, {}])) });
        for (const group of sequence) {
          const answers = Promise.all(group.map((one) => answerOf(store, dashboard.name, one)));
          expect(await answers).toEqual(group.map((one) => model.answerTo(one)));
        }
        const { revision, counters } = snapshotOf(dashboard);
        expect(await store.snapshot(dashboard.name)).toMatchObject({ revision, counters });
        expect(await replayLedger(store, dashboard.name)).toEqual(counters);
        await expectPointsToSumUp(store, dashboard);
      });
      await fc.assert(property, { numRuns: 60 });

      const kept = await ((await reopen?.()) ?? store).dashboards();
      expect(kept.map((one) => [one.name, one.revision, one.counters])).toEqual(
        models.map(({ dashboard }) => [dashboard.name, dashboard.revision, dashboard.counters]),
      );
    }, 60_000);
  });
}
