/**
 * Clients of other authors watch one storm of changes, and each ends with the last state of the service. The tests of
 * the Python client have the one for `websockets`.
 */
import type { Snapshot } from '../../src/counters/counters.js';
import { startApi } from '../support/api-client.js';
import { closePage, openPage, UNREACHABLE_ERRORS } from '../support/browser.js';
import {
  buildGorillaViewer,
  watchBareWithGorilla,
  watchWithEventSource,
  watchWithGorilla,
  watchWithJava,
  watchWithRxJs,
} from '../support/foreign-viewers.js';
import { startTcpProxy } from '../support/tcp-proxy.js';
import { hasValues } from '../harness/viewer-state.js';

const CLIENTS = 20;
const STEPS = ['POST /order', 'POST /sign-up', 'POST /product', 'POST /order', 'DELETE /order'];
/** The storm goes on until each viewer has seen this many states. */
const MIN_STATES = 10;

it('gorilla, Java, RxJS and EventSource each see a storm in order, to its last state', async () => {
  const { url, call, close } = await startApi({ STORE: 'memory', BROADCAST_MIN_MS: 2 });
  const socketUrl = `${url.replace('http', 'ws')}/dashboards/main`;
  const [gorilla, page] = await Promise.all([buildGorillaViewer(), openPage(url)]);
  const stream = await watchWithEventSource(page, '/dashboards/main');
  const bare = watchBareWithGorilla(gorilla, socketUrl);
  const sockets = [watchWithGorilla(gorilla, socketUrl), watchWithJava(socketUrl), watchWithRxJs(socketUrl)];
  const viewers = [stream, ...sockets, bare];
  await Promise.all(viewers.map((viewer) => viewer.waitUntil(({ states }) => states.length > 0)));

  const runClient = async (): Promise<void> => {
    for (const step of STEPS) expect((await call(step)).status).toBe(200);
  };
  let rounds = 0;
  while (viewers.some(({ states, fault }) => states.length < MIN_STATES && fault === undefined)) {
    await Promise.all(Array.from({ length: CLIENTS }, runClient));
    rounds += 1;
  }
  const { epoch, revision, counters } = (await call('GET /dashboards/main')).body as Snapshot;
  const each = CLIENTS * rounds;
  expect([revision, counters]).toEqual([each * STEPS.length, { orders: each, customers: each, products: each }]);
  await Promise.all(
    [stream, ...sockets].map((viewer) => viewer.waitUntil(({ states }) => states.at(-1)?.revision === revision)),
  );
  for (const { name, states } of [stream, ...sockets])
    expect([name, states.at(-1)]).toEqual([name, { epoch, revision, counters }]);
  await bare.waitUntil(({ states }) => hasValues(states.at(-1)?.counters, counters));

  await closePage(page);
  await close();
  for (const viewer of [...sockets, bare]) {
    await viewer.waitUntil(({ closed }) => closed !== undefined);
    expect([viewer.name, viewer.closed]).toEqual([viewer.name, '1012 restarting']);
  }
});

it('EventSource and RxJS with retry() get what has changed while they were cut off', async () => {
  const { port, call } = await startApi({ STORE: 'memory' });
  const proxy = await startTcpProxy(port);
  const page = await openPage(proxy.url, { expectedErrors: UNREACHABLE_ERRORS });
  const socketUrl = `${proxy.url.replace('http', 'ws')}/dashboards/main`;
  const viewers = [await watchWithEventSource(page, '/dashboards/main'), watchWithRxJs(socketUrl, Infinity)];
  const seeRevision = (revision: number): Promise<unknown> =>
    Promise.all(viewers.map((viewer) => viewer.waitUntil(({ states }) => states.at(-1)?.revision === revision)));
  await call('POST /order');
  await seeRevision(1);
  const connections = proxy.allConnections.length;
  proxy.cutAll();
  for (const step of STEPS) await call(step);
  await seeRevision(6);
  const { epoch, revision, counters } = (await call('GET /dashboards/main')).body as Snapshot;
  for (const { name, states } of viewers) expect([name, states.at(-1)]).toEqual([name, { epoch, revision, counters }]);
  const reconnected = proxy.allConnections.slice(connections).map(({ sent }) => sent);
  expect(reconnected.join('')).toContain(`Last-Event-ID: ${epoch}:1\r\n`);
});
