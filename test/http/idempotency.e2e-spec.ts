/** `Idempotency-Key` on the short routes: a change counts once, however often it is sent. */
import type { Config } from '../../src/config/config.js';
import { startApp } from '../support/app.js';
import { createTempDirectory } from '../support/temp-directory.js';

const ROUTES = [
  ['POST', '/order'],
  ['DELETE', '/order'],
  ['POST', '/sign-up'],
  ['DELETE', '/sign-off'],
  ['POST', '/product'],
  ['DELETE', '/product'],
] as const;

async function startWithKeys(overrides: Partial<Config> = {}) {
  const app = await startApp(overrides);
  const send = async (method: string, path: string, key?: string) => {
    const headers: Record<string, string> = key === undefined ? {} : { 'Idempotency-Key': key };
    const response = await fetch(app.url + path, { method, headers });
    return {
      status: response.status,
      replayed: response.headers.get('idempotent-replayed'),
      body: await response.text(),
    };
  };
  const addOneEach = async () => {
    for (const path of ['/order', '/sign-up', '/product']) await send('POST', path);
  };
  return { ...app, send, addOneEach };
}

describe('the same key', () => {
  it.each(ROUTES)('counts once on %s %s, and its response is replayed', async (method, path) => {
    const { send, addOneEach, dashboard } = await startWithKeys();
    await addOneEach();
    const first = await send(method, path, 'k-1');
    const { counters, revision } = await dashboard();
    const again = await send(method, path, '"k-1"');
    expect(first).toEqual({ status: 200, replayed: null, body: expect.any(String) });
    expect(again).toEqual({ ...first, replayed: 'true' });
    expect(await dashboard()).toMatchObject({ counters, revision });
    expect(revision).toBe(4);
  });

  it.each(ROUTES.filter(([method]) => method === 'DELETE'))(
    'replays the refusal of %s %s, even if there is something to remove by now',
    async (method, path) => {
      const { send, addOneEach, dashboard } = await startWithKeys();
      const first = await send(method, path, 'k-1');
      await addOneEach();
      const again = await send(method, path, 'k-1');
      expect(first).toEqual({ status: 400, replayed: null, body: expect.stringContaining('nothing-to-remove') });
      expect(again).toEqual({ ...first, replayed: 'true' });
      expect((await dashboard()).counters).toEqual({ orders: 1, customers: 1, products: 1 });
    },
  );

  it.each(ROUTES)('gets 422 on %s %s if it was used for another change', async (method, path) => {
    const { send, addOneEach, dashboard } = await startWithKeys();
    await addOneEach();
    const [otherMethod, otherPath] = path === '/product' ? ['POST', '/order'] : ['POST', '/product'];
    await send(otherMethod, otherPath, 'k-1');
    const { revision } = await dashboard();
    const reused = await send(method, path, 'k-1');
    expect(reused.status).toBe(422);
    expect(JSON.parse(reused.body)).toMatchObject({ status: 422, code: 'key-reused' });
    expect((await dashboard()).revision).toBe(revision);
  });

  it.each(ROUTES)('sent 20 times at once on %s %s counts once', async (method, path) => {
    const { send, addOneEach, dashboard } = await startWithKeys();
    await addOneEach();
    const answers = await Promise.all(Array.from({ length: 20 }, () => send(method, path, 'twin')));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(answers.filter(({ replayed }) => replayed === null)).toHaveLength(1);
    expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
    expect((await dashboard()).revision).toBe(4);
  });

  it('is kept across a restart', async () => {
    const DATA_DIR = createTempDirectory();
    const first = await startWithKeys({ DATA_DIR });
    await first.send('POST', '/order', 'k-1');
    await first.close();
    const second = await startWithKeys({ DATA_DIR });
    expect(await second.send('POST', '/order', 'k-1')).toEqual({ status: 200, replayed: 'true', body: 'Order Added' });
    expect((await second.dashboard()).revision).toBe(1);
  });

  it('is the same key whether it is sent in quotes, with escapes, or without quotes', async () => {
    const { send, dashboard } = await startWithKeys();
    await send('POST', '/order', 'a"b\\c');
    expect((await send('POST', '/order', '"a\\"b\\\\c"')).replayed).toBe('true');
    expect((await dashboard()).revision).toBe(1);
  });
});

describe('a key', () => {
  it.each([
    ['that is empty', ''],
    ['that is empty in quotes', '""'],
    ['that is too long', 'k'.repeat(256)],
    ['with a space', 'a b'],
    ['with two spaces and numbers', 'a 1 2'],
    ['that is not ASCII', 'k\u00e9y'],
    ['with an open quote', '"k'],
    ['that is a list', '"a", "b"'],
  ])('%s gets 400 on every short route and changes nothing', async (_, key) => {
    const { send, addOneEach, dashboard } = await startWithKeys();
    await addOneEach();
    for (const [method, path] of ROUTES) {
      const { status, body } = await send(method, path, key);
      expect([method, path, status]).toEqual([method, path, 400]);
      expect(JSON.parse(body)).toMatchObject({ code: 'invalid-idempotency-key' });
    }
    expect((await dashboard()).revision).toBe(3);
  });

  it('of 255 characters is accepted', async () => {
    const { send } = await startWithKeys();
    expect((await send('POST', '/order', 'k'.repeat(255))).status).toBe(200);
  });
});
