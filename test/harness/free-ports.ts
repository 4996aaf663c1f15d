/** Finds free ports for programs that must be told their port and cannot report one that they picked. */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Ports stay below the ephemeral range (from 32,768 on Linux): an outgoing connection could otherwise take the port of
 * a server that is being restarted.
 */
const MIN_PORT = 10_000;
/** The cluster bus of a Redis node listens 10,000 ports above the port itself. */
const MAX_PORT = 22_000;

/** Returns distinct ports that were free when they were checked; another process may still take one. */
export async function findFreePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = randomInt(MIN_PORT, MAX_PORT);
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (error) {
    // No `instanceof Error`: the error belongs to a realm outside of Jest's sandbox.
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
    throw error;
  }
  await once(server.close(), 'close');
  return true;
}
