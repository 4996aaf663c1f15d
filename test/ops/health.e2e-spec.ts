/** Health as probes ask for it: alive as long as the loop turns, ready as long as the store answers and no stop was asked for. */
import { CounterStore } from '../../src/store/store.js';
import { startApi } from '../support/api-client.js';
import { eventually } from '../support/cleanup.js';
import { formatRequest } from '../harness/http-text.js';
import { connectRaw, watchRaw } from '../support/raw-http.js';
import { startService } from '../support/service.js';

const UP = { status: 'up', responseTime: expect.any(Number) };

it('a service that runs is alive and ready, and nothing of that is kept', async () => {
  const { call } = await startApi();
  const ready = await call('GET /health/ready');
  const info = { instance: { status: 'up' }, store: UP };
  expect(ready).toMatchObject({ status: 200, body: { status: 'ok', info, error: {}, details: info } });
  const live = await call('GET /health/live');
  expect(live).toMatchObject({ status: 200, body: { status: 'ok', info: {}, error: {}, details: {} } });
  expect([ready, live].map(({ headers }) => headers.get('cache-control'))).toEqual(['no-store', 'no-store']);
});

it('asked for more it says what an acknowledged change survives, whether it is ready or not', async () => {
  const { app, call } = await startApi({ STORE: 'memory' });
  const { durability } = app.get(CounterStore);
  expect(durability.acknowledged).toMatch(/^(in|on) the /);
  const { body } = await call('GET /health/ready?verbose');
  expect([body.info.store, body.details.store, body.error]).toEqual([{ ...UP, durability }, { ...UP, durability }, {}]);
  await app.get(CounterStore).close();
  const { status, body: down } = await call('GET /health/ready?verbose=1');
  expect([status, down.error.store.durability]).toEqual([503, durability]);
});

it('a store that is away makes it not ready, without a word of what is wrong inside, and leaves it alive', async () => {
  const { app, call } = await startApi();
  await app.get(CounterStore).close();
  const down = { status: 'down', message: 'the store cannot be reached', responseTime: expect.any(Number) };
  const { status, body } = await call('GET /health/ready');
  expect([status, body.status, body.error]).toEqual([503, 'error', { store: down }]);
  expect((await call('GET /health/live')).status).toBe(200);
});

it('before a stop it is not ready, and does all else as before; then it is alive until its end', async () => {
  const { url, port, child, stop, output } = await startService({ STORE: 'memory', READY_GRACE_MS: '1000' });
  const probe = await connectRaw(port);
  const statusAt = async (path: string): Promise<number> => {
    const client = await connectRaw(port);
    client.send(formatRequest(`GET ${path}`));
    return (await client.readResponse()).status;
  };
  const ask = async (path: string) => {
    probe.send(formatRequest(`GET ${path}`));
    const { status, body } = await probe.readResponse();
    return { status, body: JSON.parse(body) as Readonly<Record<string, unknown>> };
  };
  expect((await ask('/health/ready')).status).toBe(200);
  const ended = stop();
  await eventually(async () => (await ask('/health/ready')).status === 503);
  const { body } = await ask('/health/ready');
  expect(body).toMatchObject({ status: 'error', error: { instance: { status: 'down', message: 'stopping' } } });
  // All as before, until the time is over.
  const viewer = await watchRaw(port);
  await viewer.readFrame();
  expect((await fetch(`${url}/order`, { method: 'POST' })).status).toBe(200);
  expect((await viewer.readFrame()).payload.toString()).toContain('"orders":1');
  expect(output()).toContain('reporting not ready');
  // The viewer does not go: so there is a while in which the stop goes on. Idle connections are closed by then.
  expect(await viewer.readCloseCode()).toBe(1_012);
  await probe.waitForClose();
  expect([await statusAt('/health/live'), await statusAt('/health/ready'), await statusAt('/dashboard')]).toEqual([
    200, 503, 503,
  ]);
  viewer.socket.destroy();
  expect([await ended, child.exitCode]).toEqual([0, 0]);
});

it('a second signal ends it before the time to notice is over', async () => {
  const { stop } = await startService({ STORE: 'memory', READY_GRACE_MS: '600000' });
  const ended = stop('SIGTERM');
  await stop('SIGINT');
  expect(await ended).toBe(1);
});
