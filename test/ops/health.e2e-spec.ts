/** Health checks: alive while the process responds, ready while the store responds and no shutdown has begun. */
import { CounterStore } from '../../src/store/store.js';
import { startApi } from '../support/api-client.js';
import { eventually } from '../support/cleanup.js';
import { formatRequest } from '../harness/http-text.js';
import { connectRaw, watchRaw } from '../support/raw-http.js';
import { startService } from '../support/service.js';

const UP = { status: 'up', responseTime: expect.any(Number) };

it('a running service is alive and ready, and the responses are not cached', async () => {
  const { call } = await startApi();
  const ready = await call('GET /health/ready');
  const info = { instance: { status: 'up' }, store: UP };
  expect(ready).toMatchObject({ status: 200, body: { status: 'ok', info, error: {}, details: info } });
  const live = await call('GET /health/live');
  expect(live).toMatchObject({ status: 200, body: { status: 'ok', info: {}, error: {}, details: {} } });
  expect([ready, live].map(({ headers }) => headers.get('cache-control'))).toEqual(['no-store', 'no-store']);
});

it('verbose readiness includes the durability of the store, whether ready or not', async () => {
  const { owner, call } = await startApi({ STORE: 'memory' });
  const { durability } = owner.get(CounterStore);
  expect(durability.acknowledged).toMatch(/^(only )?(in|on) the /);
  const { body } = await call('GET /health/ready?verbose');
  const details = { ...UP, durability, clockOffsetMs: 0 };
  expect([body.info.store, body.details.store, body.error]).toEqual([details, details, {}]);
  await owner.get(CounterStore).close();
  const { status, body: down } = await call('GET /health/ready?verbose=1');
  expect([status, down.error.store.durability]).toEqual([503, durability]);
});

it('an unavailable store makes the service not ready, without details, and leaves it alive', async () => {
  const { owner, call } = await startApi();
  await owner.get(CounterStore).close();
  const down = { status: 'down', message: 'the store cannot be reached', responseTime: expect.any(Number) };
  const { status, body } = await call('GET /health/ready');
  expect([status, body.status, body.error]).toEqual([503, 'error', { store: down }]);
  expect((await call('GET /health/live')).status).toBe(200);
});

it('during READY_GRACE_MS the service is not ready but works as before, and it stays alive until it ends', async () => {
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
  // Works as before until the grace period ends.
  const viewer = await watchRaw(port);
  await viewer.readFrame();
  expect((await fetch(`${url}/order`, { method: 'POST' })).status).toBe(200);
  expect((await viewer.readFrame()).payload.toString()).toContain('"orders":1');
  await eventually(() => output().includes('reporting not ready'));
  // The viewer does not answer the close frame, so the shutdown takes a while. Idle connections are closed by then.
  expect(await viewer.readCloseCode()).toBe(1_012);
  await probe.waitForClose();
  expect([await statusAt('/health/live'), await statusAt('/health/ready'), await statusAt('/dashboard')]).toEqual([
    200, 503, 503,
  ]);
  viewer.socket.destroy();
  expect([await ended, child.exitCode]).toEqual([0, 0]);
});

it('a second signal ends the process during READY_GRACE_MS', async () => {
  const { stop } = await startService({ STORE: 'memory', READY_GRACE_MS: '600000' });
  const ended = stop('SIGTERM');
  await stop('SIGINT');
  expect(await ended).toBe(1);
});
