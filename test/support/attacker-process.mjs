/** A process that floods a service: with connections that say nothing, with tokens that are wrong, or with upgrades. Prints what it came to. */
import { connect } from 'node:net';

const [mode, port, count, localAddress, token] = process.argv.slice(2);
const statuses = {};
const note = (status) => (statuses[status] = (statuses[status] ?? 0) + 1);
const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const open = () => connect({ port: Number(port), host: '127.0.0.1', localAddress });
const statusOf = (bytes) => bytes.toString('latin1').split(' ')[1];

const headOf = (secret) => `Host: localhost\r\nAuthorization: Bearer ${secret}\r\n`;
const UPGRADE =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';

/** Connections of which half say a part of a request, and all stay. A few at a time: what overflows the kernel's queue waits a second. */
async function idle() {
  let closed = 0;
  const one = async () => {
    for (let at = 0; at < Number(count) / 200; at += 1) {
      const socket = open();
      socket.on('error', () => {});
      socket.resume().on('close', () => (closed += 1));
      await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
      if (at % 2 === 0) socket.write('POST /product HTTP/1.1\r\nHost: lo');
    }
  };
  await Promise.all(Array.from({ length: 200 }, one));
  print({ connected: Number(count) });
  setInterval(() => print({ closed }), 100);
}

/** Requests one after another on a few connections. */
async function tokens() {
  const one = async () => {
    const socket = open();
    for (let at = 0; at < Number(count) / 10; at += 1) {
      socket.write(`POST /product HTTP/1.1\r\n${headOf(token + at)}\r\n`);
      note(await new Promise((resolve) => socket.once('data', (bytes) => resolve(statusOf(bytes)))));
    }
    socket.destroy();
  };
  await Promise.all(Array.from({ length: 10 }, one));
  print(statuses);
}

/** Handshakes as fast as they go, all of which stay until the last has been answered. */
async function upgrades() {
  const sockets = [];
  const one = async () => {
    const socket = open();
    sockets.push(socket);
    socket.write(`GET /dashboard HTTP/1.1\r\n${headOf(token)}${UPGRADE}\r\n`);
    const first = new Promise((resolve) => socket.once('data', (bytes) => resolve(statusOf(bytes))));
    note(await Promise.race([first, new Promise((resolve) => socket.once('close', () => resolve('cut')))]));
  };
  await Promise.all(Array.from({ length: Number(count) }, one));
  print(statuses);
  for (const socket of sockets) socket.destroy();
}

await { idle, tokens, upgrades }[mode]();
