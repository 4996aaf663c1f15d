/** Runs a real nginx before two instances, with the recipe of compose.yaml, and sends requests on new connections. */
import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { findFreePorts } from '../harness/free-ports.js';
import { runProxy } from './reverse-proxy.js';
import { createManyInstancesRecipe } from './proxy-recipes.js';

export interface NginxProxy {
  readonly url: string;
  readonly port: number;
  readonly log: () => string;
}

/** Starts nginx. Resolves when it accepts connections. @throws Error with its log if it does not start */
export async function startNginx(servicePorts: readonly [number, number]): Promise<NginxProxy> {
  const [port = 0] = await findFreePorts(1);
  const { started, log } = await runProxy('nginx', createManyInstancesRecipe(port, servicePorts), () =>
    isListening(port),
  );
  if (!started) throw new Error(`nginx did not start:\n${log()}`);
  return { url: `http://127.0.0.1:${port}`, port, log };
}

/** Sends a request on a connection of its own. @param requestLine method and path */
export async function requestNginx(
  { url }: Pick<NginxProxy, 'url'>,
  requestLine: string,
  headers: Readonly<Record<string, string>> = {},
  body?: string,
) {
  const [method = '', path = ''] = requestLine.split(' ');
  const request = http.request(url + path, { method, headers, agent: false }).end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const text = String(Buffer.concat((await response.toArray()) as Buffer[]));
  return { status: response.statusCode, headers: response.headers, text };
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1' });
  const listening = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  return listening;
}
