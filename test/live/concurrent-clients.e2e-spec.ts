/**
 * Many clients change counters while viewers watch: no change is lost, no change set is seen in part, all end on the
 * same values.
 */
import { DashboardService } from '../../src/dashboard/dashboard.service.js';
import { startApp } from '../support/app.js';
import { formatRequest } from '../harness/http-text.js';
import { connectRaw } from '../support/raw-http.js';
import type { ViewerState } from '../harness/viewer-state.js';
import { watchBare, watchV1 } from '../support/websocket-viewer.js';

const CLIENTS = 200;
const STEPS = ['POST', 'POST', 'DELETE', 'POST', 'DELETE', 'DELETE', 'POST', 'DELETE', 'POST', 'POST'];

/** Adds and removes orders, one after the other. Resolves with the sum of the acknowledged changes. */
async function runClient(port: number): Promise<number> {
  const client = await connectRaw(port);
  let changed = 0;
  for (const method of STEPS) {
    client.send(formatRequest(`${method} /order`));
    const { status } = await client.readResponse();
    if (status === 200) changed += method === 'POST' ? 1 : -1;
    else expect([method, status]).toEqual(['DELETE', 400]);
  }
  return changed;
}

/** Changes two counters together, so that a partly visible change set would be noticed. */
async function movePairs(dashboards: DashboardService, moves: number): Promise<void> {
  for (let move = 0; move < moves; move += 1) {
    const by = move % 3 === 2 ? -1 : 1;
    const changes = [
      { counter: 'customers', by },
      { counter: 'products', by },
    ];
    await dashboards.apply({ dashboard: 'main', changes });
  }
}

/** Records the counters of every state as text, by revision. */
async function recordStates(dashboards: DashboardService): Promise<Map<number, string>> {
  const state = await dashboards.watch('main');
  const states = new Map([[state.revision, serializeCounters(state.toSnapshot())]]);
  dashboards.changed$.subscribe(() => states.set(state.revision, serializeCounters(state.toSnapshot())));
  return states;
}

function serializeCounters({ counters }: Pick<ViewerState, 'counters'>): string {
  return JSON.stringify([counters['orders'], counters['customers'], counters['products']]);
}

async function runClientsAndViewers() {
  const running = await startApp({ BROADCAST_MIN_MS: 2 });
  const dashboards = running.app.get(DashboardService);
  const states = await recordStates(dashboards);
  const bare = [await watchBare(running.url), await watchBare(running.url), await watchBare(running.url)];
  const v1 = [await watchV1(running.url), await watchV1(running.url), await watchV1(running.url)];
  const work = Promise.all([
    ...Array.from({ length: CLIENTS }, () => runClient(running.port)),
    movePairs(dashboards, 150).then(() => 0),
    movePairs(dashboards, 150).then(() => 0),
  ]);
  const lateViewers = [watchBare(running.url), watchV1(running.url)] as const;
  const changed = (await work).reduce((sum, count) => sum + count, 0);
  bare.push(await lateViewers[0]);
  v1.push(await lateViewers[1]);
  const final = { orders: changed, customers: 100, products: 100 };
  for (const viewer of bare) await viewer.waitForValues(final);
  for (const viewer of v1) await viewer.waitForValues(final);
  return { ...running, statesByRevision: states, bare, v1, final };
}

it('200 concurrent clients and all viewers agree on every state', async () => {
  const { statesByRevision, bare, v1, final, dashboard } = await runClientsAndViewers();
  expect((await dashboard()).counters).toEqual(final);

  for (const { states } of [...bare, ...v1]) {
    expect(states.filter(({ counters }) => counters['customers'] !== counters['products'])).toEqual([]);
    expect(states.length).toBeGreaterThan(1);
  }
  for (const { states } of v1) {
    const revisions = states.map(({ revision }) => revision);
    expect(revisions).toEqual([...new Set(revisions)].toSorted((a, b) => a - b));
    expect(states.map(serializeCounters)).toEqual(revisions.map((revision) => statesByRevision.get(revision)));
  }
  // Bare frames have no revision. Each must be a recorded state, at or after that of the frame before.
  const history = [...statesByRevision.values()];
  for (const { states } of bare) {
    let position = 0;
    for (const state of states) {
      position = history.indexOf(serializeCounters(state), position);
      expect(position).toBeGreaterThanOrEqual(0);
    }
  }
});
