/** An issuer of tokens that end. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { Config } from '../src/config.js';
import { isStranger } from './documented.fixture.js';
import { afterTest } from './lifetime.fixture.js';

/** An issuer of JWTs with its keys on this machine, and the configuration that trusts it. */
export async function startIssuer() {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const keys = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256', kid: 'k1' }] });
  const server = createServer((_, response) => response.setHeader('content-type', 'application/json').end(keys));
  afterTest(() => server.close().closeAllConnections());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  isStranger(port);
  const issuer = `http://127.0.0.1:${port}`;
  const config: Partial<Config> = { JWT_ISSUER: issuer, JWT_AUDIENCE: 'tallyboard', JWT_CLOCK_SKEW_S: 0 };
  const issue = (scope: string, lifeS: number): Promise<string> =>
    new SignJWT({ scope })
      .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
      .setIssuer(issuer)
      .setAudience('tallyboard')
      .setSubject('somebody')
      .setExpirationTime(Math.floor(Date.now() / 1_000) + lifeS)
      .sign(privateKey);
  return { config, issue };
}
