/** An issuer of JWTs: publishes its keys over HTTP, signs what it is told, changes its keys, and goes away. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import type { Config } from '../../src/config/config.js';
import { excludeFromChecks } from './response-check.js';
import { afterTest } from './cleanup.js';

export const AUDIENCE = 'tallyboard-test';

interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly jwk: JWK;
}

/** What a token says beside who it is from and for, or in place of it. */
export type Claims = Readonly<Record<string, unknown>>;

export interface SignOptions {
  readonly key?: SigningKey;
  readonly header?: Readonly<Record<string, unknown>>;
}

export async function createKey(kid: string, alg = 'ES256'): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, publicKey, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

export class JwtIssuer {
  /** How often its keys were asked for. */
  requestCount = 0;
  /** The paths that were asked for. */
  readonly requestedPaths: string[] = [];
  /** What it answers when it is asked for its keys. */
  state: 'healthy' | 'failing' | 'malformed' = 'healthy';
  #server: ReturnType<typeof createServer> | undefined;
  #port = 0;

  private constructor(private keys: readonly SigningKey[]) {}

  static async start(): Promise<JwtIssuer> {
    const issuer = new JwtIssuer([await createKey('one')]);
    await issuer.listen();
    return issuer;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get key(): SigningKey {
    const key = this.keys.at(-1);
    if (!key) throw new Error('the issuer has no key');
    return key;
  }

  /** What a service needs to take its tokens. */
  get env(): Readonly<Record<string, string>> {
    return { JWT_ISSUER: this.url, JWT_AUDIENCE: AUDIENCE, JWT_JWKS_URL: `${this.url}/keys` };
  }

  /** Publishes these keys and no others. The last one signs. */
  publishKeys(...keys: readonly SigningKey[]): void {
    this.keys = keys;
  }

  /** Listens, where it was before. */
  async listen(): Promise<void> {
    const server = createServer(({ url = '' }, response) => {
      this.requestCount += 1;
      this.requestedPaths.push(url);
      const body = this.state === 'malformed' ? '<html>' : JSON.stringify({ keys: this.keys.map(({ jwk }) => jwk) });
      response.writeHead(this.state === 'failing' ? 500 : 200, { 'content-type': 'application/json' }).end(body);
    });
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
    excludeFromChecks(this.#port);
    this.#server = server;
  }

  /** Listens no more, and cuts its connections. Safe to call twice. */
  async close(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    this.#server = undefined;
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  }

  /** A token that holds for a minute, unless it says otherwise. A claim that is undefined is left out. */
  async sign(claims: Claims = {}, { key = this.key, header = {} }: SignOptions = {}): Promise<string> {
    const now = Math.floor(Date.now() / 1_000);
    const allClaims = { iss: this.url, aud: AUDIENCE, sub: 'jo', iat: now, exp: now + 60, ...claims };
    const definedClaims = Object.fromEntries(Object.entries(allClaims).filter(([, value]) => value !== undefined));
    const alg = key.jwk.alg ?? 'ES256';
    return new SignJWT(definedClaims).setProtectedHeader({ alg, kid: key.kid, ...header }).sign(key.privateKey);
  }
}

/** The parts of a token as JSON, put together without a look at what they say. */
export function encodeToken(header: object, claims: object, signature = ''): string {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${encode(header)}.${encode(claims)}.${signature}`;
}

/** An issuer for as long as the test takes, and the configuration that trusts it. */
export async function startIssuer() {
  const issuer = await JwtIssuer.start();
  afterTest(() => issuer.close());
  const config: Partial<Config> = { ...issuer.env, JWT_CLOCK_SKEW_S: 0 };
  const issue = (scope: string, lifetimeS: number): Promise<string> =>
    issuer.sign({ scope, exp: Math.floor(Date.now() / 1_000) + lifetimeS });
  return { config, issue };
}
