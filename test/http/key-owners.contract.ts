/** Whose an idempotency key is, through the HTTP API of a real service: two tills may use the same key. */
import { type ApiCall, createCaller } from '../support/api-client.js';
import { createOrderLine, postBulkChanges } from '../support/bulk-client.js';
import type { Service } from '../support/service.js';
import { authorizeWith } from '../support/token-service.js';

const SECRETS = { till1: 'till1-0123456789abcdef', till2: 'till2-0123456789abcdef' };

/** Variables of a service with two tokens that may write, and anonymous senders who may write as well. */
export const TILL_VARIABLES = {
  WRITE_TOKENS: `till1:${SECRETS.till1},till2:${SECRETS.till2}`,
  ALLOW_ANONYMOUS: 'write',
};

const SENDERS = ['till1', 'till2', 'anonymous'] as const;
type Sender = (typeof SENDERS)[number];

/** @param startNext starts a service on the same data: the first, and then another one that takes its place */
export function describeKeyOwners(store: string, startNext: () => Promise<Service>): void {
  const headersOf = (sender: Sender): Record<string, string> => ({
    'Idempotency-Key': '1001',
    Accept: 'application/json',
    ...(sender === 'anonymous' ? {} : authorizeWith(SECRETS[sender])),
  });

  it(`the key 1001 of two tills and of an anonymous sender counts for each of them on ${store}`, async () => {
    let call: ApiCall = createCaller((await startNext()).url);
    const order = async (sender: Sender) => {
      const { status, headers, body } = await call('POST /order', undefined, headersOf(sender));
      return [status, headers.get('idempotent-replayed'), body.revision, body.counters];
    };
    const answers: unknown[] = [];
    for (const sender of SENDERS) answers.push(await order(sender));
    expect(answers).toEqual([1, 2, 3].map((orders) => [200, null, orders, { orders }]));

    const { url } = await startNext();
    call = createCaller(url);
    for (const [index, sender] of SENDERS.entries())
      expect(await order(sender)).toEqual([200, 'true', index + 1, { orders: index + 1 }]);
    // The other routes have the same keys.
    for (const [index, sender] of SENDERS.entries()) {
      const replay = { revision: index + 1, replayed: true };
      const added = await call('POST /dashboards/main/counters/orders/add', undefined, headersOf(sender));
      expect(added.body).toMatchObject(replay);
      const { 'Idempotency-Key': key, ...headers } = headersOf(sender);
      const { answers: lines } = await postBulkChanges(url, createOrderLine({ key }), headers);
      expect(lines).toMatchObject([replay]);
    }
    const reused = await call('DELETE /order', undefined, headersOf('till2'));
    expect([reused.status, reused.body.code]).toEqual([422, 'key-reused']);
    expect((await call('GET /dashboard')).body).toMatchObject({ revision: 3, counters: { orders: 3 } });
  });
}
