/** Viewers never see a change that is not on disk yet. */
import { CounterStore } from '../../src/store/store.js';
import { startApp } from '../support/app.js';
import { watchBare, watchV1 } from '../support/websocket-viewer.js';

it.each([
  ['bare', watchBare],
  ['tallyboard.v1', watchV1],
] as const)('a %s viewer sees a change only when it is durable', async (_, watch) => {
  const { app, url } = await startApp({ BROADCAST_MIN_MS: 0, HEARTBEAT_MS: 100 });
  const store = app.get(CounterStore);
  const apply = store.apply.bind(store);
  const disk = { flush: () => {} };
  const flushed = new Promise<void>((resolve) => (disk.flush = resolve));
  store.apply = async (changeSet) => {
    const outcome = await apply(changeSet);
    await flushed;
    return outcome;
  };
  const viewer = await watch(url);
  const posted = fetch(`${url}/order`, { method: 'POST' });
  await viewer.waitFor(({ frames }) => frames.length >= 4);
  expect(new Set(viewer.states.map(({ counters }) => counters['orders']))).toEqual(new Set([0]));
  disk.flush();
  expect((await posted).status).toBe(200);
  await viewer.waitForValues({ orders: 1 });
});
