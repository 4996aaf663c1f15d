/** Refused handshakes get a problem over HTTP before the upgrade, and register no viewer. */
import { ViewerAdmission } from '../../src/dashboard/live/viewer-admission.js';
import { startApp } from '../support/app.js';
import { eventually } from '../support/cleanup.js';
import { formatHandshake, formatRequest } from '../harness/http-text.js';
import { connectRaw, watchRaw } from '../support/raw-http.js';

interface Refusal {
  readonly sent: string;
  readonly status: number;
  readonly code: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const REFUSALS: Readonly<Record<string, Refusal>> = {
  'another path': { sent: formatHandshake({}, 'GET /order'), status: 404, code: 'unknown-route' },
  'a trailing slash': { sent: formatHandshake({}, 'GET /dashboard/'), status: 404, code: 'unknown-route' },
  'a malformed path': { sent: formatHandshake({}, 'GET /%'), status: 404, code: 'unknown-route' },
  'version 7': {
    sent: formatHandshake({ 'Sec-WebSocket-Version': '7' }),
    status: 426,
    code: 'upgrade-required',
    headers: { 'sec-websocket-version': '13', upgrade: 'websocket', connection: 'Upgrade, close' },
  },
  'version 14': {
    sent: formatHandshake({ 'Sec-WebSocket-Version': '14' }),
    status: 426,
    code: 'upgrade-required',
    headers: { 'sec-websocket-version': '13', connection: 'Upgrade, close' },
  },
  'the upgrade lost on the way': {
    sent: formatRequest('GET /dashboards/main', { 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'a2V5' }),
    status: 426,
    code: 'upgrade-required',
    headers: { upgrade: 'websocket', connection: 'Upgrade, close' },
  },
  'Connection lost on the way': {
    sent: formatHandshake({ Connection: 'keep-alive' }),
    status: 426,
    code: 'upgrade-required',
    headers: { upgrade: 'websocket', connection: 'Upgrade, close' },
  },
  'HTTP/1.0, which has no upgrade': {
    sent: formatHandshake({}, 'GET /dashboard').replace('HTTP/1.1', 'HTTP/1.0'),
    status: 426,
    code: 'upgrade-required',
    headers: { upgrade: 'websocket', connection: 'Upgrade, close' },
  },
  'another method': {
    sent: formatHandshake({}, 'POST /dashboard'),
    status: 405,
    code: 'method-not-allowed',
    headers: { allow: 'GET' },
  },
  'a key that is too short': {
    sent: formatHandshake({ 'Sec-WebSocket-Key': 'c2hvcnQ=' }),
    status: 400,
    code: 'invalid-request',
  },
  'an empty key': { sent: formatHandshake({ 'Sec-WebSocket-Key': '' }), status: 400, code: 'invalid-request' },
  'a malformed subprotocol': {
    sent: formatHandshake({ 'Sec-WebSocket-Protocol': 'a,,b' }),
    status: 400,
    code: 'invalid-request',
  },
};

describe('a handshake with', () => {
  it.each(Object.entries(REFUSALS))('%s gets a problem', async (_, { sent, status, code, headers = {} }) => {
    const { app, port } = await startApp({ STORE: 'memory' });
    const client = await connectRaw(port);
    client.send(sent);
    const answer = await client.readResponse();
    expect(answer).toMatchObject({
      status,
      headers: { 'content-type': 'application/problem+json; charset=utf-8', connection: 'close', ...headers },
    });
    expect(JSON.parse(answer.body)).toMatchObject({ status, code });
    await client.waitForClose();
    expect(app.get(ViewerAdmission).viewerCount).toBe(0);
  });
});

describe('the viewer limit', () => {
  it('refuses the next viewer with 503 and Retry-After until a viewer has disconnected', async () => {
    const { app, port } = await startApp({ STORE: 'memory', MAX_VIEWERS: 2 });
    const [first] = [await watchRaw(port), await watchRaw(port)];
    const client = await connectRaw(port);
    client.send(formatHandshake());
    const answer = await client.readResponse();
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
    expect(JSON.parse(answer.body)).toMatchObject({ status: 503, code: 'too-many-viewers' });
    first.socket.destroy();
    await eventually(() => app.get(ViewerAdmission).viewerCount === 1);
    await watchRaw(port);
    expect(app.get(ViewerAdmission).viewerCount).toBe(2);
  });

  it('of 0 refuses every viewer and still counts changes', async () => {
    const { port, url } = await startApp({ STORE: 'memory', MAX_VIEWERS: 0 });
    const client = await connectRaw(port);
    client.send(formatHandshake());
    expect((await client.readResponse()).status).toBe(503);
    expect((await fetch(`${url}/order`, { method: 'POST' })).status).toBe(200);
  });
});

it('an instance that is shutting down refuses viewers and changes with 503', async () => {
  const { app, port, close } = await startApp({ STORE: 'memory' });
  const stays = await watchRaw(port);
  const [upgrade, change] = [await connectRaw(port), await connectRaw(port)];
  change.send('POST /order HTTP/1.1\r\n');
  const closing = app.close();
  await stays.readCloseCode();
  upgrade.send(formatHandshake());
  change.send('Host: x\r\n\r\n');
  for (const client of [upgrade, change]) {
    const answer = await client.readResponse();
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    expect(JSON.parse(answer.body)).toMatchObject({ status: 503, code: 'stopping' });
  }
  await close();
  await closing;
});
