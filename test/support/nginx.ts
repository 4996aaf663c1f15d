/** Runs a real nginx before two instances, with the recipe for them, and sends requests on new connections. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { findFreePorts } from '../harness/free-ports.js';
import { findProgram, runProxy } from './reverse-proxy.js';
import { createTempDirectory } from './temp-directory.js';
import { createTwoInstancesRecipe } from './proxy-recipes.js';

export interface NginxProxy {
  readonly url: string;
  readonly port: number;
  readonly log: () => string;
}

/** Starts nginx. Resolves when it accepts connections. @throws Error with its log if it does not start */
export async function startNginx(servicePorts: readonly [number, number]): Promise<NginxProxy> {
  const [port = 0] = await findFreePorts(1);
  const { started, log } = await runProxy('nginx', createTwoInstancesRecipe(port, servicePorts), () =>
    isListening(port),
  );
  if (!started) throw new Error(`nginx did not start:\n${log()}`);
  return { url: `http://127.0.0.1:${port}`, port, log };
}

/** Checks a recipe of `deploy/proxies` as it is. @returns the version of nginx, and what `nginx -t` printed */
export function checkNginxRecipe(file: string) {
  const nginx = findProgram('nginx');
  const path = fileURLToPath(new URL(`../../deploy/proxies/${file}`, import.meta.url));
  const run = (...args: string[]) => spawnSync(nginx, [...args, '-e', 'stderr'], { encoding: 'utf8' });
  const [, major = 0, minor = 0, patch = 0] = /nginx\/(\d+)\.(\d+)\.(\d+)/.exec(run('-v').stderr) ?? [];
  const version = Number(major) * 1e6 + Number(minor) * 1e3 + Number(patch);
  return { version, output: run('-t', '-p', createTempDirectory(), '-c', path).stderr };
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
