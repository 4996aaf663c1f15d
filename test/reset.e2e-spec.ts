/** Clients that ask for something and reset the connection at once: whatever was to be written to them, the service lives. */
import { setImmediate, setTimeout } from 'node:timers/promises';
import { connectRaw, handshakeText, requestText } from './raw.fixture.js';
import { startService } from './service.fixture.js';

const TIMES = 60;

const ASKED: Readonly<Record<string, string>> = {
  CONNECT: requestText('CONNECT example.com:443'),
  'a handshake without a key': handshakeText({ 'Sec-WebSocket-Key': '' }),
  'a handshake elsewhere': handshakeText({}, 'GET /order'),
  'a handshake': handshakeText(),
  'an upgrade to h2c': requestText('GET /dashboard', { Connection: 'Upgrade', Upgrade: 'h2c' }),
  'an upgrade to h2c with a body': requestText(
    'POST /order',
    { Connection: 'Upgrade', Upgrade: 'h2c', 'Content-Length': '2' },
    '{}',
  ),
  garbage: '\0\u0001\u0002\r\n\r\n',
};

/** How long after asking the connection is reset. */
const RESETS: Readonly<Record<string, () => unknown>> = {
  'at once': () => undefined,
  'a turn of the loop later': () => setImmediate(),
  'a millisecond later': () => setTimeout(1),
};

it.each(Object.entries(ASKED))(
  '%s and a reset do not end the service',
  async (_, asked) => {
    const { url, port, child, output } = await startService({ STORE: 'memory' });
    for (const pause of Object.values(RESETS)) {
      const resets = Array.from({ length: TIMES }, async () => {
        const client = await connectRaw(port);
        client.send(asked);
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
