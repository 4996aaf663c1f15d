/**
 * A proxy with Prism inside, for any number of services: each request names its own in the header `Prism-Upstream`.
 *
 * `prism proxy --errors` answers an invalid request itself, and writes every body anew. Tests send invalid requests on
 * purpose and want the answer of the service, so here Prism routes and validates, and a forwarder of our own passes on
 * the bytes. A violation is
 * - whatever Prism finds in a response, and
 * - whatever it finds in a request that the service has accepted: the document forbids what works.
 * The answer carries the violations in the header `sl-violations`, as Prism's own proxy does.
 */
import { once } from 'node:events';
import { createServer, request as sendRequest } from 'node:http';
import { createRequire } from 'node:module';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { ROOT } from './tools.mjs';

const UPSTREAM_HEADER = 'prism-upstream';
/** Of the connection to the relay. */
const OWN_HEADERS = new Set([UPSTREAM_HEADER, 'host', 'connection', 'keep-alive', 'transfer-encoding']);
const LOGGER = { info() {}, warn() {}, error() {}, debug() {}, success() {}, trace() {}, child: () => LOGGER };
const CONFIG = {
  isProxy: true,
  // Replaced by the header of each request.
  upstream: new URL('http://127.0.0.1'),
  errors: false,
  // Most tests let everybody in (ALLOW_ANONYMOUS), and a document cannot say that of one service.
  checkSecurity: false,
  validateRequest: true,
  validateResponse: true,
  mock: { dynamic: false },
};

/** Sends the request with its own bytes, on a connection of its own: tests close their services at any time. */
async function relay({ method, url, rawHeaders }, body, upstream) {
  const headers = ['Host', upstream.host, 'Connection', 'close'];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (!OWN_HEADERS.has(rawHeaders[index].toLowerCase())) headers.push(rawHeaders[index], rawHeaders[index + 1]);
  }
  const { hostname, port, pathname } = upstream;
  const path = pathname.replace(/\/$/, '') + url;
  const outgoing = sendRequest({ host: hostname, port, path, method, headers, agent: false });
  outgoing.end(body);
  const [response] = await once(outgoing, 'response');
  return { response, bytes: await buffer(response) };
}

/** Parses a body as Prism's own proxy does. A body that is no JSON stays text, which no schema of an object allows. */
function parseBody(bytes, type = '') {
  const text = bytes.toString();
  if (text === '' || !/^application\/([\w.-]+\+)?json/.test(type)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function toInput({ method, url, headers }, body) {
  const { pathname, searchParams } = new URL(url, 'http://relay');
  const query = {};
  for (const name of searchParams.keys()) {
    const values = searchParams.getAll(name);
    query[name] = values.length === 1 ? values[0] : values;
  }
  const input = { method: method.toLowerCase(), url: { path: pathname, query }, headers };
  return body.length > 0 ? { ...input, body: parseBody(body, headers['content-type']) } : { ...input, body: null };
}

function toOutput({ statusCode, headers }, bytes) {
  const texts = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
  const text = headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes;
  return { statusCode, headers: texts, body: parseBody(text, headers['content-type']) };
}

/** Lists what counts of what Prism found. */
function listViolations({ input, output }, status) {
  const name = (side, { path = [], message }) => `${[side, ...path].join('.')}: ${message}`;
  const accepted = status < 400 ? input : [];
  return [
    ...accepted.map((violation) => name('request', violation)),
    ...output.map((violation) => name('response', violation)),
  ];
}

/**
 * Starts the relay on a free port.
 * @param {object} openApi the document
 * @returns its URL, the number of requests so far, and `close`
 */
export async function startPrismRelay(openApi) {
  const require = createRequire(`${ROOT}tools/generators/node_modules/@stoplight/prism-cli/package.json`);
  const { createInstance, getHttpOperationsFromSpec } = require('@stoplight/prism-http');
  const operations = await getHttpOperationsFromSpec(openApi);
  const counts = { requests: 0, violations: 0 };

  async function handle(incoming, outgoing) {
    const upstream = new URL(incoming.headers[UPSTREAM_HEADER]);
    const body = await buffer(incoming);
    let relayed;
    const forward = () => () => async () => {
      relayed = await relay(incoming, body, upstream);
      return { _tag: 'Right', right: toOutput(relayed.response, relayed.bytes) };
    };
    const prism = createInstance(CONFIG, { logger: LOGGER, forward });
    const result = await prism.request(toInput(incoming, body), operations)();
    if (!('right' in result)) throw result.left;
    const { response, bytes } = relayed;
    const violations = listViolations(result.right.validations, response.statusCode);
    counts.requests += 1;
    counts.violations += violations.length;
    const headers = response.rawHeaders.filter(
      (_, index) => !OWN_HEADERS.has(response.rawHeaders[index - (index % 2)].toLowerCase()),
    );
    // A header is Latin-1.
    if (violations.length > 0) headers.push('sl-violations', encodeURIComponent(violations.join('; ')).slice(0, 4_000));
    outgoing.writeHead(response.statusCode, response.statusMessage, headers).end(bytes);
  }

  const server = createServer((incoming, outgoing) => {
    // The service is gone, or has cut the connection: the client sees the same.
    handle(incoming, outgoing).catch((error) => {
      process.stderr.write(`${incoming.method} ${incoming.url}: ${error}\n`);
      incoming.socket.destroy();
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    counts,
    close: () => (server.closeAllConnections(), server.close()),
  };
}
