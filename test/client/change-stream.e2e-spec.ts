/** `streamChanges` of the client: every entry once, whatever happens to its connections. */
import { RefusedError, streamChanges, type StreamedChange } from '../../src/client/client.js';
import { startApi } from '../support/api-client.js';
import { eventually } from '../support/cleanup.js';
import { listRevisions } from '../support/ledger-reader.js';
import { startAppBehindProxy } from '../support/tcp-proxy.js';

const MEMORY = { STORE: 'memory', HEARTBEAT_MS: 100 } as const;

it('goes on after the last entry when connections are cut, and ends with the reason of its signal', async () => {
  const { url, proxy } = await startAppBehindProxy(MEMORY);
  const stopping = new AbortController();
  const received: StreamedChange[] = [];
  const retries: string[] = [];
  const following = (async () => {
    const options = { signal: stopping.signal, onRetry: ({ message }: Error) => retries.push(message) };
    for await (const change of streamChanges(proxy.url, options)) received.push(change);
  })();
  for (let count = 1; count <= 5; count += 1) {
    await fetch(`${url}/order`, { method: 'POST' });
    await eventually(() => received.length >= count);
    proxy.cutAll();
  }
  expect(received.map(({ revision }) => revision)).toEqual(listRevisions(1, 5));
  expect(retries.length).toBeGreaterThan(0);
  stopping.abort(new Error('enough'));
  await expect(following).rejects.toThrow('enough');
});

it('replaces a connection that is silent', async () => {
  const { url, proxy } = await startAppBehindProxy({ ...MEMORY, HEARTBEAT_MS: 60_000 });
  const changes = streamChanges(proxy.url, { staleAfterMs: 300, onRetry: () => proxy.restore() });
  await fetch(`${url}/order`, { method: 'POST' });
  expect((await changes.next()).value).toMatchObject({ revision: 1 });
  proxy.toClient = () => {};
  await fetch(`${url}/order`, { method: 'POST' });
  expect((await changes.next()).value).toMatchObject({ revision: 2 });
  await changes.return();
});

it('begins after a revision or an id, filters, and leaves no connection behind when the loop is left', async () => {
  const { app, url, call } = await startApi(MEMORY);
  for (const path of ['order', 'product', 'order', 'order']) await call(`POST /${path}`);
  const { epoch } = (await call('GET /dashboard')).body as { epoch: string };
  for (const after of [1, `${epoch}:1`]) {
    const revisions: number[] = [];
    for await (const { revision } of streamChanges(url, { after, counters: ['orders'] })) {
      revisions.push(revision);
      if (revision === 4) break;
    }
    expect(revisions).toEqual([3, 4]);
  }
  const countConnections = () =>
    new Promise((resolve) => app.getHttpServer().getConnections((_, count) => resolve(count)));
  await call('GET /health/live', undefined, { Connection: 'close' });
  await eventually(async () => Number(await countConnections()) <= 1);
});

it('throws the refusal when its place is no longer there', async () => {
  const { url } = await startApi(MEMORY);
  const refusal: unknown = await streamChanges(url, { after: 'e1:7' })
    .next()
    .catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(RefusedError);
  expect((refusal as RefusedError).problem).toMatchObject({
    status: 410,
    code: 'ledger-gone',
    oldest: { revision: 1 },
  });
});
