/**
 * `tallyboard health`: checks whether a service is ready, for health checks of containers, systemd units and scripts.
 */
import { once } from 'node:events';
import { get as getHttp, type IncomingMessage } from 'node:http';
import { get as getHttps } from 'node:https';
import { text } from 'node:stream/consumers';
import { CommandError, EXIT } from './exit-codes.js';
import type { CommandEnvironment } from './bearer-token.js';

/** Time limit of the request, milliseconds: less than the 5 s of the image's health check. */
const RESPONSE_TIMEOUT_MS = 4_000;

/** Loopback addresses of services that listen on all addresses. */
const LOOPBACK_ADDRESSES: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/**
 * Checks that a service is ready. Needs no token.
 * @param url base URL of the service. Default: the service on this machine that the environment variables configure
 * @throws CommandError if it is not ready, cannot be reached, or is not Tallyboard
 */
export async function checkHealth(url: URL | undefined, env: CommandEnvironment): Promise<void> {
  const base = (url ?? buildLocalUrl(env)).href.replace(/\/+$/, '');
  const { status, body } = await requestReadiness(new URL(`${base}/health/ready`)).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message || error.name : String(error);
    throw new CommandError(`cannot reach ${base}: ${reason}`, EXIT.unavailable, error);
  });
  if (status === 503) throw new CommandError(`${base} is not ready: ${body}`, EXIT.unavailable);
  if (status !== 200)
    throw new CommandError(`unexpected status ${status} from ${base}/health/ready: is this Tallyboard?`, EXIT.refused);
  process.stdout.write(`${base} is ready\n`);
}

/** Requests the readiness without `fetch`, which blocks ports that a service may use, such as 6000. */
async function requestReadiness(url: URL): Promise<{ readonly status: number | undefined; readonly body: string }> {
  const get = url.protocol === 'https:' ? getHttps : getHttp;
  const signal = AbortSignal.timeout(RESPONSE_TIMEOUT_MS);
  const [response] = (await once(get(url, { signal }), 'response', { signal })) as [IncomingMessage];
  return { status: response.statusCode, body: await text(response) };
}

/** Reads only the variables that it needs: loading the whole configuration takes longer than the request. */
function buildLocalUrl(env: CommandEnvironment): URL {
  const read = (name: string, otherwise: string): string => env[`TALLYBOARD_${name}`] || env[name] || otherwise;
  const port = read('PORT', '8082');
  if (port === '0') throw new CommandError('cannot find the service with PORT=0: pass its URL', EXIT.usage);
  const host = read('HOST', '127.0.0.1');
  const address = LOOPBACK_ADDRESSES[host] ?? host;
  const url = `http://${address.includes(':') ? `[${address}]` : address}:${port}${read('BASE_PATH', '')}`;
  if (URL.canParse(url)) return new URL(url);
  throw new CommandError(`HOST, PORT and BASE_PATH do not form a valid URL: ${url}`, EXIT.usage);
}
