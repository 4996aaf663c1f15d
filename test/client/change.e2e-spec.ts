/** `change` of the client: retries across network failures, and counts each change once. */
import { add, change, RefusedError, remove, UnavailableError, undo } from '../../src/client/client.js';
import { respondWithJson, startScriptedServer } from '../support/scripted-server.js';
import { startApp } from '../support/app.js';
import { createTempDirectory } from '../support/temp-directory.js';
import { eventually } from '../support/cleanup.js';
import { startAppBehindProxy, startTcpProxy } from '../support/tcp-proxy.js';

const OUTCOME = { dashboard: 'main', revision: 1, at: 0, counters: { orders: 1 }, replayed: false };

it('change, add and remove resolve with the outcome', async () => {
  const { url } = await startApp();
  expect(await add(url, 'orders', 5)).toMatchObject({ revision: 1, counters: { orders: 5 }, replayed: false });
  expect(await remove(`${url}/`, 'orders')).toMatchObject({ revision: 2, counters: { orders: 4 } });
  const changes = [
    { counter: 'orders', to: 7 },
    { counter: 'products', by: 2 },
  ];
  expect(await change(url, { dashboard: 'main', changes, reason: 'recount' })).toMatchObject({
    revision: 3,
    counters: { orders: 7, products: 2 },
  });
  const { entries } = (await (await fetch(`${url}/dashboards/main/changes`)).json()) as { entries: unknown[] };
  expect(entries.at(-1)).toMatchObject({ changes, reason: 'recount' });
});

it('undo takes back a revision once, and says who was faster', async () => {
  const { url } = await startApp({ STORE: 'memory' });
  await add(url, 'orders', 5);
  const options = { revision: 1, reason: 'mistake', key: 'k' };
  expect(await undo(url, options)).toMatchObject({ revision: 2, counters: { orders: 0 }, replayed: false });
  expect(await undo(url, options)).toMatchObject({ revision: 2, replayed: true });
  await expect(undo(url, { revision: 1 })).rejects.toMatchObject({
    name: 'RefusedError',
    problem: { code: 'already-undone', detail: 'revision 1 was undone by revision 2' },
  });
  expect(await undo(url, { dashboard: 'main', revision: 2 })).toMatchObject({ counters: { orders: 5 } });
});

it('a change without a response is retried with its key and counts once', async () => {
  const { proxy, dashboard } = await startAppBehindProxy();
  proxy.toClient = (_bytes, _pass, { client }) => {
    proxy.restore();
    client.destroy();
  };
  expect(await add(proxy.url, 'orders')).toMatchObject({ revision: 1, counters: { orders: 1 }, replayed: true });
  expect(proxy.allConnections).toHaveLength(2);
  expect((await dashboard()).counters).toMatchObject({ orders: 1 });
});

it('a change with a truncated response is retried and counts once', async () => {
  const { proxy, dashboard } = await startAppBehindProxy();
  proxy.toClient = (bytes, pass, { client }) => {
    proxy.restore();
    pass(bytes.subarray(0, bytes.length - 10));
    client.end();
  };
  expect(await add(proxy.url, 'orders')).toMatchObject({ counters: { orders: 1 }, replayed: true });
  expect((await dashboard()).revision).toBe(1);
});

it('a change that never reached the server is sent again', async () => {
  const { proxy, dashboard } = await startAppBehindProxy();
  proxy.toServer = (_bytes, _pass, { client }) => {
    proxy.restore();
    client.destroy();
  };
  expect(await add(proxy.url, 'orders')).toMatchObject({ counters: { orders: 1 }, replayed: false });
  expect((await dashboard()).revision).toBe(1);
});

it('a change without a response is sent again after the attempt timeout', async () => {
  const { proxy, dashboard } = await startAppBehindProxy();
  proxy.toClient = () => {};
  const counted = add(proxy.url, 'orders', 1, { attemptTimeoutMs: 300 });
  await eventually(async () => (await dashboard()).revision === 1);
  proxy.restore();
  expect(await counted).toMatchObject({ counters: { orders: 1 }, replayed: true });
});

it('a change during a restart is counted when the service is back', async () => {
  const DATA_DIR = createTempDirectory();
  const first = await startApp({ DATA_DIR });
  const proxy = await startTcpProxy(first.port);
  await first.close();
  const counted = add(proxy.url, 'orders');
  await eventually(() => proxy.allConnections.length > 0);
  proxy.port = (await startApp({ DATA_DIR })).port;
  expect(await counted).toMatchObject({ counters: { orders: 1 } });
});

it.each([429, 500, 502, 503])('%i is retried with the same key', async (status) => {
  const { url, requests } = await startScriptedServer(
    respondWithJson(status, {}, { 'retry-after': '0' }),
    respondWithJson(200, OUTCOME),
  );
  expect(await add(url, 'orders')).toEqual(OUTCOME);
  const keys = requests.map(({ headers }) => headers['idempotency-key']);
  expect(keys).toEqual([keys[0], keys[0]]);
  expect(keys[0]).toMatch(/^[\x21-\x7e]{1,255}$/);
});

it("the caller's key is sent; without one each change has a key of its own", async () => {
  const { url, requests } = await startScriptedServer(respondWithJson(200, OUTCOME));
  for (const options of [{ key: 'k1' }, {}, {}]) await add(url, 'orders', 1, options);
  const [given, ...generated] = requests.map(({ headers }) => headers['idempotency-key']);
  expect(given).toBe('k1');
  expect(new Set(generated).size).toBe(2);
});

it('a Retry-After beyond maxRetryMs ends the retries', async () => {
  const problem = { code: 'overloaded', detail: 'too many changes are waiting' };
  const { url, requests } = await startScriptedServer(respondWithJson(503, problem, { 'retry-after': '60' }));
  const error = await add(url, 'orders', 1, { maxRetryMs: 30_000 }).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(UnavailableError);
  expect(error).toMatchObject({ problem: { status: 503, ...problem } });
  expect(requests).toHaveLength(1);
});

it('a date in Retry-After is honoured', async () => {
  const headers = { 'retry-after': new Date(Date.now() + 3_600_000).toUTCString() };
  const { url, requests } = await startScriptedServer(respondWithJson(503, {}, headers));
  await expect(add(url, 'orders')).rejects.toThrow(UnavailableError);
  expect(requests).toHaveLength(1);
});

it.each([
  ['nothing-to-remove', 400, 'orders', { by: -1 }, { detail: 'no order remains to remove' }],
  ['unknown-counter', 404, 'order', { by: 1 }, { near: ['orders'] }],
  ['invalid-request', 400, 'orders', { by: 0 }, { errors: [expect.objectContaining({ pointer: '/changes/0/by' })] }],
])('%s throws a RefusedError with its problem and is not retried', async (code, status, counter, step, more) => {
  const { proxy } = await startAppBehindProxy();
  const error = await change(proxy.url, { changes: [{ counter, ...step }] }).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(RefusedError);
  expect(error).toMatchObject({ problem: { code, status, ...more } });
  expect(proxy.allConnections.map(({ sent }) => sent.split('POST ').length - 1)).toEqual([1]);
});

it('a refusal without problem details has its status', async () => {
  const { url } = await startScriptedServer((response) => response.writeHead(403).end('<h1>No</h1>'));
  await expect(add(url, 'orders')).rejects.toMatchObject({ problem: { status: 403, title: 'Forbidden' } });
});

it('a closed port throws an UnavailableError with its cause after maxRetryMs', async () => {
  const { port, close } = await startApp();
  await close();
  const error = await add(`http://127.0.0.1:${port}`, 'orders', 1, { maxRetryMs: 0 }).catch(
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(UnavailableError);
  expect(error).toMatchObject({ cause: { cause: { code: 'ECONNREFUSED' } } });
});

it.each(['during an attempt', 'between attempts'])('an abort %s rejects with its reason', async (when) => {
  const { url, requests } = await startScriptedServer(
    when === 'between attempts' ? respondWithJson(503, {}, { 'retry-after': '20' }) : () => {},
  );
  const abort = new AbortController();
  const counted = add(url, 'orders', 1, { signal: abort.signal });
  counted.catch(() => {});
  await eventually(() => requests.length === 1);
  abort.abort(new Error('enough'));
  await expect(counted).rejects.toThrow('enough');
});

it('the token is read for each attempt and sent as a header, to a URL with a path', async () => {
  const { url, requests } = await startScriptedServer(respondWithJson(503, {}), respondWithJson(200, OUTCOME));
  const tokens = ['t1', 't2'];
  await add(`${url}/tally/`, 'orders', 1, { dashboard: 'shop', token: async () => tokens.shift() ?? '' });
  expect(requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer t1', 'Bearer t2']);
  expect(requests.map((request) => request.url)).toEqual(Array(2).fill('/tally/dashboards/shop/changes'));
});
