/** Clients that reset the connection right after their request. */
import { setImmediate, setTimeout } from 'node:timers/promises';
import { formatHandshake, formatRequest } from '../harness/http-text.js';
import { connectRaw } from '../support/raw-http.js';
import { startService } from '../support/service.js';

const RESETS = 60;

const H2C = { Connection: 'Upgrade', Upgrade: 'h2c' };

const REQUESTS: Readonly<Record<string, string>> = {
  CONNECT: formatRequest('CONNECT example.com:443'),
  'a handshake without a key': formatHandshake({ 'Sec-WebSocket-Key': '' }),
  'a handshake on another route': formatHandshake({}, 'GET /order'),
  'a handshake': formatHandshake(),
  'an upgrade to h2c': formatRequest('GET /dashboard', H2C),
  'an upgrade to h2c with a body': formatRequest('POST /order', { ...H2C, 'Content-Length': '2' }, '{}'),
  'an upgrade to h2c behind another request': formatRequest('POST /order') + formatRequest('POST /order', H2C),
  garbage: '\0\u0001\u0002\r\n\r\n',
};

/** Delays between request and reset. */
const RESET_DELAYS: Readonly<Record<string, () => unknown>> = {
  'at once': () => undefined,
  'one event-loop turn later': () => setImmediate(),
  '1 ms later': () => setTimeout(1),
};

it.each(Object.entries(REQUESTS))('%s, then a reset, does not end the service', async (_, request) => {
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
});
