/** The past equals what viewers saw then, over random histories of months with counters that come and go. */
import { assert, asyncProperty, constantFrom, integer, oneof, record, array } from 'fast-check';
import type { Clock } from '../../clock/clock.js';
import { Config } from '../../config/config.js';
import type { PastSnapshot } from '../../counters/counters.js';
import { type Period, PERIODS } from '../../counters/definition.js';
import { TestClock } from '../../store/contract/fixtures.contract.js';
import { MemoryStore } from '../../store/memory/memory.store.js';
import type { DashboardDefinition } from '../../store/store.js';
import { DashboardService } from '../dashboard.service.js';
import { ExclusiveStateCache } from '../state/exclusive-state-cache.js';
import { AsOfService } from './as-of.service.js';

const [SECOND, MINUTE, DAY] = [1_000, 60_000, 86_400_000];
const LIMITS = { maxCounters: 10, maxDashboards: 10 };
const RETENTION = { keyTtlMs: DAY, ledgerRetentionMs: 400 * DAY, maxLedgerEntries: 1_000_000 };
const COUNTERS = ['orders', 'refunds', 'queue'] as const;
const DEFINITION: DashboardDefinition = {
  timeZone: 'Asia/Kathmandu',
  counters: { orders: {}, refunds: { min: null }, queue: { kind: 'gauge' } },
  measures: { net: { sum: ['orders', '-refunds'] } },
};

interface Scene {
  readonly clock: TestClock;
  readonly store: MemoryStore;
  readonly dashboards: DashboardService;
  readonly asOf: AsOfService;
}

async function createScene(retention: Partial<typeof RETENTION> = {}): Promise<Scene> {
  const clock = new TestClock();
  const store = new MemoryStore({ ...RETENTION, ...retention }, LIMITS, clock);
  // The service reads nothing but the time.
  const serviceClock = clock as unknown as Clock;
  const dashboards = new DashboardService(store, new ExclusiveStateCache(store), new Config(), serviceClock);
  await dashboards.onModuleInit();
  await dashboards.define('shop', DEFINITION);
  return { clock, store, dashboards, asOf: new AsOfService(dashboards, store, serviceClock) };
}

/** What a viewer sees at this moment, beside the revision and the time. */
async function look({ clock, dashboards }: Scene, periods: readonly Period[] = PERIODS) {
  const state = await dashboards.getLatest('shop');
  await dashboards.openPeriods(state, periods);
  return { seenMs: clock.nowMs, ...state.toSnapshot({ totals: true, periods }) };
}

type Seen = Awaited<ReturnType<typeof look>>;

const step = record({
  // Most are close together, so that several fall into one row, and some lead over the ages of rows.
  afterMs: oneof(
    integer({ min: 0, max: 900 }),
    integer({ min: 0, max: 40 * SECOND }),
    integer({ min: 0, max: 50 * MINUTE }),
    integer({ min: 0, max: 9 * DAY }),
  ),
  counter: constantFrom(...COUNTERS),
  action: constantFrom('add', 'add', 'remove', 'set', 'look', 'look', 'recreate'),
  amount: integer({ min: 0, max: 50 }),
});

interface Step {
  readonly afterMs: number;
  readonly counter: string;
  readonly action: string;
  readonly amount: number;
}

async function play(scene: Scene, steps: readonly Step[]) {
  const { clock, dashboards } = scene;
  const seen: Seen[] = [];
  const recreated = new Map<string, number>();
  for (const { afterMs, counter, action, amount } of steps) {
    clock.nowMs += afterMs;
    const change = { dashboard: 'shop', changes: [{ counter, by: action === 'remove' ? -amount : amount }] };
    if (action === 'look') {
      seen.push(await look(scene));
      // A later change of the same millisecond is at the moment too.
      clock.nowMs += 1;
    } else if (action === 'set') await dashboards.apply({ dashboard: 'shop', changes: [{ counter, to: amount }] });
    else if (action !== 'recreate') await dashboards.apply(change).catch(() => undefined);
    else if (counter === 'queue') {
      // The measure holds the others.
      await dashboards.remove('shop', counter);
      clock.nowMs += amount;
      await dashboards.define('shop', DEFINITION);
      recreated.set(counter, clock.nowMs);
    }
  }
  return { seen, recreated };
}

/** A counter that was created since is 0 in the past, whatever its namesake had. */
function withoutNamesakes(seen: Seen, recreated: ReadonlyMap<string, number>) {
  const counters = Object.entries(seen.counters).map(([name, value]) => [
    name,
    (recreated.get(name) ?? 0) > seen.seenMs ? 0 : value,
  ]);
  const { seenMs: _, ...snapshot } = seen;
  return { ...snapshot, counters: Object.fromEntries(counters) as Record<string, number> };
}

/** Reads the past, or the code of the refusal. */
const read = ({ asOf }: Scene, atMs: number): Promise<PastSnapshot | string> =>
  asOf.read('shop', { atMs, totals: true, periods: PERIODS }).then(
    ({ snapshot }) => snapshot,
    ({ code }: { code: string }) => code,
  );

/** What the past should be. The hour of this zone begins 15 min before rows of hours do: it needs minutes. */
function expectPast(past: PastSnapshot | string, seen: Seen, recreated: ReadonlyMap<string, number>): unknown {
  if (typeof past === 'string') return seen.revision === 0 ? 'too-far-back' : 'a snapshot';
  const { periods, ...snapshot } = withoutNamesakes(seen, recreated);
  const hour = past.exact ? {} : { hour: past.periods?.hour };
  return { ...snapshot, exact: past.exact, periods: { ...periods, ...hour } };
}

it('is what viewers saw, at every moment that the ledger reaches', async () => {
  let readCount = 0;
  await assert(
    asyncProperty(array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const scene = await createScene();
      const { seen, recreated } = await play(scene, steps);
      for (const one of seen) {
        const past = await read(scene, one.seenMs);
        readCount += 1;
        expect(past).toEqual(expectPast(past, one, recreated));
      }
    }),
    { numRuns: 60 },
  );
  expect(readCount).toBeGreaterThan(50);
});

it('is what stood at the end of the row where the ledger does not reach', async () => {
  const counts = { exact: 0, row: 0 };
  const changes = step.filter(({ action }) => action !== 'recreate');
  await assert(
    asyncProperty(
      array(changes, { minLength: 5, maxLength: 40 }),
      integer({ min: 0, max: 10 }),
      async (steps, kept) => {
        const scene = await createScene({ maxLedgerEntries: kept });
        // A look after each step tells what stood at any time.
        const { seen } = await play(
          scene,
          steps.flatMap((one) => [one, { ...one, afterMs: 0, action: 'look' }]),
        );
        for (const { seenMs } of seen) {
          const past = await read(scene, seenMs);
          if (typeof past === 'string') continue;
          const endMs = past.revision === undefined ? past.at - 1 : seenMs;
          const { counters, added, measures } = seen.findLast((one) => one.seenMs <= endMs) ?? {};
          counts[past.revision === undefined ? 'row' : 'exact'] += 1;
          expect(past).toMatchObject({ counters, added, measures });
        }
      },
    ),
    { numRuns: 40 },
  );
  expect(counts.exact).toBeGreaterThan(50);
  expect(counts.row).toBeGreaterThan(50);
});

it('knows a gauge that was last set before hours and the ledger expired', async () => {
  const scene = await createScene({ maxLedgerEntries: 0 });
  await scene.dashboards.apply({
    dashboard: 'shop',
    changes: [
      { counter: 'queue', to: 7 },
      { counter: 'orders', by: 3 },
    ],
  });
  scene.clock.nowMs += 800 * DAY;
  await scene.dashboards.apply({ dashboard: 'shop', changes: [{ counter: 'orders', by: 1 }] });
  scene.clock.nowMs += 800 * DAY;
  await scene.dashboards.apply({ dashboard: 'shop', changes: [{ counter: 'queue', to: 9 }] });
  for (const [ageMs, counters] of [
    [1, { orders: 4, queue: 7 }],
    [100 * DAY, { orders: 4, queue: 7 }],
    [799 * DAY, { orders: 4, queue: 7 }],
    [802 * DAY, { orders: 3, queue: 7 }],
    [1_599 * DAY, { orders: 3, queue: 7 }],
  ] as const) {
    expect(await read(scene, scene.clock.nowMs - ageMs)).toMatchObject({ exact: false, counters });
  }
  expect(await read(scene, scene.clock.nowMs - 1_602 * DAY)).toBe('too-far-back');
});

it.each([
  ['entries', 20_001, 1],
  ['changes', 101, 1_000],
])('is that at the end of the row where too many %s lie between', async (_, entryCount, changesPerEntry) => {
  const scene = await createScene();
  const changes = Array.from({ length: changesPerEntry }, () => ({ counter: 'orders', by: 1 }));
  const changeSets = Array.from({ length: entryCount }, () => ({ dashboard: 'shop', changes }));
  scene.clock.nowMs -= scene.clock.nowMs % SECOND;
  const startMs = scene.clock.nowMs;
  for (const offsetMs of [100, 900]) {
    scene.clock.nowMs = startMs + offsetMs;
    await scene.store.applyAll(changeSets);
  }
  scene.clock.nowMs += MINUTE;
  await scene.dashboards.apply({ dashboard: 'shop', changes: [{ counter: 'orders', by: 1 }] });
  const half = entryCount * changesPerEntry;
  expect(await read(scene, startMs + 500)).toMatchObject({ exact: false, counters: { orders: 2 * half } });
  expect(await read(scene, startMs + 950)).toMatchObject({ exact: true, counters: { orders: 2 * half } });
});
