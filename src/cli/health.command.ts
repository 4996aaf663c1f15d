/** `tallyboard health`: whether a service is ready, for those who ask with a command: containers, units, scripts. */
import { once } from 'node:events';
import { get as getHttp, type IncomingMessage } from 'node:http';
import { get as getHttps } from 'node:https';
import { text } from 'node:stream/consumers';
import { CommandError, EXIT } from './exit-codes.js';
import type { CommandEnvironment } from './bearer-token.js';

/** How long an answer may take, milliseconds. Less than those wait who ask with a command. */
const RESPONSE_TIMEOUT_MS = 4_000;

/** Where a service can be reached that listens on all addresses. */
const LOOPBACK_ADDRESSES: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/**
 * Asks a service whether it is ready. No token is needed.
 * @param url its base URL; when left out, it is the service that this environment configures, on this machine
 * @throws CommandError when it is not ready, cannot be reached, or is none
 */
export async function checkHealth(url: URL | undefined, env: CommandEnvironment): Promise<void> {
  const base = (url ?? buildLocalUrl(env)).href.replace(/\/+$/, '');
  const { status, body } = await requestReadiness(new URL(`${base}/health/ready`)).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message || error.name : String(error);
    throw new CommandError(`${base} cannot be reached: ${reason}`, EXIT.unavailable, error);
  });
  if (status === 503) throw new CommandError(`${base} is not ready: ${body}`, EXIT.unavailable);
  if (status !== 200)
    throw new CommandError(`${base}/health/ready answered ${status}: is it Tallyboard?`, EXIT.refused);
  process.stdout.write(`${base} is ready\n`);
}

/** Not by `fetch`, which refuses ports that a service may well have, 6000 among them. */
async function requestReadiness(url: URL): Promise<{ readonly status: number | undefined; readonly body: string }> {
  const get = url.protocol === 'https:' ? getHttps : getHttp;
  const signal = AbortSignal.timeout(RESPONSE_TIMEOUT_MS);
  const [response] = (await once(get(url, { signal }), 'response', { signal })) as [IncomingMessage];
  return { status: response.statusCode, body: await text(response) };
}

/** Reads no more of the configuration than it needs: loading all of it takes longer than the question does. */
function buildLocalUrl(env: CommandEnvironment): URL {
  const read = (name: string, otherwise: string): string => env[`TALLYBOARD_${name}`] || env[name] || otherwise;
  const port = read('PORT', '8082');
  if (port === '0') throw new CommandError('PORT=0 says nothing of where the service is: give its URL', EXIT.usage);
  const host = read('HOST', '127.0.0.1');
  const address = LOOPBACK_ADDRESSES[host] ?? host;
  const url = `http://${address.includes(':') ? `[${address}]` : address}:${port}${read('BASE_PATH', '')}`;
  if (URL.canParse(url)) return new URL(url);
  throw new CommandError(`HOST, PORT and BASE_PATH make no address: ${url}`, EXIT.usage);
}
