/**
 * Attacks the built service while a well-behaved client uses it. Each refused request must leave the state unchanged,
 * and the client must see no error and exact counts.
 */
import type { ErrorCode } from '../../src/counters/errors.js';
import { createCaller } from './api-client.js';
import { eventually } from './cleanup.js';
import { formatRequest } from '../harness/http-text.js';
import { connectRaw, type RawResponse, type RawClient } from './raw-http.js';
import type { Service } from './service.js';
import { BackgroundClient } from './background-client.js';
import { startRelayedService } from './relayed-service.js';

/** Secrets of the tokens that the attacked service accepts. */
export const SECRETS = {
  reader: 'reader-secret-0123456789',
  shopReader: 'shop-reader-secret-0123456789',
  clerk: 'clerk-secret-0123456789',
  shopClerk: 'shop-clerk-secret-0123456789',
  shopAdmin: 'shop-admin-secret-0123456789',
  admin: 'admin-secret-0123456789',
} as const;

export const TOKEN_VARIABLES = {
  READ_TOKENS: `reader:${SECRETS.reader},shop-reader@shop:${SECRETS.shopReader}`,
  WRITE_TOKENS: `clerk:${SECRETS.clerk},shop-clerk@shop:${SECRETS.shopClerk}`,
  ADMIN_TOKENS: `admin:${SECRETS.admin},shop-admin@shop:${SECRETS.shopAdmin}`,
};

/** Returns the Authorization header of a token. */
export function authorizeAs(tokenName: keyof typeof SECRETS): { readonly Authorization: string } {
  return { Authorization: `Bearer ${SECRETS[tokenName]}` };
}

/** Generous, for busy machines. */
const START_TIMEOUT_MS = 60_000;

type Env = Readonly<Record<string, string>>;

/** A hostile request and its expected refusal. */
export interface Attack {
  /** Text of the request, or a function that creates it when it is sent, for values that do not exist earlier. */
  readonly request: string | (() => string | Promise<string>);
  readonly status: number;
  readonly code: ErrorCode;
  /** Headers that the response must have; further ones are ignored. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Names of headers that the response must not have. */
  readonly forbiddenHeaders?: RegExp;
}

export interface AttackContext {
  readonly service: Service;
  /** Opens a connection as an attacker. */
  readonly connect: () => Promise<RawClient>;
  /** Sends each attack on its own connection; fails unless all are refused as expected and no state has changed. */
  readonly expectRefused: (...attacks: readonly Attack[]) => Promise<void>;
  /** Fails if anything other than the counter `orders`, which the well-behaved client changes, is different. */
  readonly expectUnchanged: () => Promise<void>;
}

/**
 * Declares a suite of attacks against its own service instance. Its last test asserts that the background client met no
 * error and that its acknowledged changes are the only ones counted.
 * @param env variables beside the tokens, or a function that creates them before the service starts
 * @param backgroundToken token of the background client; `nobody` runs the service without tokens
 */
export function describeAttacks(
  title: string,
  env: Env | (() => Promise<Env>),
  attacks: (context: AttackContext) => void,
  backgroundToken: keyof typeof SECRETS | 'nobody' = 'clerk',
): void {
  describe(title, () => {
    const running = {} as { service: Service; client?: BackgroundClient; before: object };

    beforeAll(async () => {
      const tokens = backgroundToken === 'nobody' ? {} : TOKEN_VARIABLES;
      const service = await startRelayedService({
        STORE: 'memory',
        MAX_AUTH_FAILURES_PER_MIN: '100000',
        ...tokens,
        ...(typeof env === 'function' ? await env() : env),
      });
      running.service = service;
      const body = { title: 'Shop', counters: { sales: {} } };
      const { status } = await createCaller(service.url)('PUT /dashboards/shop', body, authorizeAs('admin'));
      expect(status).toBe(201);
      running.before = await readState(service);
      running.client = new BackgroundClient(
        service.url,
        backgroundToken === 'nobody' ? undefined : SECRETS[backgroundToken],
      );
    }, START_TIMEOUT_MS);

    const expectUnchanged = async (): Promise<void> => {
      const { before } = running;
      // Store the new state first, so that a harmful attack fails only its own test.
      running.before = await readState(running.service);
      expect(running.before).toEqual(before);
    };
    const connect = (): Promise<RawClient> => connectRaw(running.service.port);

    attacks({
      get service() {
        return running.service;
      },
      connect,
      expectUnchanged,
      async expectRefused(...refusedAttacks) {
        for (const attack of refusedAttacks) await expectRefusal(await connect(), attack);
        await expectUnchanged();
      },
    });

    it('the background client met no error, and its counts are exact', async () => {
      const { client, service } = running;
      if (!client) throw new Error('the background client did not start');
      await client.finish();
      const { acknowledged, faults, socketsOpened } = client;
      expect(faults).toEqual([]);
      // A single WebSocket from the first change to the last.
      expect(socketsOpened).toBe(1);
      expect(acknowledged).toBeGreaterThan(0);
      await eventually(() => client.snapshot?.counters['orders'] === acknowledged);
      const { body } = await createCaller(service.url)('GET /dashboards/main', undefined, authorizeAs('admin'));
      expect(body).toMatchObject({
        revision: acknowledged,
        counters: { orders: acknowledged, customers: 0, products: 0 },
      });
      expect(client.snapshot).toEqual(body);
      await expectUnchanged();
      client.close();
      expect(service.output()).not.toMatch(/secret-0123456789/);
      expect(await service.stop()).toBe(0);
      process.stderr.write(`${title}: ${client.formatLatency()}\n`);
    });

    afterAll(() => running.client?.close());
  });
}

/** Declares groups of attacks, with one test per attack. */
export function describeRefusals(
  groups: readonly (readonly [title: string, attacks: Readonly<Record<string, Attack>>])[],
  expectRefused: AttackContext['expectRefused'],
): void {
  describe.each(groups)('%s', (_, attacks) => {
    it.each(Object.entries(attacks))('%s', async (_name, attack) => {
      await expectRefused(attack);
    });
  });
}

/** Reads the state that an attack could change, without the counter that the background client changes. */
async function readState({ url }: Service): Promise<object> {
  const call = createCaller(url);
  const paths = ['dashboards', 'dashboards/shop', 'dashboards/main?counters=customers,products'];
  const [list, shop, main] = await Promise.all(
    paths.map(async (path) => (await call(`GET /${path}`, undefined, authorizeAs('admin'))).body),
  );
  const others = (list.dashboards as { name: string }[]).filter(({ name }) => name !== 'main');
  return { others, shop, main: main.counters as object };
}

async function expectRefusal(
  client: RawClient,
  { request, status, code, headers = {}, forbiddenHeaders }: Attack,
): Promise<void> {
  const text = typeof request === 'function' ? await request() : request;
  client.send(text);
  const isHead = text.startsWith('HEAD ');
  const response = isHead ? { ...(await client.readHead()), body: '' } : await client.readResponse();
  expect(response).toMatchObject({ status, headers });
  if (!isHead) expect(JSON.parse(response.body)).toMatchObject({ status, code });
  if (forbiddenHeaders) expect(Object.keys(response.headers).filter((name) => forbiddenHeaders.test(name))).toEqual([]);
  expectNoLeak(response);
}

/** Fails if the response contains an injected header or a secret. */
function expectNoLeak(response: RawResponse): void {
  expect(Object.keys(response.headers).filter((name) => /set-cookie|injected/.test(name))).toEqual([]);
  expect(JSON.stringify(response)).not.toMatch(/secret-0123456789/);
}

/** Creates an attack from a request line, headers and body; Content-Length is added for a body. */
export function createAttack(
  line: string,
  headers: Readonly<Record<string, string>>,
  status: number,
  code: ErrorCode,
  body = '',
): Attack {
  const length: Record<string, string> = body === '' ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
  return { request: formatRequest(line, { ...length, ...headers }, body), status, code };
}
