/** HTTP servers in the test's process. */
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Certificate } from './certificate.js';
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
  const port = await listenLocally(server, wantedPort);
  return { port, url: `http://127.0.0.1:${port}` };
}

/** Starts a server with TLS on a free local port, as {@link startHttpServer} does. */
export async function startHttpsServer({ key, cert }: Certificate, onRequest: RequestListener): Promise<HttpServer> {
  const port = await listenLocally(createTlsServer({ key, cert }, onRequest), 0);
  return { port, url: `https://127.0.0.1:${port}` };
}

async function listenLocally(server: Server, wantedPort: number): Promise<number> {
  afterTest(() => server.close().closeAllConnections());
  await new Promise<void>((resolve) => server.listen(wantedPort, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
