/** The way of changes from a worker to its parent: lines of one stream for each caller, over a Unix socket. */
import { join } from 'node:path';
import type { ChangeSet } from '../../src/counters/counters.js';
import type { Config } from '../../src/config/config.js';
import { TokenList } from '../../src/config/token-list.js';
import { runAsCaller } from '../../src/store/upstream/relayed-caller.js';
import { UpstreamStore } from '../../src/store/upstream/upstream.store.js';
import { createCaller } from '../support/api-client.js';
import { startApp } from '../support/app.js';
import { afterTest, eventually } from '../support/cleanup.js';
import { startTcpProxy } from '../support/tcp-proxy.js';
import { createTempDirectory } from '../support/temp-directory.js';
import { authorizeWith, defineShop, SECRETS, TOKEN_CONFIG } from '../support/token-service.js';

/** Starts a service, and the store of a worker that takes it for its parent. */
async function startStores(overrides: Partial<Config> = {}, timeoutMs = 10_000) {
  const { url, port, app } = await startApp({ STORE: 'memory', ...overrides });
  const socketPath = join(createTempDirectory(), 'store.sock');
  const proxy = await startTcpProxy(port, socketPath);
  const store = new UpstreamStore({
    url: `parent:${socketPath}`,
    token: '',
    maxPending: 10_000,
    timeoutMs,
  });
  afterTest(() => store.close());
  const call = createCaller(url);
  const countRequests = (): number =>
    proxy.allConnections
      .map(({ sent }) => sent.split('POST /changes ').length - 1)
      .reduce((sum, count) => sum + count, 0);
  return { store, proxy, call, url, app, countRequests };
}

const add = (counter: string) => [{ counter, by: 1 }];

const order = (rest: Partial<ChangeSet> = {}): ChangeSet => ({ dashboard: 'main', changes: add('orders'), ...rest });

it('sends all changes with one request, in order, without keys of its own', async () => {
  const { store, call, countRequests } = await startStores();
  const sent = Array.from({ length: 300 }, (_, index) => order({ reason: `n${index}` }));
  const outcomes = await Promise.all(sent.map((change) => store.apply(change)));
  await store.apply(order({ reason: 'later' }));
  expect(outcomes.map(({ revision }) => revision)).toEqual(sent.map((_, index) => index + 1));
  const { body } = await call('GET /dashboards/main/changes?limit=500');
  expect(body.entries.map(({ reason, key }: { reason: string; key?: string }) => [reason, key])).toEqual(
    [...sent.map(({ reason }) => reason), 'later'].map((reason) => [reason, undefined]),
  );
  expect(countRequests()).toBe(1);
});

it('sends an undo and a long change in their turn', async () => {
  const { store } = await startStores();
  const { revision } = await store.apply(order());
  const outcomes = await Promise.all([
    store.apply(order()),
    store.apply({ dashboard: 'main', changes: [], undoes: revision }),
    store.apply(order()),
    store.apply(order({ reason: 'x'.repeat(200), changes: [...add('orders'), ...add('customers')] })),
  ]);
  expect(outcomes.map((outcome) => outcome.revision - revision)).toEqual([1, 2, 3, 4]);
  expect((await store.readDashboard('main')).counters.get('orders')).toMatchObject({ added: 4n, removed: 1n });
});

it('goes on after any number of refused changes', async () => {
  const { store, countRequests } = await startStores();
  const refused = Array.from({ length: 2_500 }, () => store.apply(order({ changes: add('unknown') })));
  const applied = Array.from({ length: 10 }, () => store.apply(order()));
  const codes = (await Promise.allSettled(refused)).map((result) => result.status === 'rejected' && result.reason.code);
  expect(new Set(codes)).toEqual(new Set(['unknown-counter']));
  expect((await Promise.all(applied)).map(({ revision }) => revision)).toEqual(applied.map((_, index) => index + 1));
  expect(countRequests()).toBe(1);
});

it('sends a change again that was not answered only if it has a key', async () => {
  const { store, proxy, call } = await startStores();
  await store.apply(order());
  proxy.toClient = () => {};
  const keyed = store.apply(order({ key: 'k' }));
  const unkeyed = store.apply(order());
  await eventually(async () => (await call('GET /dashboard')).body.counters.orders === 3);
  proxy.restore();
  proxy.cutAll();
  await expect(unkeyed).rejects.toMatchObject({ code: 'store-unavailable' });
  expect(await keyed).toMatchObject({ revision: 2, replayed: true });
  expect((await call('GET /dashboard')).body.counters.orders).toBe(3);
});

it('sends a change again that an upstream has not read before its end', async () => {
  const { store, proxy, app } = await startStores();
  await store.apply(order());
  const next = await startApp({ STORE: 'memory' });
  proxy.port = next.port;
  const closed = app.close();
  const revisions: number[] = [];
  // Those of the next upstream begin with 1.
  while (!revisions.includes(1)) revisions.push((await store.apply(order())).revision);
  expect(revisions).toEqual([...revisions.slice(0, -1).map((_, index) => index + 2), 1]);
  await closed;
});

it('gives up after the time limit, and goes on with a new stream', async () => {
  const { store, proxy } = await startStores({}, 500);
  await store.apply(order());
  proxy.dropBytes();
  await expect(store.apply(order())).rejects.toMatchObject({ code: 'store-unavailable' });
  proxy.restore();
  expect(await store.apply(order())).toMatchObject({ revision: 2 });
});

it('keeps callers apart, and sends those of more than 64 callers with requests', async () => {
  const names = Array.from({ length: 70 }, (_, index) => `clerk${index}`);
  const secretOf = (name: string): string => `${name}-secret-of-32-characters-or-more`;
  const { store, call, url, countRequests } = await startStores({
    ...TOKEN_CONFIG,
    WRITE_TOKENS: TokenList.parse(names.map((name) => `${name}:${secretOf(name)}`).join(',')),
  });
  await defineShop(url);
  for (let round = 0; round < 2; round += 1)
    await Promise.all(
      names.map((name) =>
        runAsCaller({ authorization: `Bearer ${secretOf(name)}`, hops: 0 }, () =>
          store.apply({ dashboard: 'shop', changes: add('sales') }),
        ),
      ),
    );
  const { body } = await call('GET /dashboards/shop/changes?limit=500', undefined, authorizeWith(SECRETS.reader));
  expect(body.entries.map(({ who }: { who: string }) => who).toSorted()).toEqual([...names, ...names].toSorted());
  await expect(store.apply({ dashboard: 'shop', changes: add('sales') })).rejects.toMatchObject({
    code: 'token-required',
  });
  expect(countRequests()).toBeGreaterThan(names.length);
});

it('answers the changes that it has when it closes', async () => {
  const { store, call } = await startStores();
  const applied = [store.apply(order()), store.apply(order({ key: 'k' }))];
  await store.close();
  expect((await Promise.all(applied)).map(({ revision }) => revision)).toEqual([1, 2]);
  expect((await call('GET /dashboard')).body.counters.orders).toBe(2);
});
