/** Answers of a hook: outcomes with 200, and problems that a provider or an operator can act on. */
import { request as sendRequest } from 'node:http';
import { startApp } from '../support/app.js';
import { postToHook, type ProviderRequest, writeHooksFile } from '../support/hooks.js';
import {
  createCloudEventRequest,
  createGitHubRequest,
  createStripeRequest,
  SECRET,
} from '../support/provider-requests.js';
import { Scrape } from '../support/prometheus-scrape.js';

const SALES = { when: { '/type': 'sale' }, counter: 'orders' };
const REFUNDS = { when: { '/type': 'refund' }, counter: 'orders', remove: true };
const AMOUNTS = { when: { '/type': 'amount' }, counter: 'products', by: { pointer: '/data/object/amount_total' } };

const createHooks = (members: object = {}) => ({
  shop: { provider: 'stripe', secrets: [SECRET], dashboard: 'main', rules: [SALES, REFUNDS, AMOUNTS], ...members },
});

const startShop = async (members?: object) => startApp({ HOOKS_FILE: writeHooksFile(createHooks(members)) });
const readMetrics = async (url: string): Promise<Readonly<Record<string, number>>> => {
  const { samples } = new Scrape(await (await fetch(`${url}/metrics`)).text());
  const own = samples.filter(({ name }) => name === 'tallyboard_hook_events_total');
  return Object.fromEntries(own.map(({ labels, value }) => [`${labels['hook']} ${labels['outcome']}`, value]));
};

it('200 says what became of an event, and the metric counts each outcome from 0', async () => {
  const { url, ownerUrl, dashboard } = await startShop();
  const before = await readMetrics(ownerUrl);
  expect(Object.entries(before)).toEqual(
    ['counted', 'replayed', 'ignored', 'refused', 'unauthorized', 'invalid', 'unavailable'].map((outcome) => [
      `shop ${outcome}`,
      0,
    ]),
  );
  const send = (event: Parameters<typeof createStripeRequest>[0]) =>
    postToHook(url, 'shop', createStripeRequest(event));
  expect(await send({ id: '1', type: 'refund' })).toEqual([200, 'refused']);
  expect(await send({ id: '2' })).toEqual([200, 'counted']);
  expect(await send({ id: '2' })).toEqual([200, 'replayed']);
  // Refused is final: the event has been decided, and the provider has got a 200.
  expect(await send({ id: '1', type: 'refund' })).toEqual([200, 'refused']);
  expect(await send({ id: '3', type: 'customer.created' })).toEqual([200, 'ignored']);
  expect(await send({ id: '4', type: 'amount', amount: 0 })).toEqual([200, 'ignored']);
  expect(await send({ id: '5', type: 'amount', amount: '1.5' })).toEqual([200, 'refused']);
  expect(await send({ id: '6', type: 'amount', amount: 7 })).toEqual([200, 'counted']);
  expect(await send({ id: '7', type: 'amount', amount: -3 })).toEqual([200, 'counted']);
  expect(await send({ id: '8', secret: 'another' })).toEqual([401, 'signature-invalid']);
  expect(await dashboard()).toMatchObject({ revision: 3, counters: { orders: 1, products: 4 } });
  expect(await readMetrics(ownerUrl)).toEqual({
    'shop counted': 3,
    'shop replayed': 1,
    'shop ignored': 2,
    'shop refused': 3,
    'shop unauthorized': 1,
    'shop invalid': 0,
    'shop unavailable': 0,
  });
});

it('what cannot be an event gets a problem, and counts nothing', async () => {
  const app = await startApp({
    HOOKS_FILE: writeHooksFile({
      ...createHooks(),
      code: { ...createHooks().shop, provider: 'github', maxBytes: 300 },
    }),
  });
  const post = (hook: string, request: ProviderRequest) => postToHook(app.url, hook, request);
  const event = createStripeRequest({ id: '1' });
  const change = (headers: Record<string, string>): ProviderRequest => ({
    ...event,
    headers: { ...event.headers, ...headers },
  });
  expect(await post('shpo', event)).toEqual([404, 'unknown-hook']);
  const formType = { 'content-type': 'application/x-www-form-urlencoded' };
  expect(await post('shop', change(formType))).toEqual([415, 'unsupported-media-type']);
  expect(await post('shop', change({ 'content-encoding': 'gzip' }))).toEqual([415, 'unsupported-media-type']);
  const signed = await createGitHubRequest({ id: 'x', amount: 'y'.repeat(300) });
  expect(await post('code', signed)).toEqual([413, 'body-too-large']);
  const { 'x-github-delivery': _, ...withoutId } = (await createGitHubRequest({ id: 'x' })).headers;
  expect(await post('code', { ...(await createGitHubRequest({ id: 'x' })), headers: withoutId })).toEqual([
    400,
    'invalid-request',
  ]);
  expect(await app.dashboard()).toMatchObject({ revision: 0 });
  expect(await readMetrics(app.ownerUrl)).toMatchObject({ 'shop invalid': 2, 'code invalid': 2, 'shop counted': 0 });
});

it('a chunked body over the limit gets 413 as soon as it is too large', async () => {
  const app = await startShop({ maxBytes: 1_000 });
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
    const request = sendRequest(`${app.url}/hooks/shop`, { method: 'POST', headers });
    request.on('response', ({ statusCode }) => {
      resolve(statusCode);
      request.destroy();
    });
    request.on('error', reject);
    // Never ended: the answer comes without waiting for the rest.
    request.write(Buffer.alloc(1_001));
  });
  expect(status).toBe(413);
});

it('the remedy of 415 tells GitHub users where to choose JSON', async () => {
  const app = await startShop({ provider: 'github' });
  const response = await fetch(`${app.url}/hooks/shop`, {
    method: 'POST',
    body: new URLSearchParams({ payload: '{}' }),
  });
  expect(response.status).toBe(415);
  expect(await response.json()).toMatchObject({ detail: expect.stringContaining('at GitHub') as unknown });
});

it('an event for a counter that is not there gets 503, and counts once the counter has been made', async () => {
  const { url, ownerUrl } = await startShop({ dashboard: 'shop', rules: [{ counter: 'sales' }] });
  const send = () => postToHook(url, 'shop', createStripeRequest({ id: '1' }));
  expect(await send()).toEqual([503, 'hook-target-missing']);
  const define = (counters: object) =>
    fetch(`${url}/dashboards/shop`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ counters }),
    });
  await define({ orders: {} });
  expect(await send()).toEqual([503, 'hook-target-missing']);
  await define({ sales: {} });
  expect(await send()).toEqual([200, 'counted']);
  expect(await readMetrics(ownerUrl)).toMatchObject({ 'shop unavailable': 2, 'shop counted': 1 });
});

it('wrong signatures never lock the hook, however many come', async () => {
  const app = await startApp({
    HOOKS_FILE: writeHooksFile(createHooks()),
    MAX_AUTH_FAILURES_PER_MIN: 1,
    MAX_CHANGES_PER_S: 1,
  });
  const wrong = createStripeRequest({ id: '1', secret: 'another' });
  for (let sent = 0; sent < 5; sent += 1)
    expect(await postToHook(app.url, 'shop', wrong)).toEqual([401, 'signature-invalid']);
  for (const id of ['1', '2', '3'])
    expect(await postToHook(app.url, 'shop', createStripeRequest({ id }))).toEqual([200, 'counted']);
});

it('a redelivery after the rules have changed is replayed: the id alone decides', async () => {
  const HOOKS_FILE = writeHooksFile(createHooks());
  const DATA_DIR = HOOKS_FILE.replace(/hooks\.yaml$/, 'data');
  const first = await startApp({ HOOKS_FILE, DATA_DIR });
  expect(await postToHook(first.url, 'shop', createStripeRequest({ id: '1' }))).toEqual([200, 'counted']);
  await first.close();
  const changed = writeHooksFile(createHooks({ rules: [{ counter: 'products', by: 5 }] }));
  const second = await startApp({ HOOKS_FILE: changed, DATA_DIR });
  expect(await postToHook(second.url, 'shop', createStripeRequest({ id: '1' }))).toEqual([200, 'replayed']);
  expect(await second.dashboard()).toMatchObject({ revision: 1, counters: { orders: 1, products: 0 } });
});

describe('a CloudEvents sender', () => {
  const hooks = { events: { ...createHooks().shop, provider: 'cloudevents' }, ...createHooks() };

  it('that asks for permission gets it, from hooks for CloudEvents only', async () => {
    const { url } = await startApp({ HOOKS_FILE: writeHooksFile(hooks) });
    const headers = { 'WebHook-Request-Origin': 'events.example.com', 'WebHook-Request-Rate': '120' };
    const ask = (hook: string) => fetch(`${url}/hooks/${hook}`, { method: 'OPTIONS', headers });
    const allowed = await ask('events');
    expect([
      allowed.status,
      ...['allow', 'webhook-allowed-origin', 'webhook-allowed-rate'].map((name) => allowed.headers.get(name)),
    ]).toEqual([200, 'POST, OPTIONS', 'events.example.com', '*']);
    const other = await ask('shop');
    expect([other.status, other.headers.get('webhook-allowed-origin')]).toEqual([200, null]);
    expect((await ask('nothing')).status).toBe(404);
  });

  it('that leaves out an attribute, or sends a batch, is refused', async () => {
    const { url } = await startApp({ HOOKS_FILE: writeHooksFile(hooks) });
    const { headers, body } = createCloudEventRequest({ id: '1' }, 'binary', 'bearer');
    const { 'ce-source': _, ...withoutSource } = headers;
    expect(await postToHook(url, 'events', { headers: withoutSource, body })).toEqual([400, 'invalid-request']);
    const batch = { ...headers, 'content-type': 'application/cloudevents-batch+json' };
    expect(await postToHook(url, 'events', { headers: batch, body: '[]' })).toEqual([415, 'unsupported-media-type']);
  });
});
