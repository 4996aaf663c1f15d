/** Static tokens: rights, dashboards, names in the ledger, and faults at the start. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TokenList } from '../../src/config/token-list.js';
import { createCaller, startApi } from '../support/api-client.js';
import { createTempDirectory } from '../support/temp-directory.js';
import { createOrderLine, postBulkChanges } from '../support/bulk-client.js';
import { runService, startService } from '../support/service.js';
import { authorizeWith, defineShop, TOKEN_CONFIG, SECRETS } from '../support/token-service.js';

const MEMORY = { STORE: 'memory' } as const;
const SHOP_LINE = '{"dashboard":"shop","changes":[{"counter":"sales","by":1}]}\n';

async function startGuarded() {
  const api = await startApi({ ...MEMORY, ...TOKEN_CONFIG });
  await defineShop(api.url);
  const as = (who: keyof typeof SECRETS) => (line: string, body?: unknown) =>
    api.call(line, body, authorizeWith(SECRETS[who]));
  return { ...api, as };
}

describe('a token', () => {
  it.each([
    ['reader', [200, 403, 403]],
    ['clerk', [200, 200, 403]],
    ['admin', [200, 200, 200]],
  ] as const)('of a %s grants its own right and the lower ones', async (who, statuses) => {
    const { as } = await startGuarded();
    const lines = ['GET /dashboard', 'POST /order', 'DELETE /dashboards/shop/counters/sales'];
    const answers = [];
    for (const line of lines) answers.push((await as(who)(line)).status);
    expect(answers).toEqual(statuses.map((status, at) => (at === 2 && status === 200 ? 204 : status)));
  });

  it('tells its own right on each dashboard, and the name that the ledger records', async () => {
    const { as } = await startGuarded();
    const read = async (who: keyof typeof SECRETS, dashboard: string) =>
      (await as(who)(`GET /dashboards/${dashboard}/access`)).body;
    expect(await read('reader', 'shop')).toMatchObject({ dashboard: 'shop', right: 'read' });
    expect(await read('clerk', 'main')).toMatchObject({ right: 'write' });
    expect(await read('admin', 'not-yet-there')).toMatchObject({ dashboard: 'not-yet-there', right: 'admin' });
    expect(await read('shopClerk', 'shop')).toMatchObject({ right: 'write' });
    expect(await read('shopClerk', 'main')).toMatchObject({ code: 'forbidden' });
  });

  it('is accepted with its scheme in any case and with extra spaces', async () => {
    const { call } = await startGuarded();
    for (const Authorization of [`bearer ${SECRETS.reader}`, `BEARER   ${SECRETS.reader} `]) {
      expect((await call('GET /dashboard', undefined, { Authorization })).status).toBe(200);
    }
  });

  it('for one dashboard has its rights there and sees no other dashboard', async () => {
    const { as } = await startGuarded();
    expect((await as('shopClerk')('POST /dashboards/shop/counters/sales/add')).status).toBe(200);
    expect((await as('shopClerk')('GET /dashboards/shop')).body.counters).toEqual({ sales: 1 });
    expect(
      (await as('shopClerk')('GET /dashboards')).body.dashboards.map(({ name }: { name: string }) => name),
    ).toEqual(['shop']);
    expect((await as('reader')('GET /dashboards')).body.dashboards).toHaveLength(2);
    expect((await as('shopClerk')('GET /dashboard')).body.detail).toBe(
      'the token lacks the right "read" for dashboard main',
    );
  });

  it('for one dashboard gets bulk lines for others refused one by one, and the rest applied', async () => {
    const { url, as } = await startGuarded();
    const body =
      SHOP_LINE + createOrderLine() + SHOP_LINE + '{"dashboard":"nowhere","changes":[{"counter":"a","by":1}]}\n';
    const { status, answers } = await postBulkChanges(url, body, authorizeWith(SECRETS.shopClerk));
    expect(status).toBe(200);
    expect(answers.map(({ code, line, revision }) => [code, line, revision])).toEqual([
      [undefined, undefined, 1],
      ['forbidden', 2, undefined],
      [undefined, undefined, 2],
      ['forbidden', 4, undefined],
    ]);
    expect((await as('reader')('GET /dashboard')).body.revision).toBe(0);
  });
});

it('the ledger has the name of the token for every kind of change', async () => {
  const { url, as } = await startGuarded();
  await as('clerk')('POST /dashboards/shop/counters/sales/add', { amount: 3 });
  await as('shopClerk')('POST /dashboards/shop/changes', { changes: [{ counter: 'sales', by: 1 }] });
  await postBulkChanges(url, SHOP_LINE, authorizeWith(SECRETS.clerk));
  await as('admin')('PUT /dashboards/shop', { counters: { visits: {} } });
  await as('admin')('DELETE /dashboards/shop/counters/sales');
  const { body } = await as('reader')('GET /dashboards/shop/changes');
  const entries = body.entries as { who?: string }[];
  expect(entries.map(({ who }) => who)).toEqual(['clerk', 'shop-clerk', 'clerk', 'admin', 'admin']);
  await as('clerk')('POST /order');
  expect((await as('reader')('GET /dashboards/main/changes')).body.entries[0].who).toBe('clerk');
});

it.each([
  ['read', [200, 401, 401]],
  ['write', [200, 200, 401]],
] as const)(
  'with ALLOW_ANONYMOUS=%s requests without a token have that right and no name, and a token adds its own rights',
  async (ALLOW_ANONYMOUS, statuses) => {
    const { call } = await startApi({ ...MEMORY, ...TOKEN_CONFIG, ALLOW_ANONYMOUS });
    const answers = [];
    for (const line of ['GET /dashboard', 'POST /order', 'DELETE /dashboards/shop'])
      answers.push((await call(line)).status);
    expect(answers).toEqual(statuses);
    expect((await call('POST /order', undefined, authorizeWith(SECRETS.clerk))).status).toBe(200);
    expect((await call('GET /dashboard', undefined, authorizeWith('wrong'))).status).toBe(401);
    expect(
      (await call('POST /dashboards/main/counters/orders/add', undefined, authorizeWith(SECRETS.shopClerk))).status,
    ).toBe(ALLOW_ANONYMOUS === 'write' ? 200 : 403);
    const { body } = await call('GET /dashboards/main/changes');
    expect((body.entries as { who?: string }[]).map(({ who }) => who)).toEqual(
      ALLOW_ANONYMOUS === 'write' ? [undefined, 'clerk', 'shop-clerk'] : ['clerk'],
    );
  },
);

it('without configured tokens a service on localhost is unrestricted and ignores the token of a request', async () => {
  const { call } = await startApi(MEMORY);
  expect((await call('PUT /dashboards/shop', { counters: {} }, authorizeWith('anything'))).status).toBe(201);
});

describe('the service', () => {
  it('does not start on a public address without access rules', async () => {
    const { ended, output } = runService({ HOST: '0.0.0.0', STORE: 'memory' });
    expect(await ended).toBe(1);
    expect(output()).toContain(
      'HOST=0.0.0.0: anyone who reaches this address could change the counters. Set one of\n    WRITE_TOKENS=name:secret and ADMIN_TOKENS=name:secret (to make dashboards)\n    ALLOW_ANONYMOUS=read|write\n',
    );
  });

  it('reads tokens from files and variables, and never reveals their secrets', async () => {
    const file = join(createTempDirectory(), 'tokens');
    writeFileSync(file, `clerk:${SECRETS.clerk}\nshop-clerk@shop:${SECRETS.shopClerk}\n`);
    const env = {
      HOST: '0.0.0.0',
      STORE: 'memory',
      LOG_LEVEL: 'debug',
      WRITE_TOKENS_FILE: file,
      READ_TOKENS: 'weak:w34k',
      TICKET_SECRET: 's3cret',
    };
    const service = await startService(env);
    const call = createCaller(`http://127.0.0.1:${service.port}`);
    expect((await call('POST /order', undefined, authorizeWith(SECRETS.clerk))).status).toBe(200);
    expect((await call('POST /order', undefined, authorizeWith(SECRETS.shopClerk))).status).toBe(403);
    expect((await call('GET /dashboard', undefined, authorizeWith('w34k'))).status).toBe(200);
    expect(
      (await call(`GET /dashboard?token=${SECRETS.admin}`, undefined, authorizeWith('not-a-token-0123456789'))).status,
    ).toBe(400);
    expect((await call('GET /dashboard', undefined, authorizeWith('not-a-token-0123456789'))).status).toBe(401);
    expect(readFileSync(`/proc/${service.child.pid}/environ`, 'utf8')).not.toContain('0123456789');
    expect(readFileSync(`/proc/${service.child.pid}/cmdline`, 'utf8')).not.toContain('0123456789');
    expect(await service.stop()).toBe(0);
    expect(service.output()).toContain('tokens with fewer than 16 characters can be guessed: weak');
    expect(service.output()).toContain('a TICKET_SECRET with fewer than 32 characters can be guessed from a ticket');
    expect(service.output()).not.toMatch(/0123456789|w34k|s3cret/);
  });

  it('reports invalid tokens by position, without their secrets', async () => {
    const file = join(createTempDirectory(), 'nowhere');
    const env = { STORE: 'memory', WRITE_TOKENS: 'clerk:0123456789abcdef,0123456789', TICKET_SECRET_FILE: file };
    const { ended, output } = runService(env);
    expect(await ended).toBe(1);
    expect(output()).toContain('WRITE_TOKENS: entry 2 must be name:secret');
    expect(output()).toContain(`TICKET_SECRET_FILE=${file}: cannot be read`);
    expect(output()).not.toContain('0123456789');
  });

  it('does not start if two tokens have the same secret', async () => {
    const { ended, output } = runService({
      STORE: 'memory',
      READ_TOKENS: 'a:0123456789abcdef',
      ADMIN_TOKENS: 'b:0123456789abcdef',
    });
    expect(await ended).toBe(1);
    expect(output()).toContain('two tokens have the same secret');
    expect(output()).not.toContain('0123456789');
  });
});

it('a list of tokens is printed as names', () => {
  expect(String(TokenList.parse(`a:${SECRETS.reader},b@shop:${SECRETS.clerk}`))).toBe('a,b');
  expect(JSON.stringify(TokenList.parse(`a:${SECRETS.reader}`))).not.toContain('0123456789');
});
