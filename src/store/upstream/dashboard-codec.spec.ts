/** States that a relay makes of what its upstream tells. */
import type { Dashboard } from '../../counters/counters.js';
import { moveDashboard } from './dashboard-codec.js';

const DASHBOARD: Dashboard = {
  name: 'shop',
  settings: {},
  version: 1,
  epoch: 'e1',
  revision: 4,
  at: 4,
  counters: new Map([
    ['sales', { definition: {}, value: 3, added: 5n, removed: 2n }],
    ['stock', { definition: { kind: 'gauge' }, value: 7, added: 0n, removed: 0n }],
  ]),
};
const createSnapshot = (sales: number, stock: number) => ({
  dashboard: 'shop',
  epoch: 'e1',
  revision: 5,
  at: 5,
  counters: { sales, stock },
  added: { sales: sales + 2 },
});

it('a snapshot leads to an outcome with the counters that differ', () => {
  const { dashboard, outcome } = moveDashboard(DASHBOARD, createSnapshot(4, 7));
  expect(outcome).toMatchObject({
    revision: 5,
    at: 5,
    counters: { sales: 4 },
    added: { sales: 6 },
    removed: { sales: 2 },
  });
  expect(dashboard).toMatchObject({ revision: 5, at: 5 });
});

it('a gauge that was set to the value that it has is in the outcome, so that viewers get to know the revision', () => {
  const { outcome } = moveDashboard(DASHBOARD, createSnapshot(3, 7));
  expect(outcome).toMatchObject({ revision: 5, counters: { stock: 7 }, added: {}, removed: {} });
});
