/** Tickets: exchanged for a token, and used by browsers to watch. */
import { Secret } from '../../src/config/token-list.js';
import { startApi } from '../support/api-client.js';
import { watchSse } from '../support/sse-viewer.js';
import { formatHandshake } from '../harness/http-text.js';
import { connectRaw } from '../support/raw-http.js';
import { authorizeWith, defineShop, TOKEN_CONFIG, SECRETS } from '../support/token-service.js';
import { watchV1 } from '../support/websocket-viewer.js';

const GOOD = 'https://good.example';
const START = { STORE: 'memory', ALLOWED_ORIGINS: [GOOD], ...TOKEN_CONFIG } as const;

async function startWithTickets(overrides: Parameters<typeof startApi>[0] = {}) {
  const api = await startApi({ ...START, ...overrides });
  const requestTicket = async (dashboard: string, token: string, headers: Readonly<Record<string, string>> = {}) => {
    const { status, body } = await api.call('POST /tickets', { dashboard }, { ...authorizeWith(token), ...headers });
    expect(status).toBe(200);
    return String(body.ticket);
  };
  const requestStatus = async (text: string) => {
    const client = await connectRaw(api.port);
    client.send(text);
    return (await client.readHead()).status;
  };
  return { ...api, requestTicket, requestStatus };
}

it('a ticket is valid for 30 s and is not cached', async () => {
  const { call } = await startWithTickets();
  const before = Date.now();
  const { status, headers, body } = await call('POST /tickets', { dashboard: 'main' }, authorizeWith(SECRETS.reader));
  expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
  expect(body).toEqual({ ticket: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/), expiresAt: expect.any(Number) });
  expect(body.expiresAt).toBeGreaterThan(before + 28_000);
  expect(body.expiresAt).toBeLessThanOrEqual(Date.now() + 30_000);
  expect(body.ticket).not.toContain(SECRETS.reader);
});

it('a ticket opens a WebSocket and a stream that show changes', async () => {
  const { url, call, requestTicket } = await startWithTickets();
  const viewer = await watchV1(url, `/dashboard?ticket=${await requestTicket('main', SECRETS.reader)}`);
  const stream = await watchSse(`${url}/dashboard?ticket=${await requestTicket('main', SECRETS.reader)}&totals`);
  await call('POST /order', undefined, authorizeWith(SECRETS.clerk));
  await Promise.all([viewer.waitForValues({ orders: 1 }), stream.waitForValues({ orders: 1 })]);
});

it('a page of an allowed origin can watch with its own ticket', async () => {
  const { requestTicket, requestStatus } = await startWithTickets();
  const page = { Origin: GOOD };
  const ticket = await requestTicket('main', SECRETS.reader, page);
  expect(await requestStatus(formatHandshake(page, `GET /dashboard?ticket=${ticket}`))).toBe(101);
});

it('a page of the service can open a stream without an Origin header, as browsers do', async () => {
  const { url, port, requestTicket } = await startWithTickets();
  const own = `http://127.0.0.1:${port}`;
  const ticket = await requestTicket('main', SECRETS.reader, { Origin: own });
  const stream = await watchSse(`${url}/dashboard?ticket=${ticket}`);
  await stream.waitForValues({ orders: 0 });
});

it('a ticket is issued only for a dashboard that the token may read, and opens only that dashboard', async () => {
  const { url, call, requestTicket, requestStatus } = await startWithTickets();
  await defineShop(url);
  const ticket = await requestTicket('shop', SECRETS.shopClerk);
  expect(await requestStatus(formatHandshake({}, `GET /dashboards/shop?ticket=${ticket}`))).toBe(101);
  expect(await requestStatus(formatHandshake({}, `GET /dashboard?ticket=${ticket}`))).toBe(403);
  expect((await call('POST /tickets', { dashboard: 'main' }, authorizeWith(SECRETS.shopClerk))).body.code).toBe(
    'forbidden',
  );
  expect((await call('POST /tickets', { dashboard: 'No Name' }, authorizeWith(SECRETS.admin))).status).toBe(400);
  expect((await call('POST /tickets', undefined, authorizeWith(SECRETS.admin))).status).toBe(400);
});

it('instances with the same TICKET_SECRET accept each other\u2019s tickets, and others do not', async () => {
  const shared = { TICKET_SECRET: new Secret('shared-by-two-instances-0123456789') };
  const [one, two, other] = [await startWithTickets(shared), await startWithTickets(shared), await startWithTickets()];
  const text = formatHandshake({}, `GET /dashboard?ticket=${await one.requestTicket('main', SECRETS.reader)}`);
  expect([await two.requestStatus(text), await other.requestStatus(text)]).toEqual([101, 401]);
});

it.each([
  [45, 101],
  [61, 401],
])('a ticket that another instance issued %s s ago, by its clock, gets %s', async (seconds, status) => {
  const shared = { TICKET_SECRET: new Secret('shared-by-two-instances-0123456789') };
  const readTime = Date.now;
  const clock = import.meta.jest.spyOn(Date, 'now').mockImplementation(() => readTime() - seconds * 1_000);
  const issuer = await startWithTickets(shared);
  const ticket = await issuer.requestTicket('main', SECRETS.reader).finally(() => clock.mockRestore());
  const verifier = await startWithTickets(shared);
  expect(await verifier.requestStatus(formatHandshake({}, `GET /dashboard?ticket=${ticket}`))).toBe(status);
});

it('an unrestricted service issues tickets without a token', async () => {
  const { url, call } = await startApi({ STORE: 'memory' });
  const { body } = await call('POST /tickets', { dashboard: 'main' });
  const viewer = await watchV1(url, `/dashboard?ticket=${body.ticket}`);
  await viewer.waitForValues({ orders: 0 });
});
