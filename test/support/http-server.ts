/** HTTP servers in the test's process. */
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterTest } from './cleanup.js';

export interface HttpServer {
  readonly port: number;
  /** The origin, for example `http://127.0.0.1:41234`. */
  readonly url: string;
}

/** Starts a server on a local port, a free one for 0. It is closed after the test, with its connections. */
export async function startHttpServer(
  onRequest: RequestListener,
  onUpgrade?: (request: IncomingMessage, socket: Socket) => void,
  wantedPort = 0,
): Promise<HttpServer> {
  const server = createServer(onRequest);
  if (onUpgrade) server.on('upgrade', onUpgrade);
  afterTest(() => server.close().closeAllConnections());
  await new Promise<void>((resolve) => server.listen(wantedPort, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { port, url: `http://127.0.0.1:${port}` };
}
