/** A process that floods a service: with connections that say nothing, with tokens that are wrong, or with upgrades. Prints what it came to. */
import { connect } from 'node:net';

const [mode, port, count, localAddress, token] = process.argv.slice(2);
const statuses = {};
const countStatus = (status) => (statuses[status] = (statuses[status] ?? 0) + 1);
const printJson = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
const open = () => connect({ port: Number(port), host: '127.0.0.1', localAddress });
const readStatus = (bytes) => bytes.toString('latin1').split(' ')[1];

const formatHeaders = (secret) => `Host: localhost\r\nAuthorization: Bearer ${secret}\r\n`;
const UPGRADE =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';

/** Connections of which half say a part of a request, and all stay. A few at a time: what overflows the kernel's queue waits a second. */
async function idle() {
  let closed = 0;
  const runWorker = async () => {
    for (let index = 0; index < Number(count) / 200; index += 1) {
      const socket = open();
      socket.on('error', () => {});
      socket.resume().on('close', () => (closed += 1));
      await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
      if (index % 2 === 0) socket.write('POST /product HTTP/1.1\r\nHost: lo');
    }
  };
  await Promise.all(Array.from({ length: 200 }, runWorker));
  printJson({ connected: Number(count) });
  setInterval(() => printJson({ closed }), 100);
}

/** Requests one after another on a few connections. */
async function tokens() {
  const runWorker = async () => {
    const socket = open();
    for (let index = 0; index < Number(count) / 10; index += 1) {
      socket.write(`POST /product HTTP/1.1\r\n${formatHeaders(token + index)}\r\n`);
      countStatus(await new Promise((resolve) => socket.once('data', (bytes) => resolve(readStatus(bytes)))));
    }
    socket.destroy();
  };
  await Promise.all(Array.from({ length: 10 }, runWorker));
  printJson(statuses);
}

/** Handshakes as fast as they go, all of which stay until the last has been answered. */
async function upgrades() {
  const sockets = [];
  const runWorker = async () => {
    const socket = open();
    sockets.push(socket);
    socket.write(`GET /dashboard HTTP/1.1\r\n${formatHeaders(token)}${UPGRADE}\r\n`);
    const firstStatus = new Promise((resolve) => socket.once('data', (bytes) => resolve(readStatus(bytes))));
    countStatus(
      await Promise.race([firstStatus, new Promise((resolve) => socket.once('close', () => resolve('cut')))]),
    );
  };
  await Promise.all(Array.from({ length: Number(count) }, runWorker));
  printJson(statuses);
  for (const socket of sockets) socket.destroy();
}

await { idle, tokens, upgrades }[mode]();
