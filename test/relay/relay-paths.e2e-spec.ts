/** Paths of requests reach the upstream as they were checked by the relay. */
import { Secret } from '../../src/config/token-list.js';
import { formatRequest } from '../harness/http-text.js';
import { startApi } from '../support/api-client.js';
import { connectRaw } from '../support/raw-http.js';
import { authorizeWith, defineShop, SECRETS, TOKEN_CONFIG } from '../support/token-service.js';

/** Paths that URL parsers take for `/dashboards/main`. */
const TO_MAIN = [
  '/dashboards/shop/counters/..\\..\\main',
  '/dashboards/shop/counters/.%2e\\%2E.\\main',
  '/dashboards/shop\\..\\main',
  '/dashboards/shop/counters/..\\..\\main/counters',
  '/dashboards/shop/../main',
  '/dashboards/shop/counters/..%2f..%2fmain',
  '/dashboards/shop/counters/..%5c..%5cmain',
];

it('a token for one dashboard reads no other one through a relay, whatever its path looks like', async () => {
  const upstream = await startApi({ STORE: 'memory', ...TOKEN_CONFIG });
  await defineShop(upstream.url);
  const UPSTREAM_TOKEN = new Secret(SECRETS.reader);
  const relay = await startApi({ STORE: 'upstream', UPSTREAM_URL: upstream.url, UPSTREAM_TOKEN, ...TOKEN_CONFIG });
  for (const path of TO_MAIN) {
    const answers = [];
    for (const { port } of [relay, upstream]) {
      const client = await connectRaw(port);
      client.send(formatRequest(`GET ${path}`, authorizeWith(SECRETS.shopClerk)));
      const { status, body } = await client.readResponse();
      expect([path, body]).toEqual([path, expect.not.stringContaining('"orders"')]);
      answers.push([path, status, (JSON.parse(body) as { readonly code: string }).code]);
    }
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]?.[1]).toBeGreaterThanOrEqual(400);
  }
});
