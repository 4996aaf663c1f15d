/** Events that the providers' own libraries have signed are counted once, and changed ones are not. */
import { Agent, request as sendRequest } from 'node:http';
import { startApp } from '../support/app.js';
import { afterTest } from '../support/cleanup.js';
import { postToHook, writeHooksFile } from '../support/hooks.js';
import {
  createCloudEventRequest,
  createShopifyRequest,
  createStripeRequest,
  SECRET,
} from '../support/provider-requests.js';
import { createRandom, readPositiveInteger, SEED } from '../support/rounds.js';
import { flipBit, SCHEMES } from '../support/signature-schemes.js';

/** Changed bits sent, over all schemes. The verifiers see 100,000 (verifiers.spec.ts). */
const SENT_FLIPS = readPositiveInteger('SENT_FLIPS', 2_000);

/** Every rule counts an order, and the amount as products. */
const RULES = [{ counter: 'orders' }, { counter: 'products', by: { pointer: '/data/object/amount_total' } }];
const toHookName = (scheme: string): string => scheme.replaceAll(/\W+/g, '-');

/** A hook for each scheme. CloudEvents have the data below `data` in structured mode. */
const HOOKS = Object.fromEntries(
  Object.entries(SCHEMES).map(([name, { provider, settings }]) => {
    const rules = provider === 'cloudevents' ? [{ when: { 'ce-type': 'sale' }, counter: 'orders' }] : RULES;
    return [toHookName(name), { provider, secrets: [SECRET], dashboard: 'main', rules, ...settings }];
  }),
);

it('an event of each provider is counted, and answered as replayed when it is signed and delivered again', async () => {
  const app = await startApp({ HOOKS_FILE: writeHooksFile(HOOKS) });
  const answers = [];
  for (const [name, scheme] of Object.entries(SCHEMES)) {
    const hook = toHookName(name);
    const event = { id: 'evt_1', amount: 1_999, atMs: Date.now() - 60_000 };
    const requests = [event, { ...event, atMs: Date.now() }, { ...event, id: 'evt_2' }].map(async (one) =>
      scheme.send(one),
    );
    for (const request of await Promise.all(requests))
      answers.push([name, ...(await postToHook(app.url, hook, request))]);
  }
  const outcomes = ['counted', 'replayed', 'counted'];
  expect(answers).toEqual(Object.keys(SCHEMES).flatMap((name) => outcomes.map((outcome) => [name, 200, outcome])));
  const count = Object.keys(SCHEMES).length;
  const withAmount = Object.values(SCHEMES).filter(({ provider }) => provider !== 'cloudevents').length;
  const counters = { orders: 2 * count, products: 2 * withAmount * 1_999 };
  expect(await app.dashboard()).toMatchObject({ revision: 2 * count, counters });
  const ledger = (await (await fetch(`${app.url}/dashboards/main/changes`)).json()) as {
    readonly entries: readonly { readonly key: string; readonly who: string }[];
  };
  for (const { key, who } of ledger.entries) expect(key).toMatch(new RegExp(`^${who}:.*evt_[12]$`));
  expect(new Set(ledger.entries.map(({ who }) => who))).toEqual(
    new Set(Object.keys(HOOKS).map((name) => `hook:${name}`)),
  );
});

it.each(['binary', 'structured'] as const)('a CloudEvent in %s mode has its attributes as ce-<name>', async (mode) => {
  const rules = [
    { when: { 'ce-type': 'sale', 'ce-source': '/shop/1' }, counter: 'orders' },
    { when: { 'ce-type': 'other' }, counter: 'customers' },
  ];
  const HOOKS_FILE = writeHooksFile({
    shop: { provider: 'cloudevents', secrets: [SECRET], dashboard: 'main', rules },
  });
  const app = await startApp({ HOOKS_FILE });
  const send = (id: string, authentication: 'signature' | 'bearer') =>
    postToHook(app.url, 'shop', createCloudEventRequest({ id }, mode, authentication));
  expect(await send('1', 'signature')).toEqual([200, 'counted']);
  expect(await send('1', 'bearer')).toEqual([200, 'replayed']);
  expect(await send('2', 'bearer')).toEqual([200, 'counted']);
  expect(await app.dashboard()).toMatchObject({ counters: { orders: 2, customers: 0 } });
});

it('a decimal amount is counted by its digits: 19.99 at scale 2 is 1999, as text and as a number', async () => {
  const rules = [{ counter: 'products', by: { pointer: '/data/object/amount_total', scale: 2 } }];
  const HOOKS_FILE = writeHooksFile({ shop: { provider: 'shopify', secrets: [SECRET], dashboard: 'main', rules } });
  const app = await startApp({ HOOKS_FILE });
  for (const [index, amount] of ['19.99', 19.99, '20', '-5.00'].entries())
    expect(await postToHook(app.url, 'shop', createShopifyRequest({ id: `e${index}`, amount }))).toEqual([
      200,
      'counted',
    ]);
  expect(await app.dashboard()).toMatchObject({ counters: { products: 1_999 + 1_999 + 2_000 - 500 } });
});

it('one event that Shopify sends to two topics counts for each of them', async () => {
  const rules = [{ counter: 'orders' }];
  const HOOKS_FILE = writeHooksFile({ shop: { provider: 'shopify', secrets: [SECRET], dashboard: 'main', rules } });
  const app = await startApp({ HOOKS_FILE });
  for (const [type, outcome] of [
    ['orders/create', 'counted'],
    ['orders/paid', 'counted'],
    ['orders/paid', 'replayed'],
  ] as const)
    expect(await postToHook(app.url, 'shop', createShopifyRequest({ id: 'e', type }))).toEqual([200, outcome]);
});

it('with two secrets, a rotation loses nothing: events of either are counted', async () => {
  const rules = [{ counter: 'orders' }];
  const secrets = ['the new secret', 'the old secret'];
  const HOOKS_FILE = writeHooksFile({ shop: { provider: 'stripe', secrets, dashboard: 'main', rules } });
  const app = await startApp({ HOOKS_FILE });
  for (const [id, secret] of secrets.entries())
    expect(await postToHook(app.url, 'shop', createStripeRequest({ id: String(id), secret }))).toEqual([
      200,
      'counted',
    ]);
  const stranger = createStripeRequest({ id: '3', secret: 'another secret' });
  expect(await postToHook(app.url, 'shop', stranger)).toEqual([401, 'signature-invalid']);
});

it(`of ${SENT_FLIPS} requests with one changed bit, all get 401 and none is counted (seed ${SEED})`, async () => {
  const app = await startApp({ HOOKS_FILE: writeHooksFile(HOOKS) });
  const agent = new Agent({ keepAlive: true });
  afterTest(() => agent.destroy());
  const random = createRandom(SEED);
  const statuses = new Map<number | undefined, number>();
  const names = Object.keys(SCHEMES);
  for (let sent = 0; sent < SENT_FLIPS;) {
    const name = names[sent % names.length] ?? '';
    const scheme = SCHEMES[name];
    if (!scheme) break;
    const { headers, bytes } = flipBit(await scheme.send({ id: `evt_${sent}`, amount: 1_999 }), scheme, random);
    // Node sends no control characters in headers, and its parser trims spaces at their ends.
    if (Object.values(headers).some((value) => /[^\t\x20-\x7e\x80-\xff]|^\s|\s$/.test(value))) continue;
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const request = sendRequest(`${app.url}/hooks/${toHookName(name)}`, { method: 'POST', headers, agent });
      request.on('error', reject).on('response', (response) => {
        response.resume().on('end', () => resolve(response.statusCode));
      });
      request.end(bytes);
    });
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    sent += 1;
  }
  expect([...statuses]).toEqual([[401, SENT_FLIPS]]);
  expect(await app.dashboard()).toMatchObject({ revision: 0 });
});
