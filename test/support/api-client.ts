/** The whole application, and one way to call it with JSON. */
import type { Config } from '../../src/config/config.js';
import { type RunningApp, startApp } from './app.js';

export interface ApiResponse {
  readonly status: number;
  readonly headers: Headers;
  /** The parsed JSON, other text as it is, or undefined when there is no body. */
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into it as they know it to be
  readonly body: any;
}

export type ApiCall = (
  line: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<ApiResponse>;

/** Calls a service by lines like `GET /dashboards`. */
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

/** An application with dashboard `shop` and its counters `sales` and `visits`. */
export async function startShop(overrides: Partial<Config> = {}) {
  const api = await startApi(overrides);
  const counters = { sales: { title: 'Sales', unit: 'sale' }, visits: {} };
  const { body } = await api.call('PUT /dashboards/shop', { title: 'Shop', counters });
  return { ...api, epoch: String(body.epoch) };
}
