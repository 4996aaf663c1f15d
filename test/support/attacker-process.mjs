/**
 * Floods a service with idle connections, bad tokens or WebSocket upgrades, and prints the result as JSON lines.
 * Arguments: mode (`idle`, `tokens` or `upgrades`), port, count, local address, token.
 */
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

/**
 * Opens `count` connections and keeps them; every other one sends half a request. Only 200 connect at a time: a
 * connection that overflows the kernel's accept queue waits a second for the retransmission of its SYN.
 */
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

/** Sends `count` requests with different tokens over 10 connections, one after another on each. */
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

/** Starts `count` handshakes at once and keeps all connections open until the last has got its response. */
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
