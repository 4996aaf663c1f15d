/**
 * A store that loses a worker thread refuses calls, reopens the file and continues: no change is lost or applied twice.
 */
import { createCaller } from '../support/api-client.js';
import { eventually } from '../support/cleanup.js';
import { startKillableService } from '../support/killable-service.js';
import { readSnapshot } from '../support/service.js';
import { listStatuses } from '../support/recording-viewer.js';
import { watchV1 } from '../support/websocket-viewer.js';

const ROUNDS = 5;
const CLIENTS = 8;

describe('a service that loses the writer thread', () => {
  it('applies each key once under load; viewers stay connected, get a degraded status, and end on the result', async () => {
    const service = await startKillableService();
    const viewer = await watchV1(service.url, '/dashboard?totals');
    const { epoch } = await readSnapshot(service);
    const keys: string[] = [];
    const order = async (key: string): Promise<number> => {
      const response = await fetch(`${service.url}/order`, { method: 'POST', headers: { 'Idempotency-Key': key } });
      await response.arrayBuffer();
      return response.status;
    };
    for (let round = 0; round < ROUNDS; round += 1) {
      const load = { running: true };
      const statuses = new Set<number>();
      const failed: string[] = [];
      const sendOrders = async (): Promise<void> => {
        while (load.running) {
          const key = `key-${keys.length}`;
          keys.push(key);
          const status = await order(key);
          statuses.add(status);
          if (status !== 200) failed.push(key);
        }
      };
      const counted = keys.length;
      const clients = Array.from({ length: CLIENTS }, sendOrders);
      await eventually(() => keys.length > counted + 50);
      await service.killThread('writer');
      await eventually(() => failed.length > 0);
      await viewer.waitFor(({ frames }) => listStatuses(frames).at(-1) === true);
      const late = round === 0 ? await watchV1(service.url) : undefined;
      await late?.waitFor(({ frames }) => frames.length > 1);
      expect(late?.frames.map(({ type }) => type) ?? []).toEqual(late ? ['snapshot', 'status'] : []);
      load.running = false;
      await Promise.all(clients);
      expect(statuses).toEqual(new Set([200, 503]));

      service.allowRestart('writer');
      await eventually(async () => (await order(failed[0] ?? '')) === 200);
      for (const key of failed) expect(await order(key)).toBe(200);
      expect(await readSnapshot(service)).toMatchObject({
        epoch,
        revision: keys.length,
        counters: { orders: keys.length },
      });
    }
    await viewer.waitForValues({ orders: keys.length });
    await viewer.waitFor(({ frames }) => listStatuses(frames).at(-1) === false);
    expect(listStatuses(viewer.frames)).toEqual(listStatuses(viewer.frames).map((_, index) => index % 2 === 0));
    // Nothing was removed, so the total added equals the value, whatever replies were lost.
    expect(viewer.states.every(({ counters, added }) => added?.['orders'] === counters['orders'])).toBe(true);
    const revisions = viewer.states.map(({ revision }) => revision);
    expect(revisions).toEqual(revisions.toSorted((a, b) => a - b));
    expect(viewer.closed).toBeUndefined();
    await eventually(() => service.output().includes('store available again after'));
    expect(service.output()).toContain('reopening the store');
    expect(await service.stop()).toBe(0);
  });

  it('while it stops ends with 0 all the same, and says so', async () => {
    const service = await startKillableService();
    await fetch(`${service.url}/order`, { method: 'POST' });
    service.killThreadAtClose('writer');
    expect(await service.stop()).toBe(0);
    expect(service.output()).toContain('the database was not closed in order');
  });
});

describe('a service that loses the reader thread', () => {
  it('applies changes, refuses reads, and reads again once the thread can start', async () => {
    const service = await startKillableService();
    const call = createCaller(service.url);
    const read = () => call('GET /dashboards/main/changes');
    expect((await read()).status).toBe(200);
    await service.killThread('reader');
    expect((await call('POST /order')).status).toBe(200);
    await eventually(async () => {
      const { status, body } = await read();
      if (status === 503) expect(body).toMatchObject({ code: 'store-unavailable' });
      return status === 503;
    });
    expect((await call('POST /order')).status).toBe(200);
    service.allowRestart('reader');
    await eventually(async () => (await read()).status === 200);
    expect((await read()).body.entries).toHaveLength(2);
    expect(await service.stop()).toBe(0);
  });
});

it('a hanging store makes readiness fail with a timeout until it responds, for any number of requests', async () => {
  const { url, hangThread } = await startKillableService();
  const call = createCaller(url);
  const resume = hangThread('writer');
  await eventually(async () => (await call('GET /health/ready')).status === 503);
  const answers = await Promise.all(Array.from({ length: 20 }, () => call('GET /health/ready')));
  expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(503));
  expect(answers[0]?.body.error).toMatchObject({ store: { status: 'down', message: 'timeout of 800ms exceeded' } });
  expect((await call('GET /health/live')).status).toBe(200);
  resume();
  await eventually(async () => (await call('GET /health/ready')).status === 200);
});
