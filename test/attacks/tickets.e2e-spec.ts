/** Attacks with tickets: past their time, of others, for others, by pages of other origins, and for what tickets are not for. */
import { SignJWT } from 'jose';
import { createCaller } from '../support/api-client.js';
import { type Attack, type AttackContext, authorizeAs, describeAttacks } from '../support/attack-harness.js';
import { encodeToken } from '../support/jwt-issuer.js';
import { formatHandshake, formatRequest } from '../harness/http-text.js';

const SECRET = 'a-ticket-key-of-the-tests-0123456789';
const GOOD = 'https://good.example';
const FRIEND = 'https://friend.example';

const now = () => Math.floor(Date.now() / 1_000);

/** A ticket as the service would make it, but for what is told. */
function forge(
  claims: object = {},
  { secret = SECRET, alg = 'HS256', audience = 'tallyboard:ticket' } = {},
): Promise<string> {
  const whole = { dashboard: 'main', origin: '', sub: 'reader', exp: now() + 30, ...claims };
  const token = new SignJWT(whole).setProtectedHeader({ alg }).setAudience(audience);
  return token.sign(new TextEncoder().encode(secret));
}

/** The ways to watch by a ticket. */
const WAYS = {
  'a WebSocket': (ticket: string, path: string, headers: Readonly<Record<string, string>>) =>
    formatHandshake(headers, `GET ${path}?ticket=${ticket}`),
  'a stream of events': (ticket: string, path: string, headers: Readonly<Record<string, string>>) =>
    formatRequest(`GET ${path}?ticket=${ticket}`, { Accept: 'text/event-stream', ...headers }),
  'a snapshot': (ticket: string, path: string, headers: Readonly<Record<string, string>>) =>
    formatRequest(`GET ${path}?ticket=${ticket}`, headers),
} as const;

interface Try {
  readonly ticket: (attacked: AttackContext) => string | Promise<string>;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** `ticket-invalid` when absent. */
  readonly code?: 'forbidden' | 'token-invalid' | 'origin-not-allowed';
}

/** A ticket that the service gives to whoever has the token of the reader, or of the reader of shop. */
async function given({ service }: AttackContext, origin?: string, dashboard = 'main'): Promise<string> {
  const headers = {
    ...authorizeAs(dashboard === 'main' ? 'reader' : 'shopReader'),
    ...(origin !== undefined && { Origin: origin }),
  };
  const { status, body } = await createCaller(service.url)('POST /tickets', { dashboard }, headers);
  expect(status).toBe(200);
  return String(body.ticket);
}

const TRIES: Readonly<Record<string, Try>> = {
  'that is over since a second': { ticket: () => forge({ exp: now() - 1 }) },
  'of another key': { ticket: () => forge({}, { secret: `${SECRET}0` }) },
  'of algorithm none': {
    ticket: () =>
      encodeToken({ alg: 'none' }, { dashboard: 'main', origin: '', aud: 'tallyboard:ticket', exp: now() + 30 }),
  },
  'of HS512': { ticket: () => forge({}, { alg: 'HS512', secret: SECRET.repeat(2) }) },
  'that is for something else': { ticket: () => forge({}, { audience: 'tallyboard' }) },
  'without an end': { ticket: () => forge({ exp: undefined }) },
  'without an origin': { ticket: () => forge({ origin: undefined }) },
  'without a dashboard': { ticket: () => forge({ dashboard: undefined }) },
  'whose token has ended meanwhile': { ticket: () => forge({ untilMs: Date.now() - 1 }), code: 'token-invalid' },
  'that is cut': { ticket: async (attacked) => (await given(attacked)).slice(0, -1) },
  'that is empty': { ticket: () => '' },
  'that is nonsense': { ticket: () => '%00%0d%0aX-Injected:1' },
  'behind a wrong one': { ticket: async (attacked) => `wrong&ticket=${await given(attacked)}` },
  'of shop, for main': { ticket: (attacked) => given(attacked, undefined, 'shop'), code: 'forbidden' },
  'of main, for shop': { ticket: (attacked) => given(attacked), path: '/dashboards/shop', code: 'forbidden' },
  'of a page, without it': { ticket: (attacked) => given(attacked, GOOD) },
  'of a page, by another that is allowed': { ticket: (attacked) => given(attacked, GOOD), headers: { Origin: FRIEND } },
  'of no page, by one that is allowed': { ticket: (attacked) => given(attacked), headers: { Origin: GOOD } },
  'of a page, by one that is not': {
    ticket: (attacked) => given(attacked, GOOD),
    headers: { Origin: 'https://evil.example' },
    code: 'origin-not-allowed',
  },
  'of a page, by one without a name': {
    ticket: (attacked) => given(attacked, GOOD),
    headers: { Origin: 'null' },
    code: 'origin-not-allowed',
  },
  'beside a token that is wrong': {
    ticket: (attacked) => given(attacked),
    headers: { Authorization: 'Bearer wrong' },
    code: 'token-invalid',
  },
};

const STATUSES = { 'ticket-invalid': 401, 'token-invalid': 401, forbidden: 403, 'origin-not-allowed': 403 } as const;

describeAttacks('Attacks with tickets', { TICKET_SECRET: SECRET, ALLOWED_ORIGINS: `${GOOD},${FRIEND}` }, (attacked) => {
  const { expectRefused } = attacked;

  it.each(Object.entries(WAYS))('a forged ticket that says what a true one does is let in to %s', async (_, way) => {
    const client = await attacked.connect();
    client.send(way(await forge(), '/dashboard', {}));
    expect([101, 200]).toContain((await client.readHead()).status);
  });

  describe.each(Object.entries(WAYS))('to %s leads no ticket', (_, way) => {
    it.each(Object.entries(TRIES))('%s', async (_name, { ticket, path = '/dashboard', headers = {}, ...one }) => {
      const sent = async () => way(await ticket(attacked), path, headers);
      const code: keyof typeof STATUSES = one.code ?? 'ticket-invalid';
      await expectRefused({ sent, status: STATUSES[code], code });
    });
  });

  const elsewhere = (line: string, headers: Readonly<Record<string, string>> = {}): Attack => ({
    sent: async () => formatRequest(`${line}?ticket=${await given(attacked)}`, headers),
    status: 401,
    code: 'token-required',
  });

  it.each(
    Object.entries({
      'a change': elsewhere('POST /product'),
      'a removal': elsewhere('DELETE /dashboards/shop'),
      'the list': elsewhere('GET /dashboards'),
      'the ledger': elsewhere('GET /dashboards/main/changes'),
      'the history': elsewhere('GET /dashboards/main/history'),
      'the counters': elsewhere('GET /dashboards/main/counters'),
      'another ticket': elsewhere('POST /tickets'),
    }),
  )('no ticket is looked at for %s', async (_, one) => {
    await expectRefused(one);
  });

  it('a ticket is no token, nor is one of the service by another name', async () => {
    for (const ticket of [await given(attacked), await forge({}, { audience: 'tallyboard' })]) {
      const sent = formatRequest('GET /dashboard', { Authorization: `Bearer ${ticket}` });
      await expectRefused({ sent, status: 401, code: 'token-invalid' });
    }
  });
});
