/** Starts the whole application in this process and calls its JSON API. */
import type { Config } from '../../src/config/config.js';
import { type RunningApp, startApp } from './app.js';

export interface ApiResponse {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON, other content as text, or undefined for an empty body. */
  // oxlint-disable-next-line typescript/no-explicit-any -- each test knows the shape it expects
  readonly body: any;
}

export type ApiCall = (
  line: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<ApiResponse>;

/** Returns a function that calls a service by request lines such as `GET /dashboards`. */
export function createCaller(url: string): ApiCall {
  return async (requestLine, body, headers = {}) => {
    const [method = '', path = ''] = requestLine.split(' ');
    const json = body === undefined ? {} : { body: JSON.stringify(body) };
    const type: Record<string, string> = body === undefined ? {} : { 'Content-Type': 'application/json' };
    const response = await fetch(url + path, { method, headers: { ...type, ...headers }, ...json });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: parseBody(response, text) };
  };
}

function parseBody({ headers }: Response, text: string): unknown {
  if (text === '') return undefined;
  return headers.get('content-type')?.includes('json') ? JSON.parse(text) : text;
}

export async function startApi(overrides: Partial<Config> = {}): Promise<RunningApp & { readonly call: ApiCall }> {
  const app = await startApp(overrides);
  return { ...app, call: createCaller(app.url) };
}

/** Starts an application with dashboard `shop` and its counters `sales` and `visits`. */
export async function startShop(overrides: Partial<Config> = {}) {
  const api = await startApi(overrides);
  const counters = { sales: { title: 'Sales', singular: 'sale' }, visits: {} };
  const { body } = await api.call('PUT /dashboards/shop', { title: 'Shop', counters });
  return { ...api, epoch: String(body.epoch) };
}
