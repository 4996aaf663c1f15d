/** Changes of any counter of any dashboard, and the ledger. */
import { startApi, startShop } from '../support/api-client.js';
import { createTempDirectory } from '../support/temp-directory.js';
import { authorizeWith, SECRETS, TOKEN_CONFIG } from '../support/token-service.js';
import { RELAY_KEY } from '../support/upstream-target.js';

const CHANGES = 'POST /dashboards/shop/changes';
const SALES = '/dashboards/shop/counters/sales';

describe('add and remove', () => {
  it('change by 1 without a body, by the amount with one, and answer with the outcome', async () => {
    const { call } = await startShop();
    const first = await call(`POST ${SALES}/add`);
    expect(first.status).toBe(200);
    expect(first.body).toEqual({
      dashboard: 'shop',
      revision: 1,
      at: expect.any(Number),
      counters: { sales: 1 },
      replayed: false,
    });
    expect((await call(`POST ${SALES}/add`, { amount: 1_000_000_000 })).body.counters.sales).toBe(1_000_000_001);
    expect((await call(`POST ${SALES}/remove`, { amount: 2 })).body.counters.sales).toBe(999_999_999);
    expect((await call(`POST ${SALES}/remove`, {})).body.counters.sales).toBe(999_999_998);
  });

  it('refuse to remove more than there is: 400, and nothing changes', async () => {
    const { call } = await startShop();
    await call(`POST ${SALES}/add`, { amount: 2 });
    const refused = await call(`POST ${SALES}/remove`, { amount: 3 });
    expect(refused).toMatchObject({ status: 400, body: { code: 'nothing-to-remove' } });
    expect(refused.body.detail).toBe('cannot remove 3 from sales: only 2 remain');
    expect((await call('GET /dashboards/shop')).body).toMatchObject({ revision: 1, counters: { sales: 2 } });
  });

  it.each([0, -1, 1.5, 2 ** 53, '1', true, null, [1]])(
    'refuse the amount %j with 400 that points at it',
    async (amount) => {
      const { call } = await startShop({ STORE: 'memory' });
      for (const step of ['add', 'remove']) {
        const { status, body } = await call(`POST ${SALES}/${step}`, { amount });
        expect([status, body.errors]).toEqual([
          400,
          [{ pointer: '/amount', detail: 'must be an integer from 1 to 9007199254740991' }],
        ]);
      }
      expect((await call('GET /dashboards/shop')).body.revision).toBe(0);
    },
  );
});

describe('a change set', () => {
  it('applies by and to in order, with its reason', async () => {
    const { call } = await startShop();
    const changes = [
      { counter: 'sales', by: 5 },
      { counter: 'sales', by: -2 },
      { counter: 'visits', to: 40 },
    ];
    const { status, body } = await call(CHANGES, { changes, reason: 'stocktaking' });
    expect([status, body.revision, body.counters]).toEqual([200, 1, { sales: 3, visits: 40 }]);
    const { entries } = (await call('GET /dashboards/shop/changes')).body;
    const booked = [...changes.slice(0, 2), { counter: 'visits', to: 40, moved: 40 }];
    expect(entries).toEqual([{ revision: 1, at: body.at, changes: booked, reason: 'stocktaking', ...RELAY_KEY }]);
  });

  it('is not applied at all if one change is refused or names an unknown counter', async () => {
    const { call } = await startShop();
    const valid = { counter: 'visits', by: 1 };
    for (const [invalid, status] of [
      [{ counter: 'sales', by: -1 }, 400],
      [{ counter: 'nothing', by: 1 }, 404],
    ] as const) {
      expect((await call(CHANGES, { changes: [valid, invalid, valid] })).status).toBe(status);
    }
    expect((await call('GET /dashboards/shop')).body).toMatchObject({ revision: 0, counters: { sales: 0, visits: 0 } });
  });

  it('may have 1,000 changes; with 1,001 it gets 400', async () => {
    const { call } = await startShop();
    const changes = Array.from({ length: 1_000 }, () => ({ counter: 'sales', by: 1 }));
    expect((await call(CHANGES, { changes })).body.counters).toEqual({ sales: 1_000 });
    const { status, body } = await call(CHANGES, { changes: [...changes, { counter: 'sales', by: 1 }] });
    expect([status, body.errors[0].pointer]).toEqual([400, '/changes']);
    expect((await call('GET /dashboards/shop')).body.counters.sales).toBe(1_000);
  });

  it.each<[string, unknown, string[]]>([
    ['no body', undefined, ['/changes']],
    ['no changes', { changes: [] }, ['/changes']],
    ['changes that are not an array', { changes: { 0: { counter: 'sales', by: 1 } } }, ['/changes']],
    ['changes that are not objects', { changes: [null, [], 5] }, ['/changes/0', '/changes/1', '/changes/2']],
    ['a change without by and to', { changes: [{ counter: 'sales' }] }, ['/changes/0/by']],
    ['a change with by and to', { changes: [{ counter: 'sales', by: 1, to: 1 }] }, ['/changes/0/by']],
    ['a by of 0', { changes: [{ counter: 'sales', by: 0 }] }, ['/changes/0/by']],
    ['a by that is a string', { changes: [{ counter: 'sales', by: '1' }] }, ['/changes/0/by']],
    ['a by that is too large', { changes: [{ counter: 'sales', by: -(2 ** 53) }] }, ['/changes/0/by']],
    ['a to below -(2^53 - 1)', { changes: [{ counter: 'sales', to: -(2 ** 53) }] }, ['/changes/0/to']],
    ['a to above 2^53 - 1', { changes: [{ counter: 'sales', to: 2 ** 53 }] }, ['/changes/0/to']],
    ['a to of null', { changes: [{ counter: 'sales', by: 1, to: null }] }, ['/changes/0/to']],
    ['a change without a counter', { changes: [{ by: 1 }] }, ['/changes/0/counter']],
    ['an invalid counter name', { changes: [{ counter: 'Sales', by: 1 }] }, ['/changes/0/counter']],
    ['an unknown field', { changes: [{ counter: 'sales', by: 1, at: 5 }] }, ['/changes/0/at']],
    ['a reason that is too long', { changes: [{ counter: 'sales', by: 1 }], reason: 'x'.repeat(501) }, ['/reason']],
    ['a dashboard in the body', { dashboard: 'shop', changes: [{ counter: 'sales', by: 1 }] }, ['/dashboard']],
  ])('with %s gets 400 that points at it', async (_, sent, pointers) => {
    const { call } = await startShop({ STORE: 'memory' });
    const { status, body } = await call(CHANGES, sent);
    expect(status).toBe(400);
    expect(body.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual(pointers);
    expect((await call('GET /dashboards/shop')).body.revision).toBe(0);
  });

  it('with extremely deep nesting gets 400', async () => {
    const { call, url } = await startShop({ STORE: 'memory' });
    for (const body of [
      `{"changes":${'['.repeat(30_000)}${']'.repeat(30_000)}}`,
      `{"x":${'[{"x":'.repeat(8_000)}1${'}]'.repeat(8_000)}}`,
    ]) {
      const response = await fetch(`${url}/dashboards/shop/changes`, {
        method: 'POST',
        body,
        headers: { 'Content-Type': 'application/json' },
      });
      expect(response.status).toBe(400);
    }
    expect((await call('GET /dashboards/shop')).status).toBe(200);
  });
});

describe('an Idempotency-Key', () => {
  it.each([
    ['add', `POST ${SALES}/add`, { amount: 5 }, { amount: 6 }],
    ['remove', `POST ${SALES}/remove`, { amount: 5 }, undefined],
    [
      'a change set',
      CHANGES,
      { changes: [{ counter: 'sales', by: 5 }] },
      { changes: [{ counter: 'sales', by: 5 }], reason: 'x' },
    ],
  ])('on %s counts once, replays the outcome, and gets 422 for another payload', async (_, line, sent, other) => {
    const { call } = await startShop();
    await call(CHANGES, { changes: [{ counter: 'sales', to: 50 }] });
    const key = { 'Idempotency-Key': 'k' };
    const first = await call(line, sent, key);
    const again = await call(line, sent, key);
    expect([first.status, first.body.replayed, first.headers.get('idempotent-replayed')]).toEqual([200, false, null]);
    expect(again.body).toEqual({ ...first.body, replayed: true });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(await call(line, other, key)).toMatchObject({ status: 422, body: { code: 'key-reused' } });
    expect((await call('GET /dashboards/shop')).body.revision).toBe(2);
  });

  it('is separate for each dashboard', async () => {
    const { call } = await startShop();
    await call('PUT /dashboards/other', { counters: { sales: {} } });
    for (const dashboard of ['shop', 'other']) {
      const { body } = await call(`POST /dashboards/${dashboard}/counters/sales/add`, undefined, {
        'Idempotency-Key': 'k',
      });
      expect(body).toMatchObject({ dashboard, revision: 1, replayed: false });
    }
  });
});

describe('GET /dashboards/:dashboard/changes', () => {
  it('has pages: following next or Link returns every entry once', async () => {
    const { call, url, epoch } = await startShop();
    for (const amount of [1, 2, 3, 4, 5]) {
      await call(`POST ${SALES}/add`, { amount }, { 'Idempotency-Key': `"key ${amount}"`.replace(' ', '-') });
    }
    const seen: unknown[] = [];
    let address: string | undefined = '/dashboards/shop/changes?limit=2';
    while (address !== undefined) {
      const { body, headers } = await call(`GET ${address}`);
      expect([body.dashboard, body.epoch]).toEqual(['shop', epoch]);
      seen.push(...body.entries.map(({ revision, key }: { revision: number; key: string }) => [revision, key]));
      const link = /^<([^>]+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];
      expect(link !== undefined).toBe(body.next !== undefined);
      address = link && new URL(link, `${url}/dashboards/shop/changes`).href.slice(url.length);
    }
    expect(seen).toEqual([1, 2, 3, 4, 5].map((n) => [n, `key-${n}`]));
  });

  it('gives the snapshot when replayed from revision 0, definitions and deletions included', async () => {
    const DATA_DIR = createTempDirectory();
    const { call } = await startShop({ DATA_DIR });
    await call(CHANGES, {
      changes: [
        { counter: 'sales', by: 9 },
        { counter: 'visits', to: 4 },
      ],
    });
    await call('DELETE /dashboards/shop/counters/sales');
    await call('PUT /dashboards/shop', { counters: { sales: {}, refunds: {} } });
    await call(`POST ${SALES}/add`, { amount: 2 });
    await call(`POST ${SALES}/remove`);
    const { entries } = (await call('GET /dashboards/shop/changes')).body;
    const values: Record<string, number> = {};
    for (const { changes } of entries) {
      for (const { counter, by, to } of changes) values[counter] = to ?? (values[counter] ?? 0) + by;
    }
    const { counters, revision } = (await call('GET /dashboards/shop')).body;
    expect(values).toEqual(counters);
    expect(entries.map((entry: { revision: number }) => entry.revision)).toEqual(
      Array.from({ length: revision }, (_, index) => index + 1),
    );
  });

  it.each(['memory', 'sqlite'] as const)(
    'bounds the size of a page, and next leads through all pages (%s)',
    async (STORE) => {
      const { call } = await startShop({ STORE });
      const changes = Array.from({ length: 1_000 }, () => ({ counter: 'sales', by: 1_000_000_000 }));
      await call(CHANGES, { changes: [{ counter: 'sales', to: 1 }] });
      const sets = 60;
      for (let n = 0; n < sets; n += 1) await call(CHANGES, { changes });
      const sizes: number[] = [];
      let after: number | undefined = 0;
      while (after !== undefined) {
        const { body } = await call(`GET /dashboards/shop/changes?limit=1000&after=${after}`);
        sizes.push(body.entries.length);
        after = body.next;
      }
      expect(sizes.length).toBeGreaterThan(1);
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(sets + 1);
    },
  );

  it('filters by counters and by actor in both directions, and Link keeps the filters', async () => {
    const { call, url } = await startApi({ STORE: 'memory', ...TOKEN_CONFIG });
    const as = (who: keyof typeof SECRETS) => authorizeWith(SECRETS[who]);
    const counters = { sales: {}, visits: {}, refunds: {} };
    await call('PUT /dashboards/shop', { counters }, as('admin'));
    const sent = [
      ['clerk', ['sales']],
      ['admin', ['visits', 'sales']],
      ['clerk', ['refunds']],
      ['clerk', ['visits']],
      ['clerk', ['sales', 'refunds']],
      ['admin', ['refunds']],
    ] as const;
    for (const [who, names] of sent)
      await call(CHANGES, { changes: names.map((counter) => ({ counter, by: 1 })) }, as(who));
    const find = async (query: string) => {
      const [revisions, links]: [number[], string[]] = [[], []];
      for (let address = `/dashboards/shop/changes?${query}`; address !== '';) {
        const { body, headers } = await call(`GET ${address}`, undefined, as('reader'));
        revisions.push(...body.entries.map(({ revision }: { revision: number }) => revision));
        const link = /^<([^>]+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1] ?? '';
        expect(link === '').toBe(body.next === undefined);
        address = link && new URL(link, `${url}/dashboards/shop/changes`).href.slice(url.length);
        if (link) links.push(link);
      }
      return [revisions, links] as const;
    };
    expect(await find('counter=sales,refunds&who=clerk&limit=2')).toEqual([
      [1, 3, 5],
      ['?after=3&limit=2&counter=refunds%2Csales&who=clerk'],
    ]);
    expect(await find('order=newest&counter=visits&counter=sales&after=1&limit=2')).toEqual([
      [5, 4, 2],
      ['?order=newest&before=4&after=1&limit=2&counter=sales%2Cvisits'],
    ]);
    expect(await find('order=newest&before=4&limit=2')).toEqual([[3, 2, 1], ['?order=newest&before=2&limit=2']]);
    expect(await find('before=3&limit=1')).toEqual([[1, 2], ['?after=1&before=3&limit=1']]);
    expect(await find('who=nobody')).toEqual([[], []]);
    expect(await find('counter=deleted')).toEqual([[], []]);
  });

  it.each([
    'limit=0',
    'limit=1001',
    'after=-1',
    'after=x',
    'after=1&after=2',
    'before=0',
    'before=x',
    'order=latest',
    'who=',
    'who=a&who=b',
    'counter=',
    'counter=Sales',
    'counter=sales,',
  ])('with %s gets 400 that points at the parameter', async (query) => {
    const { call } = await startShop({ STORE: 'memory' });
    const { status, body } = await call(`GET /dashboards/shop/changes?${query}`);
    expect([status, body.errors[0].parameter]).toEqual([400, query.split('=')[0]]);
  });
});
