/** A server that says what it is told: what no real one would say at will. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { excludeFromChecks } from './response-check.js';
import { afterTest } from './cleanup.js';

/** A server that gives its answers in turn, the last one for ever, and keeps what it was asked. */
export async function startScriptedServer(...responders: ((response: ServerResponse) => void)[]) {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    request.resume().on('end', () => responders[Math.min(requests.length, responders.length) - 1]?.(response));
  });
  afterTest(() => server.close().closeAllConnections());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  excludeFromChecks(port);
  return { asked: requests, url: `http://127.0.0.1:${port}` };
}

/** An answer of JSON. */
export const respondWithJson =
  (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
  (response: ServerResponse) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
