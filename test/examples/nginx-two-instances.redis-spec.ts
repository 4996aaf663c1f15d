/** The example with nginx before two instances counts once, shows the same on both, and goes on without one of them. */
import { findFreePorts } from '../harness/free-ports.js';
import { createCaller } from '../support/api-client.js';
import { afterTest, eventually } from '../support/cleanup.js';
import { startExample } from '../support/example.js';

const KEY = { 'Idempotency-Key': 'order-1', Accept: 'application/json' };

it('examples/nginx-two-instances counts once on both instances, and goes on when one of them ends', async () => {
  const [port = 0, first = 0, second = 0, redis = 0] = await findFreePorts(4);
  const ports = { NGINX_PORT: port, FIRST_PORT: first, SECOND_PORT: second, REDIS_PORT: redis };
  const env = Object.fromEntries(Object.entries(ports).map(([name, value]) => [name, String(value)]));
  const { child, ended, stdout, stderr } = startExample('nginx-two-instances/run.sh', [], {
    env: { ...env, LOG_LEVEL: 'error' },
  });
  // Only this signal ends what the script has started.
  afterTest(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  const [front, one, two] = [port, first, second].map((each) => createCaller(`http://127.0.0.1:${each}`));
  const isReady = async (call: typeof front): Promise<boolean> =>
    (await call?.('GET /health/ready').catch(() => undefined))?.status === 200;
  await eventually(async () => {
    if (child.exitCode !== null) throw new Error(`the example ended:\n${stdout()}${stderr()}`);
    return stdout().includes('is nginx') && (await isReady(one)) && (await isReady(two)) && isReady(front);
  });
  expect((await front?.('POST /order', undefined, KEY))?.body).toMatchObject({ replayed: false });
  for (const call of [one, two]) {
    expect((await call?.('POST /order', undefined, KEY))?.body).toMatchObject({ replayed: true });
    expect((await call?.('GET /dashboard'))?.body.counters).toMatchObject({ orders: 1 });
  }

  const [, address, pid] = /^(\S+) is nginx, before the processes (\d+) and \d+$/m.exec(stdout()) ?? [];
  expect(address).toBe(`http://127.0.0.1:${port}`);
  process.kill(Number(pid), 'SIGKILL');
  for (let count = 2; count <= 5; count += 1) {
    const response = await front?.('POST /order', undefined, { ...KEY, 'Idempotency-Key': `order-${count}` });
    expect(response).toMatchObject({ status: 200, body: { counters: { orders: count } } });
  }
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
});
