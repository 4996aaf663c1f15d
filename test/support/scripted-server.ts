/** A server that says what it is told: what no real one would say at will. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { excludeFromChecks } from './response-check.js';
import { startHttpServer } from './http-server.js';

/** A server that gives its answers in turn, the last one for ever, and keeps what it was asked. */
export async function startScriptedServer(...responders: ((response: ServerResponse) => void)[]) {
  const requests: IncomingMessage[] = [];
  const { port, url } = await startHttpServer((request, response) => {
    requests.push(request);
    request.resume().on('end', () => responders[Math.min(requests.length, responders.length) - 1]?.(response));
  });
  excludeFromChecks(port);
  return { requests, url };
}

/** An answer of JSON. */
export const respondWithJson =
  (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
  (response: ServerResponse) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
