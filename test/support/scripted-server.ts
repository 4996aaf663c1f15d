/** A server with scripted responses, for those that a real service would not give on demand. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { excludeFromChecks } from './response-check.js';
import { startHttpServer } from './http-server.js';

/** Starts a server that uses the responders in turn, repeats the last one, and records the requests. */
export async function startScriptedServer(...responders: ((response: ServerResponse) => void)[]) {
  const requests: IncomingMessage[] = [];
  const { port, url } = await startHttpServer((request, response) => {
    requests.push(request);
    request.resume().on('end', () => responders[Math.min(requests.length, responders.length) - 1]?.(response));
  });
  excludeFromChecks(port);
  return { requests, url };
}

/** Creates a responder that sends JSON. */
export const respondWithJson =
  (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
  (response: ServerResponse) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
