/** A JWT issuer that publishes its keys over HTTP, signs any claims, rotates its keys and can fail or stop. */
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

/** Claims that add to or replace the default ones. */
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
  /** Number of requests received. */
  requestCount = 0;
  /** Paths of the requests, in order. */
  readonly requestedPaths: string[] = [];
  /** Behaviour of the JWKS endpoint: valid keys, status 500, or a body that is not JSON. */
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

  /** Environment of a service that accepts tokens of this issuer. */
  get env(): Readonly<Record<string, string>> {
    return { JWT_ISSUER: this.url, JWT_AUDIENCE: AUDIENCE, JWT_JWKS_URL: `${this.url}/keys` };
  }

  /** Replaces the published keys. The last one signs. */
  publishKeys(...keys: readonly SigningKey[]): void {
    this.keys = keys;
  }

  /** Listens, on the previous port if there was one. */
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

  /** Stops listening and cuts all connections. Idempotent. */
  async close(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    this.#server = undefined;
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  }

  /** Signs a token, valid for a minute unless the claims override `exp`. A claim of undefined removes the default. */
  async sign(claims: Claims = {}, { key = this.key, header = {} }: SignOptions = {}): Promise<string> {
    const now = Math.floor(Date.now() / 1_000);
    const allClaims = { iss: this.url, aud: AUDIENCE, sub: 'jo', iat: now, exp: now + 60, ...claims };
    const definedClaims = Object.fromEntries(Object.entries(allClaims).filter(([, value]) => value !== undefined));
    const alg = key.jwk.alg ?? 'ES256';
    return new SignJWT(definedClaims).setProtectedHeader({ alg, kid: key.kid, ...header }).sign(key.privateKey);
  }
}

/** Encodes a token from any header and claims, without signing it. */
export function encodeToken(header: object, claims: object, signature = ''): string {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${encode(header)}.${encode(claims)}.${signature}`;
}

/**
 * Starts an issuer for the running test.
 * @returns the configuration that trusts it, and a function that issues tokens
 */
export async function startIssuer() {
  const issuer = await JwtIssuer.start();
  afterTest(() => issuer.close());
  const config: Partial<Config> = { ...issuer.env, JWT_CLOCK_SKEW_S: 0 };
  const issue = (scope: string, lifetimeS: number): Promise<string> =>
    issuer.sign({ scope, exp: Math.floor(Date.now() / 1_000) + lifetimeS });
  return { config, issue };
}
