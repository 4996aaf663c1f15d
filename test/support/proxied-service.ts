/** Runs the application behind a reverse proxy, with clients that trust the proxy's certificate. */
import { once } from 'node:events';
import type { IncomingMessage, RequestListener } from 'node:http';
import https from 'node:https';
import type { Config } from '../../src/config/config.js';
import { SUBPROTOCOL } from '../../src/protocol/live-messages.js';
import { type RunningApp, startApp } from './app.js';
import { CheckedWebSocket, checkIncomingMessage } from './response-check.js';
import { startHttpServer } from './http-server.js';
import { type ProxyOptions, type RunningProxy, startReverseProxy } from './reverse-proxy.js';
import type { ProxyKind } from './proxy-recipes.js';
import { watchSse, type SseViewer } from './sse-viewer.js';
import { countFrames, followMessages } from './recording-viewer.js';
import { WebSocketViewer } from './websocket-viewer.js';

type Headers = Readonly<Record<string, string>>;

interface ProxiedApp extends RunningApp {
  readonly proxy: RunningProxy;
  readonly request: (line: string, headers?: Headers, body?: string | Buffer) => ReturnType<typeof requestProxy>;
}

/** Configuration that the recipes require of the service. */
export const PROXY_SETTINGS = { TRUST_PROXY: 'loopback', ALLOWED_HOSTS: ['counters.example.org', '127.0.0.1'] };

/** Starts the application, and a proxy before it. The application gets BASE_PATH if the proxy preserves the path. */
export async function startProxied(
  kind: ProxyKind,
  { pathMode = 'root', hasShortTimeouts }: Omit<ProxyOptions, 'servicePort'> = {},
  overrides: Partial<Config> = {},
): Promise<ProxiedApp> {
  const BASE_PATH = pathMode === 'preserved' ? '/tally' : '';
  const app = await startApp({ STORE: 'memory', BASE_PATH, ...PROXY_SETTINGS, ...overrides });
  const proxy = await startReverseProxy(kind, {
    servicePort: app.port,
    pathMode,
    ...(hasShortTimeouts && { hasShortTimeouts }),
  });
  return { ...app, proxy, request: (...args) => requestProxy(proxy, ...args) };
}

/**
 * Sends a request through the proxy. Not by `fetch`, which cannot trust a given certificate.
 * @param connection agent and source address; by default a new connection per request
 */
export async function requestProxy(
  { url, port, certificate }: RunningProxy,
  requestLine: string,
  headers: Headers = {},
  body?: string | Buffer,
  connection: Pick<https.RequestOptions, 'agent' | 'localAddress'> = { agent: false },
) {
  const [method = '', path = ''] = requestLine.split(' ');
  const request = https.request(url + path, { method, headers, ca: certificate.cert, ...connection }).end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  checkIncomingMessage({ method, path: request.path }, response, port);
  const bytes = Buffer.concat((await response.toArray()) as Buffer[]);
  return { status: response.statusCode, headers: response.headers, bytes };
}

/** Opens a viewer of each kind through the proxy. Resolves when each has its first frame. */
export async function watchProxied({ url, certificate }: RunningProxy, path = '/dashboards/main') {
  const connect = (protocols: string[]) =>
    new CheckedWebSocket(url.replace('http', 'ws') + path, protocols, { ca: certificate.cert });
  const bare = new WebSocketViewer(connect([]), countFrames);
  const v1 = new WebSocketViewer(connect([SUBPROTOCOL]), followMessages());
  const events: SseViewer = await watchSse(url + path, {}, undefined, certificate.cert);
  await Promise.all([bare, v1, events].map((viewer) => viewer.waitForValues({ orders: 0 })));
  return { bare, v1, events };
}

/** A stand-in for the service that records its requests. */
interface StubService {
  readonly port: number;
  /** Requests received, without health checks. */
  readonly requests: readonly IncomingMessage[];
}

/** Starts a stub service. @param respond handles a request; by default none is answered */
export async function startStubService(respond: RequestListener = () => {}): Promise<StubService> {
  const requests: IncomingMessage[] = [];
  const { port } = await startHttpServer((request, response) => {
    if (request.url === '/health/ready') response.end();
    else {
      requests.push(request);
      respond(request, response);
    }
  });
  return { port, requests };
}
