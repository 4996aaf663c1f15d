/** `{undoes: <revision>}` in place of changes. */
import { startApi, startShop } from '../support/api-client.js';
import { postBulkChanges } from '../support/bulk-client.js';
import { authorizeWith, defineShop, SECRETS, TOKEN_CONFIG } from '../support/token-service.js';
import { RELAY_KEY } from '../support/upstream-target.js';

const CHANGES = 'POST /dashboards/shop/changes';
const toText = (line: unknown): string => `${JSON.stringify(line)}\n`;

describe('an undo', () => {
  it('books the opposite of the entry now, once, with its own reason, and counts for viewers and periods', async () => {
    const { call, epoch } = await startShop();
    const first = {
      changes: [
        { counter: 'sales', by: 5 },
        { counter: 'visits', to: 40 },
      ],
      reason: 'till',
    };
    await call(CHANGES, first);
    const undone = await call(CHANGES, { undoes: 1, reason: 'wrong till' });
    expect(undone.status).toBe(200);
    expect(undone.body).toEqual({
      dashboard: 'shop',
      revision: 2,
      at: expect.any(Number),
      counters: { sales: 0, visits: 0 },
      replayed: false,
    });
    const snapshot = await call('GET /dashboards/shop?periods=day&totals');
    expect(snapshot.body).toMatchObject({
      revision: 2,
      counters: { sales: 0, visits: 0 },
      added: { sales: 5, visits: 40 },
      periods: { day: { added: { sales: 5, visits: 40 }, removed: { sales: 5, visits: 40 } } },
    });
    const again = await call(CHANGES, { undoes: 1 });
    expect(again).toMatchObject({ status: 409, body: { code: 'already-undone' } });
    expect(again.body.detail).toBe('revision 1 was undone by revision 2');
    expect((await call(CHANGES, { undoes: 2 })).body.counters).toEqual({ sales: 5, visits: 40 });
    const { body } = await call('GET /dashboards/shop/changes');
    expect(body).toEqual({
      dashboard: 'shop',
      epoch,
      entries: [
        expect.objectContaining({ revision: 1, reason: 'till', undoneBy: 2 }),
        {
          revision: 2,
          at: undone.body.at,
          changes: [
            { counter: 'visits', by: -40 },
            { counter: 'sales', by: -5 },
          ],
          reason: 'wrong till',
          undoes: 1,
          undoneBy: 3,
          ...RELAY_KEY,
        },
        expect.objectContaining({ revision: 3, undoes: 2 }),
      ],
    });
  });

  it('is refused with 404 beyond the ledger, 409 for what is no change, and 400 below the lowest value', async () => {
    const { call } = await startShop();
    await call('PUT /dashboards/shop', { title: 'Shop', counters: { stock: {} } });
    await call(CHANGES, { changes: [{ counter: 'sales', by: 5 }] });
    await call(CHANGES, { changes: [{ counter: 'sales', by: -3 }] });
    const answers = [];
    for (const undoes of [1, 2, 4]) {
      const { status, body } = await call(CHANGES, { undoes });
      answers.push([status, body.code, body.detail]);
    }
    expect(answers).toEqual([
      [409, 'not-undoable', 'revision 1 cannot be undone: stock begins with revision 1'],
      [400, 'nothing-to-remove', 'cannot remove 5 from sales: only 2 remain'],
      [404, 'unknown-revision', 'the ledger of shop has no revision 4'],
    ]);
    expect((await call('POST /dashboards/nowhere/changes', { undoes: 1 })).body.code).toBe('unknown-dashboard');
    expect((await call('GET /dashboards/shop')).body).toMatchObject({ revision: 3, counters: { sales: 2 } });
  });

  it('is replayed under its key, and with another payload the key gets 422', async () => {
    const { call } = await startShop({ STORE: 'memory' });
    await call(CHANGES, { changes: [{ counter: 'sales', by: 5 }] });
    const headers = { 'Idempotency-Key': 'k' };
    const [first, again, other] = [
      await call(CHANGES, { undoes: 1 }, headers),
      await call(CHANGES, { undoes: 1 }, headers),
      await call(CHANGES, { undoes: 2 }, headers),
    ];
    expect([first.body.replayed, again.body, other.status]).toEqual([false, { ...first.body, replayed: true }, 422]);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    const late = [await call(CHANGES, { undoes: 1 }, { 'Idempotency-Key': 'l' })];
    late.push(await call(CHANGES, { undoes: 1 }, { 'Idempotency-Key': 'l' }));
    expect(late.map(({ body, headers: sent }) => [body.code, sent.get('idempotent-replayed')])).toEqual([
      ['already-undone', null],
      ['already-undone', 'true'],
    ]);
  });

  it.each<[string, unknown, string[]]>([
    ['beside changes', { undoes: 1, changes: [{ counter: 'sales', by: 1 }] }, ['/undoes']],
    ['beside an empty list of changes', { undoes: 1, changes: [] }, ['/changes', '/undoes']],
    ['of 0', { undoes: 0 }, ['/undoes']],
    ['of null', { undoes: null }, ['/undoes']],
    ['of text', { undoes: '1' }, ['/undoes']],
    ['of a fraction', { undoes: 1.5 }, ['/undoes']],
    ['beyond 2^53 - 1', { undoes: 2 ** 53 }, ['/undoes']],
  ])('%s gets 400 that points at it', async (_, sent, pointers) => {
    const { call } = await startShop({ STORE: 'memory' });
    await call(CHANGES, { changes: [{ counter: 'sales', by: 5 }] });
    const { status, body } = await call(CHANGES, sent);
    expect([status, body.errors.map(({ pointer }: { pointer: string }) => pointer)]).toEqual([400, pointers]);
    expect((await call('GET /dashboards/shop')).body.revision).toBe(1);
  });

  it('is for whoever may write, under the name of their token', async () => {
    const { url, call } = await startApi({ STORE: 'memory', ...TOKEN_CONFIG });
    await defineShop(url);
    const as = (who: keyof typeof SECRETS, body: unknown) => call(CHANGES, body, authorizeWith(SECRETS[who]));
    await as('admin', { changes: [{ counter: 'sales', by: 5 }] });
    expect([(await as('reader', { undoes: 1 })).status, (await as('clerk', { undoes: 1 })).status]).toEqual([403, 200]);
    const { body } = await call('GET /dashboards/shop/changes?after=1', undefined, authorizeWith(SECRETS.reader));
    expect(body.entries).toMatchObject([{ revision: 2, undoes: 1, who: 'clerk' }]);
  });

  it('can be a line of a stream, with a key of its own', async () => {
    const { url, call } = await startShop({ STORE: 'memory' });
    const lines = [
      { dashboard: 'shop', changes: [{ counter: 'sales', by: 5 }] },
      { dashboard: 'shop', undoes: 1, key: 'k', reason: 'till' },
      { dashboard: 'shop', undoes: 1, key: 'k', reason: 'till' },
      { dashboard: 'shop', undoes: 1 },
      { dashboard: 'shop', undoes: 1, changes: [{ counter: 'sales', by: 5 }] },
      { dashboard: 'shop', undoes: 2 },
    ];
    const { answers } = await postBulkChanges(url, lines.map(toText).join(''));
    expect(answers).toMatchObject([
      { revision: 1, replayed: false },
      { revision: 2, replayed: false },
      { revision: 2, replayed: true },
      { status: 409, code: 'already-undone', line: 4 },
      { status: 400, code: 'invalid-request', errors: [{ pointer: '/undoes' }], line: 5 },
      { revision: 3, counters: { sales: 5 } },
    ]);
    expect((await call('GET /dashboards/shop')).body).toMatchObject({ revision: 3, counters: { sales: 5 } });
  });
});
