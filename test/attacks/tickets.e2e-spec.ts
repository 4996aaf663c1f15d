/** Attacks with tickets: expired, forged, for other dashboards or origins, and for requests that take no ticket. */
import { SignJWT } from 'jose';
import { createCaller } from '../support/api-client.js';
import { type Attack, type AttackContext, authorizeAs, describeAttacks } from '../support/attack-harness.js';
import { encodeToken } from '../support/jwt-issuer.js';
import { formatHandshake, formatRequest } from '../harness/http-text.js';

const SECRET = 'a-ticket-key-of-the-tests-0123456789';
const GOOD = 'https://good.example';
const FRIEND = 'https://friend.example';

const now = () => Math.floor(Date.now() / 1_000);

/** Signs a ticket as the service does, with other claims, secret, algorithm or audience. */
function forge(
  claims: object = {},
  { secret = SECRET, alg = 'HS256', audience = 'tallyboard:ticket' } = {},
): Promise<string> {
  const whole = { dashboard: 'main', origin: '', sub: 'reader', exp: now() + 30, ...claims };
  const token = new SignJWT(whole).setProtectedHeader({ alg }).setAudience(audience);
  return token.sign(new TextEncoder().encode(secret));
}

/** Requests that accept a ticket. */
const REQUESTS = {
  'a WebSocket': (ticket: string, path: string, headers: Readonly<Record<string, string>>) =>
    formatHandshake(headers, `GET ${path}?ticket=${ticket}`),
  'a stream of events': (ticket: string, path: string, headers: Readonly<Record<string, string>>) =>
    formatRequest(`GET ${path}?ticket=${ticket}`, { Accept: 'text/event-stream', ...headers }),
  'a snapshot': (ticket: string, path: string, headers: Readonly<Record<string, string>>) =>
    formatRequest(`GET ${path}?ticket=${ticket}`, headers),
  'a history': (ticket: string, path: string, headers: Readonly<Record<string, string>>) => {
    const dashboard = path === '/dashboard' ? '/dashboards/main' : path;
    return formatRequest(`GET ${dashboard}/history?ticket=${ticket}`, headers);
  },
} as const;

interface Attempt {
  readonly ticket: (attacked: AttackContext) => string | Promise<string>;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** `ticket-invalid` when absent. */
  readonly code?: 'forbidden' | 'token-invalid' | 'origin-not-allowed';
}

/** Requests a ticket with the token of a reader of the dashboard. */
async function requestTicket({ service }: AttackContext, origin?: string, dashboard = 'main'): Promise<string> {
  const headers = {
    ...authorizeAs(dashboard === 'main' ? 'reader' : 'shopReader'),
    ...(origin !== undefined && { Origin: origin }),
  };
  const { status, body } = await createCaller(service.url)('POST /tickets', { dashboard }, headers);
  expect(status).toBe(200);
  return String(body.ticket);
}

const ATTEMPTS: Readonly<Record<string, Attempt>> = {
  'that expired longer ago than clocks may differ': { ticket: () => forge({ exp: now() - 31 }) },
  'signed with another secret': { ticket: () => forge({}, { secret: `${SECRET}0` }) },
  'with algorithm none': {
    ticket: () =>
      encodeToken({ alg: 'none' }, { dashboard: 'main', origin: '', aud: 'tallyboard:ticket', exp: now() + 30 }),
  },
  'with algorithm HS512': { ticket: () => forge({}, { alg: 'HS512', secret: SECRET.repeat(2) }) },
  'for another audience': { ticket: () => forge({}, { audience: 'tallyboard' }) },
  'without an expiry': { ticket: () => forge({ exp: undefined }) },
  'without an origin': { ticket: () => forge({ origin: undefined }) },
  'without a dashboard': { ticket: () => forge({ dashboard: undefined }) },
  'whose token has expired': { ticket: () => forge({ untilMs: Date.now() - 1 }), code: 'token-invalid' },
  'that is truncated': { ticket: async (attacked) => (await requestTicket(attacked)).slice(0, -1) },
  'that is empty': { ticket: () => '' },
  'that is nonsense': { ticket: () => '%00%0d%0aX-Injected:1' },
  'after an invalid one': { ticket: async (attacked) => `wrong&ticket=${await requestTicket(attacked)}` },
  'for shop on main': { ticket: (attacked) => requestTicket(attacked, undefined, 'shop'), code: 'forbidden' },
  'for main on shop': { ticket: (attacked) => requestTicket(attacked), path: '/dashboards/shop', code: 'forbidden' },
  'of a page in a request without an origin': { ticket: (attacked) => requestTicket(attacked, GOOD) },
  'of a page by another allowed page': {
    ticket: (attacked) => requestTicket(attacked, GOOD),
    headers: { Origin: FRIEND },
  },
  'of no page by an allowed page': { ticket: (attacked) => requestTicket(attacked), headers: { Origin: GOOD } },
  'of a page by a page that is not allowed': {
    ticket: (attacked) => requestTicket(attacked, GOOD),
    headers: { Origin: 'https://evil.example' },
    code: 'origin-not-allowed',
  },
  'of a page by one with origin null': {
    ticket: (attacked) => requestTicket(attacked, GOOD),
    headers: { Origin: 'null' },
    code: 'origin-not-allowed',
  },
  'beside a wrong token': {
    ticket: (attacked) => requestTicket(attacked),
    headers: { Authorization: 'Bearer wrong' },
    code: 'token-invalid',
  },
};

const STATUSES = { 'ticket-invalid': 401, 'token-invalid': 401, forbidden: 403, 'origin-not-allowed': 403 } as const;

describeAttacks('Attacks with tickets', { TICKET_SECRET: SECRET, ALLOWED_ORIGINS: `${GOOD},${FRIEND}` }, (attacked) => {
  const { expectRefused } = attacked;

  it.each(Object.entries(REQUESTS))(
    '%s accepts a ticket forged with the right secret and claims',
    async (_, format) => {
      const client = await attacked.connect();
      client.send(format(await forge(), '/dashboard', {}));
      expect([101, 200]).toContain((await client.readHead()).status);
    },
  );

  describe.each(Object.entries(REQUESTS))('%s refuses a ticket', (_, format) => {
    it.each(Object.entries(ATTEMPTS))('%s', async (_name, { ticket, path = '/dashboard', headers = {}, ...one }) => {
      const request = async () => format(await ticket(attacked), path, headers);
      const code: keyof typeof STATUSES = one.code ?? 'ticket-invalid';
      await expectRefused({ request, status: STATUSES[code], code });
    });
  });

  const elsewhere = (line: string, headers: Readonly<Record<string, string>> = {}): Attack => ({
    request: async () => formatRequest(`${line}?ticket=${await requestTicket(attacked)}`, headers),
    status: 401,
    code: 'token-required',
  });

  it.each(
    Object.entries({
      'a change': elsewhere('POST /product'),
      'a removal': elsewhere('DELETE /dashboards/shop'),
      'the list of dashboards': elsewhere('GET /dashboards'),
      'a change set': elsewhere('POST /dashboards/main/changes'),
      'the rules': elsewhere('GET /dashboards/main/rules'),
      'the counters': elsewhere('GET /dashboards/main/counters'),
      'another ticket': elsewhere('POST /tickets'),
    }),
  )('a ticket is ignored for %s', async (_, one) => {
    await expectRefused(one);
  });

  it('a ticket is not accepted as a token, with any audience', async () => {
    for (const ticket of [await requestTicket(attacked), await forge({}, { audience: 'tallyboard' })]) {
      const request = formatRequest('GET /dashboard', { Authorization: `Bearer ${ticket}` });
      await expectRefused({ request, status: 401, code: 'token-invalid' });
    }
  });
});
