/** A full disk: changes are refused and not applied, and are accepted again once there is space. */
import { execFileSync } from 'node:child_process';
import { createCaller } from '../support/api-client.js';
import { createTempDirectory } from '../support/temp-directory.js';
import { type Service, readSnapshot, startService } from '../support/service.js';
import { eventually } from '../support/cleanup.js';
import { listStatuses } from '../support/recording-viewer.js';
import { watchV1 } from '../support/websocket-viewer.js';

/**
 * Limits files to 1 MiB (2,048 blocks of 512 bytes). Simulates a full disk without the privileges to mount a small file
 * system.
 */
const LIMIT_FILE_SIZE = 'ulimit -S -f 2048';
const CLIENTS = 16;

function order({ url }: Service, key: string): Promise<Response> {
  return fetch(`${url}/order`, { method: 'POST', headers: { 'Idempotency-Key': key } });
}

/**
 * Sends orders until nothing fits any more: concurrently first, then one by one, since a single change is smaller than
 * a group.
 * @returns the keys of applied and of refused orders, and the first refusal
 */
async function orderUntilFull(service: Service): Promise<{ counted: string[]; refused: string[]; first: Response }> {
  const [counted, refused]: [string[], string[]] = [[], []];
  let first: Response | undefined;
  const orderOnce = async (name: string): Promise<boolean> => {
    // A long key fills the disk sooner.
    const key = name.padEnd(255, 'x');
    const response = await order(service, key);
    (response.ok ? counted : refused).push(key);
    if (!response.ok) first ??= response;
    return response.ok;
  };
  const sendOrders = async (_: unknown, number: number): Promise<void> => {
    for (let turn = 0; refused.length === 0; turn += 1) await orderOnce(`${number}-${turn}-`);
  };
  await Promise.all(Array.from({ length: CLIENTS }, sendOrders));
  for (let turn = 0, inARow = 0; inARow < 5; turn += 1) inARow = (await orderOnce(`single-${turn}-`)) ? 0 : inARow + 1;
  if (!first) throw new Error('nothing was refused');
  return { counted, refused, first };
}

describe('a service whose disk is full', () => {
  it('refuses changes with 503, still shows the counters, and accepts changes once there is space', async () => {
    const env = { DATA_DIR: createTempDirectory() };
    let service = await startService(env, LIMIT_FILE_SIZE);
    const viewer = await watchV1(service.url);
    const { counted, refused, first } = await orderUntilFull(service);
    const expected = { orders: counted.length, customers: 0, products: 0 };

    expect([first.status, first.headers.get('retry-after')]).toEqual([503, '1']);
    expect(first.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(await first.json()).toMatchObject({ code: 'store-unavailable', status: 503 });
    expect(await readSnapshot(service)).toMatchObject({ revision: counted.length, counters: expected });

    await viewer.waitForValues(expected);
    expect(listStatuses(viewer.frames).at(-1)).toBe(true);
    // Retries stay refused, and earlier changes are still replayed.
    for (const key of refused.slice(-5)) expect((await order(service, key)).status).toBe(503);
    const replayed = await order(service, counted[0] ?? '');
    expect([replayed.status, replayed.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
    // A definition, which is larger than any change, is refused completely.
    const names = Array.from({ length: 900 }, (_, index) => `counter-of-some-length-${index}`);
    const definition = { counters: Object.fromEntries(names.map((name) => [name, { title: name }])) };
    for (const name of ['main', 'other']) {
      expect((await createCaller(service.url)(`PUT /dashboards/${name}`, definition)).status).toBe(503);
    }
    expect((await createCaller(service.url)('GET /dashboards')).body.dashboards).toHaveLength(1);
    const { epoch, ...before } = await readSnapshot(service);
    expect(before).toMatchObject({ revision: counted.length, counters: expected });

    execFileSync('prlimit', ['--pid', String(service.child.pid), '--fsize=unlimited']);
    await eventually(async () => (await order(service, refused[0] ?? '')).ok);
    for (const key of refused) expect((await order(service, key)).status).toBe(200);
    const total = counted.length + refused.length;
    expect(await readSnapshot(service)).toMatchObject({ epoch, revision: total, counters: { orders: total } });

    await viewer.waitForValues({ orders: total });
    expect([listStatuses(viewer.frames).at(-1), viewer.closed]).toEqual([false, undefined]);
    // Each outage is logged once when it begins and once when it ends.
    const countLogged = (text: string): number => service.output().split(text).length - 1;
    expect(countLogged('store unavailable:')).toBe(countLogged('store available again after'));
    expect(countLogged('store unavailable:')).toBeGreaterThan(0);
    expect(countLogged('store unavailable:')).toBeLessThan(refused.length);
    expect(countLogged('cannot be deleted')).toBeLessThan(3);
    expect(await service.stop()).toBe(0);
    service = await startService(env);
    expect(await readSnapshot(service)).toMatchObject({ epoch, revision: total, counters: { orders: total } });
    for (const key of [...counted.slice(0, 20), ...refused]) {
      expect((await order(service, key)).headers.get('idempotent-replayed')).toBe('true');
    }
    expect(await readSnapshot(service)).toMatchObject({ revision: total });
    expect(await service.stop()).toBe(0);
  });

  it('has every acknowledged change after it was killed and started with free space', async () => {
    const env = { DATA_DIR: createTempDirectory() };
    const full = await startService(env, LIMIT_FILE_SIZE);
    const { counted, refused } = await orderUntilFull(full);
    await full.kill();
    const service = await startService(env);
    expect(await readSnapshot(service)).toMatchObject({
      revision: counted.length,
      counters: { orders: counted.length },
    });
    for (const key of refused) expect((await order(service, key)).status).toBe(200);
    const total = counted.length + refused.length;
    expect(await readSnapshot(service)).toMatchObject({ revision: total, counters: { orders: total } });
  });
});
