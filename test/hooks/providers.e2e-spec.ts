/** Events that the providers' own libraries have signed are counted once. */
import { startApp } from '../support/app.js';
import { postToHook, writeHooksFile } from '../support/hooks.js';
import { createStripeRequest, SECRET } from '../support/provider-requests.js';

it('a Stripe event counts its amount, and a redelivery with a new signature is answered as replayed', async () => {
  const HOOKS_FILE = writeHooksFile({
    shop: {
      provider: 'stripe',
      secrets: [SECRET],
      dashboard: 'main',
      rules: [
        { when: { '/type': 'sale' }, counter: 'orders' },
        { when: { '/type': 'sale' }, counter: 'products', by: { pointer: '/data/object/amount_total' } },
      ],
    },
  });
  const app = await startApp({ HOOKS_FILE });
  const event = { id: 'evt_1', amount: 1_999 };
  expect(await postToHook(app.url, 'shop', createStripeRequest(event))).toEqual([200, 'counted']);
  const redelivery = createStripeRequest({ ...event, atMs: Date.now() - 60_000 });
  expect(await postToHook(app.url, 'shop', redelivery)).toEqual([200, 'replayed']);
  expect(await app.dashboard()).toMatchObject({ revision: 1, counters: { orders: 1, products: 1_999 } });
  const ledger = (await (await fetch(`${app.url}/dashboards/main/changes`)).json()) as { entries: unknown[] };
  expect(ledger.entries).toMatchObject([{ key: 'hook:shop:evt_1', who: 'hook:shop' }]);
});
