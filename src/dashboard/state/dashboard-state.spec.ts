/** Replacing the state of a dashboard with one that was read completely from the store. */
import type { Counter, Dashboard } from '../../counters/counters.js';
import { DashboardState } from './dashboard-state.js';
import { OpenPeriods } from './open-periods.js';

const counter = (added: bigint, removed = 0n, title?: string): Counter => ({
  definition: title === undefined ? {} : { title },
  value: Number(added - removed),
  added,
  removed,
});
const dashboard = (
  revision: number,
  counters: Readonly<Record<string, Counter>>,
  epoch = 'e1',
  version = 1,
): Dashboard => ({
  name: 'shop',
  settings: {},
  version,
  epoch,
  revision,
  at: revision,
  counters: new Map(Object.entries(counters)),
});
const RECKONING = { timeZone: 'UTC', dayStartsAt: '00:00', weekStartsOn: 'monday' } as const;
const createState = () => new DashboardState(dashboard(5, { sales: counter(5n, 0n, 'Sales'), visits: counter(2n) }));

describe('replacing a state', () => {
  it('with a later one of the same epoch returns changed, added and removed counters', () => {
    const state = createState();
    const next = dashboard(9, { sales: counter(7n, 2n), returns: counter(0n) }, 'e1', 2);
    expect(state.replace(next)).toEqual({ changed: { sales: 5, returns: 0 }, removed: ['visits'], isRedefined: true });
    expect(state.toSnapshot({ totals: true })).toEqual({
      dashboard: 'shop',
      epoch: 'e1',
      revision: 9,
      at: 9,
      counters: { sales: 5, returns: 0 },
      added: { sales: 7, returns: 0 },
    });
    expect(state.getDefinition('sales')).toEqual({});
    expect(state.replace(next)).toEqual({ changed: {}, removed: [], isRedefined: false });
  });

  it('with a later one that differs in the revision alone returns its gauges, so that viewers get to know it', () => {
    const gauge: Counter = { ...counter(0n), definition: { kind: 'gauge' }, value: 7 };
    const state = new DashboardState(dashboard(5, { sales: counter(5n), stock: gauge }));
    const next = dashboard(6, { sales: counter(5n), stock: gauge });
    expect(state.replace(next)).toEqual({ changed: { stock: 7 }, removed: [], isRedefined: false });
  });

  it.each([
    ['before a period began adds nothing to it', 99, 0],
    ['in a period adds to it until the period is read again', 100, 2],
  ])('with changes dated %s', (_, at, added) => {
    const state = createState();
    state.periods = new OpenPeriods(RECKONING, undefined);
    state.periods.open('hour', { start: 100, end: 200 }, new Map([['sales', { added: 5, removed: 0 }]]));
    state.replace({ ...dashboard(6, { sales: counter(7n), visits: counter(2n) }), at });
    expect(state.toSnapshot({ periods: ['hour'] }).periods?.hour?.added).toMatchObject({ sales: added });
  });

  it('with changes of the next period begins that', () => {
    const state = createState();
    state.periods = new OpenPeriods(RECKONING, undefined);
    state.periods.open('hour', { start: 0, end: 3_600_000 }, new Map());
    state.replace({ ...dashboard(6, { sales: counter(7n), visits: counter(2n) }), at: 3_600_001 });
    expect(state.toSnapshot({ periods: ['hour'] }).periods?.hour).toMatchObject({
      start: 3_600_000,
      added: { sales: 2 },
    });
  });

  it('makes older outcomes have no effect', () => {
    const state = createState();
    state.replace(dashboard(9, { sales: counter(7n) }));
    const outdated = { dashboard: 'shop', revision: 8, at: 8, replayed: false } as const;
    const counters = { sales: 6, visits: 3 };
    expect(state.apply({ ...outdated, counters, added: counters, removed: {} })).toBe(false);
    expect(state.toSnapshot().counters).toEqual({ sales: 7 });
  });

  it.each([
    ['another epoch', dashboard(0, { sales: counter(0n) }, 'e2')],
    ['an earlier revision', dashboard(4, { sales: counter(4n) })],
  ])('with %s resets it, and the outcomes that follow apply', (_, next) => {
    const state = createState();
    expect(state.replace(next)).toBe('reset');
    const { epoch, revision, at } = next;
    expect(state.toSnapshot()).toEqual({ dashboard: 'shop', epoch, revision, at, counters: { sales: revision } });
    const counters = { sales: 9, visits: 1 };
    const outcome = { dashboard: 'shop', revision: revision + 1, at: 9, replayed: false } as const;
    expect(state.apply({ ...outcome, counters, added: counters, removed: {} })).toBe(true);
    expect(state.toSnapshot().counters).toEqual(counters);
  });
});
