/**
 * Serves pages that embed `<live-counter>`: from another origin under a strict policy, or from the service's own
 * origin.
 */
import { type IncomingMessage, request as sendRequest, type RequestListener, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Page } from 'playwright-core';
import type { Config } from '../../src/config/config.js';
import { createCaller } from './api-client.js';
import { UNREACHABLE_ERRORS, type OpenPageOptions, openPage } from './browser.js';
import { eventually } from './cleanup.js';
import { startHttpServer } from './http-server.js';
import { startAppBehindProxy, type TcpProxy } from './tcp-proxy.js';

/** Errors that a browser logs for a service of another origin that is unreachable or refuses without CORS headers. */
export const CROSS_ORIGIN_ERRORS: readonly RegExp[] = [...UNREACHABLE_ERRORS, /CORS policy/, /net::ERR_FAILED/];

const STYLE = `
  .styled { --live-counter-color: rgb(1, 2, 3); --live-counter-font-size: 40px; --live-counter-live-color: rgb(7, 8, 9); }
  .styled::part(label) { text-transform: uppercase; }
  live-counter[state='live'] { outline: 1px solid rgb(4, 5, 6); }`;

/** Creates a Content-Security-Policy that allows scripts and connections of one service, and the page's own styles. */
function createPolicy(service: string): string {
  return [
    "default-src 'none'",
    `script-src ${service}`,
    `connect-src ${service} ${service.replace('http', 'ws')}`,
    "style-src 'self'",
    'img-src data:',
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
}

function sendPage(
  url: string | undefined,
  response: ServerResponse,
  script: string,
  body: string,
  policy?: string,
): void {
  const html = `<!doctype html><html lang="de"><title>Shop</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/style.css">
    <script type="module" src="${script}"></script><main><h1>Shop</h1>${body}</main>`;
  const [type, text] = url === '/style.css' ? ['text/css', STYLE] : ['text/html', html];
  response.setHeader('Content-Type', `${type}; charset=utf-8`);
  if (policy !== undefined) response.setHeader('Content-Security-Policy', policy);
  response.end(text);
}

/** Starts a service behind a proxy, and a site of another origin, which is allowed unless the overrides forbid it. */
export async function startEmbeddingSite(overrides: Partial<Config> = {}) {
  const pageContent = { service: '', body: '' };
  const { url: site } = await startHttpServer(({ url }, response) => {
    const { service, body } = pageContent;
    sendPage(url, response, `${service}/embed.js`, body, createPolicy(service));
  });
  const originConfig = { ALLOWED_ORIGINS: [site] };
  const running = await startAppBehindProxy({ ...originConfig, ...overrides });
  const { proxy } = running;
  /**
   * Opens a page of the site that embeds elements. Requests to the service are not faults, although it is another host.
   */
  const embed = (body: string, options: OpenPageOptions = {}): Promise<Page> => {
    Object.assign(pageContent, { service: proxy.url, body });
    const serviceRequest = new RegExp(`^another host: (http|ws)://${new URL(proxy.url).host}/`);
    return openPage(site, { ...options, expectedErrors: [serviceRequest, ...(options.expectedErrors ?? [])] });
  };
  return { ...running, originConfig, call: createCaller(running.url), embed };
}

/** Opens a page whose origin proxies the service under `/tally` and strips that path. */
export async function openPageUnderPath(port: number, body: string, options: OpenPageOptions = {}): Promise<Page> {
  const stripPath = (url = ''): string | undefined => /^\/tally(\/.*)$/.exec(url)?.[1];
  const onRequest: RequestListener = (request, response) => {
    const path = stripPath(request.url);
    if (path === undefined) return sendPage(request.url, response, '/tally/embed.js', body);
    const { method, headers } = request;
    const upstream = sendRequest({ port, path, method, headers }, (upstreamResponse) => {
      response.writeHead(upstreamResponse.statusCode ?? 502, upstreamResponse.headers);
      upstreamResponse.pipe(response);
    });
    upstream.on('error', () => response.destroy());
    request.pipe(upstream);
  };
  const onUpgrade = (request: IncomingMessage, socket: Socket): void => {
    const upstream = connect(port, '127.0.0.1');
    const lines = request.rawHeaders.map((text, index) => (index % 2 === 0 ? `${text}: ` : `${text}\r\n`));
    upstream.write(`GET ${stripPath(request.url) ?? '/'} HTTP/1.1\r\n${lines.join('')}\r\n`);
    for (const [source, target] of [
      [socket, upstream],
      [upstream, socket],
    ] as const) {
      source.pipe(target);
      source.on('error', () => target.destroy()).on('close', () => target.destroy());
    }
  };
  const { url } = await startHttpServer(onRequest, onUpgrade);
  return openPage(`${url}/`, options);
}

/** Lists the request targets of all WebSockets that were opened through the proxy, oldest first. */
export function listWatchUrls({ allConnections }: TcpProxy): string[] {
  const sockets = allConnections.filter(({ sent }) => /\r\nupgrade: websocket/i.test(sent));
  return sockets.map(({ sent }) => /^GET (\S+)/.exec(sent)?.[1] ?? '');
}

/** Counts the open WebSockets. */
export function countOpenWebSockets({ openConnections }: TcpProxy): number {
  return [...openConnections].filter(({ sent }) => /\r\nupgrade: websocket/i.test(sent)).length;
}

/** A rendered `<live-counter>`. */
interface ElementView {
  readonly label: string;
  readonly value: string;
  readonly state: string | null;
  /** Tooltip of the counter. */
  readonly title: string | null;
  /** Accessible name of the state indicator. */
  readonly stateLabel: string | null;
}

/** Reads an element from its shadow DOM. @param selector CSS selector of exactly one element */
export function readElement(page: Page, selector = 'live-counter'): Promise<ElementView> {
  return page.locator(selector).evaluate((element) => {
    const find = (part: string) => element.shadowRoot?.querySelector(part);
    // While there is no number, the slot shows the element's own text.
    const shown = find('[part=value] slot') ? element.textContent.trim() || '–' : find('[part=value]')?.textContent;
    return {
      label: find('[part=label]')?.textContent ?? '',
      value: shown ?? '',
      state: element.getAttribute('state'),
      title: find('.counter')?.getAttribute('title') ?? null,
      stateLabel: find('[part=state]')?.getAttribute('aria-label') ?? null,
    };
  });
}

/** Resolves when an element has these properties. */
export function waitForElement(page: Page, expected: Partial<ElementView>, selector?: string): Promise<void> {
  return eventually(async () => {
    const actual = await readElement(page, selector);
    return Object.entries(expected).every(([name, value]) => actual[name as keyof ElementView] === value);
  });
}

/** Records every state of the page's first element from now on. @returns a function that reads them */
export async function recordElementStates(page: Page): Promise<() => Promise<string[]>> {
  await page
    .locator('live-counter')
    .first()
    .evaluate((element) => {
      const states: string[] = [];
      Object.assign(globalThis, { states });
      const record = (): void => {
        const state = element.getAttribute('state') ?? '';
        if (state !== states.at(-1)) states.push(state);
      };
      record();
      new MutationObserver(record).observe(element, { attributes: true, attributeFilter: ['state'] });
    });
  return () => page.evaluate<string[]>('states');
}
