/** Writes past the stream of a socket: on real connections, as far as the kernel takes the bytes and beyond. */
import { closeSync, fstatSync, openSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { getDescriptor, WriteBatch, writeDirectly } from '../../src/http/direct-write.js';
import { afterTest, eventually } from '../support/cleanup.js';
import { createTempDirectory } from '../support/temp-directory.js';

const CHUNK_BYTES = 65_536;
/** More than the kernel takes for a client that does not read. */
const CHUNKS = 320;

/** Connects two sockets. The client is paused at first. */
async function connectSockets(): Promise<{ client: Socket; socket: Socket }> {
  const server = createServer({ pauseOnConnect: true });
  afterTest(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => {});
  const socket = (await accepted).on('error', () => {});
  afterTest(() => [client.destroy(), socket.destroy()]);
  return { client, socket };
}

function collect(client: Socket): { readonly text: () => string; readonly bytes: () => number } {
  const chunks: Buffer[] = [];
  let bytes = 0;
  client.on('data', (chunk) => {
    chunks.push(chunk);
    bytes += chunk.length;
  });
  return { text: () => Buffer.concat(chunks).toString('latin1'), bytes: () => bytes };
}

it('bytes written directly and through the stream arrive in the order of the writes', async () => {
  const { client, socket } = await connectSockets();
  const received = collect(client);
  const descriptor = getDescriptor(socket);
  expect(descriptor).toBeGreaterThan(0);
  for (const text of ['a', 'b', 'c', 'd']) {
    writeDirectly(socket, descriptor, Buffer.from(text));
    socket.write(text.toUpperCase());
  }
  socket.cork();
  socket.write('e');
  writeDirectly(socket, descriptor, Buffer.from('E'));
  socket.uncork();
  await eventually(() => received.bytes() === 10);
  expect(received.text()).toBe('aAbBcCdDeE');
});

it('what the kernel has no room for waits in the stream, and arrives whole', async () => {
  const { client, socket } = await connectSockets();
  const descriptor = getDescriptor(socket);
  const chunks = Array.from({ length: CHUNKS }, (_, i) => Buffer.alloc(CHUNK_BYTES, 33 + (i % 90)));
  for (const chunk of chunks) writeDirectly(socket, descriptor, chunk);
  expect(socket.writableLength).toBeGreaterThan(0);
  expect(socket.writableLength).toBeLessThan(CHUNKS * CHUNK_BYTES);
  const received = collect(client);
  await eventually(() => received.bytes() === CHUNKS * CHUNK_BYTES);
  expect(received.text() === Buffer.concat(chunks).toString('latin1')).toBe(true);
});

it('a batch writes to every socket, after what waits in its stream', async () => {
  const connections = await Promise.all([connectSockets(), connectSockets(), connectSockets()]);
  const received = connections.map(({ client }) => collect(client));
  connections[1]?.socket.cork();
  connections[1]?.socket.write('first, ');
  connections[2]?.socket.destroy();
  const batch = new WriteBatch();
  for (const { socket } of connections) batch.add(socket, getDescriptor(socket), Buffer.from('frame'));
  batch.flush();
  batch.flush();
  connections[1]?.socket.uncork();
  await eventually(() => received[0]?.bytes() === 5 && received[1]?.bytes() === 12);
  expect(received.map(({ text }) => text())).toEqual(['frame', 'first, frame', '']);
});

it('a destroyed socket writes nothing to the file that has its descriptor now', async () => {
  const { socket } = await connectSockets();
  const descriptor = getDescriptor(socket);
  const path = join(createTempDirectory(), 'file');
  socket.destroy();
  const files: number[] = [];
  do files.push(openSync(path, 'a'));
  while (Math.max(...files) < descriptor);
  afterTest(() => files.forEach((file) => closeSync(file)));
  writeDirectly(socket, descriptor, Buffer.from('frame'));
  expect(files).toContain(descriptor);
  expect(fstatSync(descriptor).size).toBe(0);
});

it('a connection that the client has reset reports its fault like any other', async () => {
  const { client, socket } = await connectSockets();
  const descriptor = getDescriptor(socket);
  client.resetAndDestroy();
  await eventually(() => {
    writeDirectly(socket, descriptor, Buffer.from('frame'));
    return socket.destroyed;
  });
  expect(socket.errored).toMatchObject({ syscall: 'write' });
});

it('a socket with TLS is written to through its stream, which encrypts', async () => {
  const { socket } = await connectSockets();
  expect(getDescriptor(new TLSSocket(socket, { isServer: true }))).toBe(-1);
});
