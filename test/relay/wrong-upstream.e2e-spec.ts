/** Relays with a wrong address or token: nothing is acknowledged, the relay is not ready, and its log says why. */
import type { ServerResponse } from 'node:http';
import { Secret } from '../../src/config/token-list.js';
import { findFreePorts } from '../harness/free-ports.js';
import { startApi } from '../support/api-client.js';
import { eventually } from '../support/cleanup.js';
import { startHttpServer } from '../support/http-server.js';
import { startService } from '../support/service.js';
import { defineShop, SECRETS, TOKEN_CONFIG } from '../support/token-service.js';

const WRONG_SERVERS: Readonly<Record<string, (response: ServerResponse) => void>> = {
  'answers {} to everything': (response) => void response.setHeader('Content-Type', 'application/json').end('{}'),
  'answers a page to everything': (response) => void response.setHeader('Content-Type', 'text/html').end('<p>Hello'),
  'redirects to another address': (response) =>
    void response.writeHead(308, { Location: 'https://counters.example.org' }).end(),
};

it.each(Object.entries(WRONG_SERVERS))(
  'a relay of a server that %s acknowledges nothing, and is not ready',
  async (_, respond) => {
    const { url } = await startHttpServer((_request, response) => respond(response));
    const relay = await startApi({ STORE: 'upstream', UPSTREAM_URL: url, COMMIT_TIMEOUT_MS: 100 });
    for (const line of ['POST /order', 'GET /health/ready'])
      expect([line, (await relay.call(line)).status]).toEqual([line, 503]);
  },
);

it('a redirection is not passed on to clients of the relay, which says where it leads', async () => {
  const { url } = await startHttpServer(
    (_, response) => void response.writeHead(302, { Location: 'https://b.example' }).end(),
  );
  const relay = await startApi({ STORE: 'upstream', UPSTREAM_URL: url });
  const { status, body } = await relay.call('GET /dashboard');
  expect([status, body.detail]).toEqual([503, expect.stringContaining('redirects to https://b.example')]);
});

it('a relay is not ready if the upstream does not know its token, but if that is limited to dashboards', async () => {
  const upstream = await startApi({ STORE: 'memory', ...TOKEN_CONFIG });
  await defineShop(upstream.url);
  const readiness = async (secret: string): Promise<number> => {
    const relay = await startApi({ STORE: 'upstream', UPSTREAM_URL: upstream.url, UPSTREAM_TOKEN: new Secret(secret) });
    return (await relay.call('GET /health/ready')).status;
  };
  expect([await readiness(''), await readiness('unknown-to-the-upstream'), await readiness(SECRETS.shopClerk)]).toEqual(
    [503, 503, 200],
  );
});

it('the log of a relay says that the upstream is lost, and that it is back', async () => {
  const [port = 0] = await findFreePorts(1);
  const relay = await startService({ STORE: 'upstream', UPSTREAM_URL: `http://127.0.0.1:${port}` });
  await eventually(() => relay.output().includes('the upstream cannot be reached: connect ECONNREFUSED'));
  await startApi({ STORE: 'memory', PORT: port });
  await eventually(async () => (await fetch(`${relay.url}/health/ready`)).status === 200);
  await eventually(() => relay.output().includes('the upstream is back after'));
});
