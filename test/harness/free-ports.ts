/** Ports for programs that do not say which one they took. */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below what systems give to connections (from 32,768 on Linux), or one could sit on the port of a server that is started again. */
const MIN_PORT = 10_000;
/** A node of a Cluster talks to the others 10,000 ports higher. */
const MAX_PORT = 22_000;

/** Ports that were free a moment ago, no two the same. */
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
    // Not of the class that a test knows as Error: it comes from outside of Jest's world.
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
    throw error;
  }
  await once(server.close(), 'close');
  return true;
}
