/** Clients that reset the connection right after their request, and clients that never close it. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { startApp } from '../support/app.js';
import { afterTest } from '../support/cleanup.js';
import { formatHandshake, formatRequest } from '../harness/http-text.js';
import { connectRaw } from '../support/raw-http.js';
import { startService } from '../support/service.js';

const RESETS = 60;

const REQUESTS: Readonly<Record<string, string>> = {
  CONNECT: formatRequest('CONNECT example.com:443'),
  'a handshake without a key': formatHandshake({ 'Sec-WebSocket-Key': '' }),
  'a handshake on another route': formatHandshake({}, 'GET /order'),
  'a handshake': formatHandshake(),
  'an upgrade to h2c': formatRequest('GET /dashboard', { Connection: 'Upgrade', Upgrade: 'h2c' }),
  'an upgrade to h2c with a body': formatRequest(
    'POST /order',
    { Connection: 'Upgrade', Upgrade: 'h2c', 'Content-Length': '2' },
    '{}',
  ),
  garbage: '\0\u0001\u0002\r\n\r\n',
};

/** Delays between request and reset. */
const RESET_DELAYS: Readonly<Record<string, () => unknown>> = {
  'at once': () => undefined,
  'one event-loop turn later': () => setImmediate(),
  '1 ms later': () => setTimeout(1),
};

it.each(Object.entries(REQUESTS))(
  '%s, then a reset, does not end the service',
  async (_, request) => {
    const { url, port, child, output } = await startService({ STORE: 'memory' });
    for (const pause of Object.values(RESET_DELAYS)) {
      const resets = Array.from({ length: RESETS }, async () => {
        const client = await connectRaw(port);
        client.send(request);
        await pause();
        client.socket.resetAndDestroy();
      });
      await Promise.all(resets);
    }
    expect((await fetch(`${url}/order`, { method: 'POST' })).status).toBe(200);
    expect([child.exitCode, output()]).toEqual([null, expect.not.stringMatching(/error/i)]);
  },
  20_000,
);

it('the service closes a connection on which it ignored an upgrade, even if the client does not', async () => {
  const { app, port } = await startApp({ STORE: 'memory' });
  const accepted = once(app.getHttpServer(), 'connection') as Promise<[Socket]>;
  const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  afterTest(() => client.destroy());
  client.write(formatRequest('GET /dashboard', { Connection: 'Upgrade', Upgrade: 'h2c' }));
  const [socket] = await accepted;
  const [answer] = (await once(client, 'data')) as [Buffer];
  expect(String(answer)).toMatch(/^HTTP\/1.1 200 /);
  if (!socket.destroyed) await once(socket, 'close');
  expect(client.writable).toBe(true);
});
