/** Viewers when counters are added and deleted, and when their dashboard is deleted. */
import { ViewerAdmission } from '../../src/dashboard/live/viewer-admission.js';
import { startShop } from '../support/api-client.js';
import { eventually } from '../support/cleanup.js';
import { formatHandshake } from '../harness/http-text.js';
import { connectRaw, watchRaw } from '../support/raw-http.js';
import { watchSse } from '../support/sse-viewer.js';
import { watchBare, watchV1 } from '../support/websocket-viewer.js';

const MEMORY = { STORE: 'memory', BROADCAST_MIN_MS: 0 } as const;
const SHOP = '/dashboards/shop';
const formatAddRoute = (counter: string) => `POST ${SHOP}/counters/${counter}/add`;

/** Connects a viewer of each kind. */
async function watchWithEachKind(url: string, path: string) {
  return { bare: await watchBare(url, path), v1: await watchV1(url, path), stream: await watchSse(url + path) };
}

describe('a deleted dashboard', () => {
  it('closes its viewers with 4404, and a new dashboard of the same name has another epoch', async () => {
    const { app, url, port, call, epoch } = await startShop(MEMORY);
    const whole = await watchWithEachKind(url, SHOP);
    const some = await watchWithEachKind(url, `${SHOP}?counters=sales`);
    const main = await watchBare(url);
    expect((await call(`DELETE ${SHOP}`)).status).toBeLessThan(300);
    for (const { bare, v1, stream } of [whole, some]) {
      for (const viewer of [bare, v1]) {
        await viewer.waitFor(({ closed }) => closed !== undefined);
        expect(viewer.closed).toEqual({ code: 4_404, reason: 'dashboard gone' });
      }
      await stream.waitFor(({ endedAs }) => endedAs !== undefined);
      expect([stream.endedAs, stream.comments]).toEqual(['complete', ['4404 dashboard gone']]);
    }
    await eventually(() => app.get(ViewerAdmission).viewerCount === 1);
    const returning = await connectRaw(port);
    returning.send(formatHandshake({}, `GET ${SHOP}`));
    expect((await returning.readResponse()).status).toBe(404);
    expect((await call(`GET ${SHOP}`, undefined, { Accept: 'text/event-stream' })).status).toBe(404);

    await call(`PUT ${SHOP}`, { counters: { sales: {} } });
    const recreated = await watchV1(url, SHOP);
    await call(formatAddRoute('sales'));
    await recreated.waitForValues({ sales: 1 });
    expect(recreated.frames[0]).toMatchObject({ type: 'snapshot', epoch: expect.not.stringMatching(epoch) });
    await call('POST /order');
    await main.waitForValues({ orders: 1 });
  });

  it('does not wait for viewers that do not answer the close', async () => {
    const { app, port, call } = await startShop(MEMORY);
    const client = await connectRaw(port);
    client.send(formatHandshake({}, `GET ${SHOP}`));
    await client.readResponse();
    const other = await watchRaw(port);
    await call(`DELETE ${SHOP}`);
    expect(await client.readCloseCode()).toBe(4_404);
    await eventually(() => app.get(ViewerAdmission).viewerCount === 1);
    expect(other.closed).toBe(false);
  });
});

describe('a deleted counter', () => {
  it('disappears from all viewers with a snapshot', async () => {
    const { url, call } = await startShop(MEMORY);
    const viewers = [await watchWithEachKind(url, SHOP), await watchWithEachKind(url, `${SHOP}?counters=sales,visits`)];
    await call(formatAddRoute('sales'));
    for (const { bare, v1, stream } of viewers) {
      for (const viewer of [bare, v1, stream]) await viewer.waitForValues({ sales: 1, visits: 0 });
    }
    await call(`DELETE ${SHOP}/counters/visits`);
    for (const { bare, v1, stream } of viewers) {
      for (const viewer of [bare, v1, stream]) {
        await viewer.waitFor(({ states }) => states.length === 3);
        expect(viewer.states.at(-1)?.counters).toEqual({ sales: 1 });
      }
      expect(v1.last).toMatchObject({ type: 'snapshot', revision: 2, counters: { sales: 1 } });
      expect(stream.last).toEqual(v1.last);
    }
    await call(formatAddRoute('sales'));
    for (const { v1 } of viewers) {
      await v1.waitForValues({ sales: 2 });
      expect(v1.last).toMatchObject({ type: 'patch', from: 2, counters: { sales: 2 } });
    }
  });

  it('closes viewers that watch nothing else, and tells viewers that did not show it only of the definition', async () => {
    const { url, call } = await startShop(MEMORY);
    const { bare, v1, stream } = await watchWithEachKind(url, `${SHOP}?counters=visits`);
    const other = await watchV1(url, `${SHOP}?counters=sales`);
    await call(`DELETE ${SHOP}/counters/visits`);
    for (const viewer of [bare, v1]) {
      await viewer.waitFor(({ closed }) => closed !== undefined);
      expect(viewer.closed?.code).toBe(4_404);
    }
    await stream.waitFor(({ endedAs }) => endedAs !== undefined);
    await call(formatAddRoute('sales'));
    await other.waitForValues({ sales: 1 });
    expect(other.frames).toMatchObject([
      { type: 'snapshot', definition: 1 },
      { type: 'definition', version: 2 },
      { type: 'patch', from: 0, revision: 2 },
    ]);
  });

  it('that is defined again appears again at 0 for viewers whose filter has it', async () => {
    const { url, call } = await startShop(MEMORY);
    const viewer = await watchV1(url, `${SHOP}?counters=sales,visits`);
    await call(formatAddRoute('visits'));
    await viewer.waitForValues({ visits: 1 });
    await call(`DELETE ${SHOP}/counters/visits`);
    await viewer.waitFor(({ states }) => states.at(-1)?.counters['visits'] === undefined);
    await call(`PUT ${SHOP}`, { counters: { visits: {} } });
    await viewer.waitForValues({ sales: 0, visits: 0 });
  });
});

it('a new counter appears at 0 for viewers without a filter', async () => {
  const { url, call } = await startShop(MEMORY);
  const { bare, v1, stream } = await watchWithEachKind(url, SHOP);
  const some = await watchV1(url, `${SHOP}?counters=sales`);
  await call(`PUT ${SHOP}`, { counters: { returns: {} } });
  for (const viewer of [bare, v1, stream]) await viewer.waitForValues({ sales: 0, visits: 0, returns: 0 });
  expect(v1.last).toMatchObject({ type: 'patch', from: 0, revision: 1, counters: { returns: 0 } });
  expect(stream.last).toEqual(v1.last);
  expect(bare.last).toEqual({ sales: 0, visits: 0, returns: 0 });
  await call(formatAddRoute('sales'));
  await some.waitForValues({ sales: 1 });
  expect(some.frames).toMatchObject([{ type: 'snapshot' }, { type: 'definition', version: 2 }, { type: 'patch' }]);
});
