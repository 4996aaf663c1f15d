/**
 * Baseline: a bare Node server that counts in memory. It answers each request with fixed text and writes one frame to
 * each viewer per change.
 */
import { createHash } from 'node:crypto';
import http from 'node:http';
import { Socket } from 'node:net';

/** RFC 6455, section 1.3. */
const HANDSHAKE_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const ANSWER = 'Order Added';

const viewers = new Set<Socket>();
let orders = 0;

/** Encodes the bare snapshot as one unmasked text frame. */
function readyFrame(): Buffer {
  const payload = JSON.stringify({ orders, customers: 0, products: 0 });
  const frame = Buffer.allocUnsafe(2 + payload.length);
  frame[0] = 0x81;
  frame[1] = payload.length;
  frame.write(payload, 2, 'latin1');
  return frame;
}

// The same headers as the service: `Keep-Alive: timeout=65` comes from `keepAliveTimeout`.
const server = http.createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
  if (request.method === 'POST' && request.url === '/order') {
    orders += 1;
    response.statusCode = 200;
    response.setHeader('Content-Type', 'text/plain; charset=utf-8');
    response.setHeader('Content-Length', Buffer.byteLength(ANSWER));
    response.end(ANSWER);
    if (viewers.size === 0) return;
    const frame = readyFrame();
    for (const viewer of viewers) viewer.write(frame);
  } else if (request.method === 'GET' && request.url === '/dashboard') {
    response.setHeader('Content-Type', 'application/json; charset=utf-8');
    response.end(JSON.stringify({ counters: { orders, customers: 0, products: 0 } }));
  } else {
    response.statusCode = 404;
    response.end();
  }
});

server.on('upgrade', (request, socket) => {
  const key = request.headers['sec-websocket-key'];
  if (key === undefined || !(socket instanceof Socket)) {
    socket.destroy();
    return;
  }
  const accept = createHash('sha1')
    .update(key + HANDSHAKE_GUID)
    .digest('base64');
  socket.setNoDelay(true);
  socket.setTimeout(0);
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  socket.write(readyFrame());
  socket.on('error', () => socket.destroy());
  socket.on('end', () => socket.end());
  socket.on('close', () => viewers.delete(socket));
  // Viewers of the benchmark send nothing after the handshake: read and discard until they disconnect.
  socket.resume();
  viewers.add(socket);
});

server.listen({ port: Number(process.env['PORT'] ?? 0), host: '127.0.0.1', backlog: 4_096 }, () => {
  const address = server.address();
  if (address !== null && typeof address === 'object')
    process.stdout.write(`Listening on http://127.0.0.1:${address.port}\n`);
});
process.on('SIGTERM', () => process.exit(0));
