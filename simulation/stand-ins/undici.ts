/** Stands in for `undici`, as far as a relay uses it: requests to the upstream, with their time limits. */
import type { VirtualResponse } from '../network/http.js';
import { setVirtualTimeout } from '../world/virtual-timers.js';
import { getNetwork } from './network.js';

interface AgentOptions {
  readonly headersTimeout: number;
}

interface SendOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | null;
  readonly signal?: AbortSignal | null;
  readonly headersTimeout?: number;
  readonly dispatcher: Agent;
}

interface RequestOptions extends Omit<SendOptions, 'dispatcher'> {
  readonly origin: string;
  readonly path: string;
}

/** The part of `Dispatcher.ResponseData` that a relay reads. */
interface ResponseData {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: { text(): Promise<string>; json(): Promise<unknown>; dump(): Promise<void> };
}

export class Agent {
  readonly ended = new AbortController();

  constructor(readonly options: AgentOptions) {}

  async request({ origin, path, ...options }: RequestOptions): Promise<ResponseData> {
    const response = await fetch(`${origin}${path}`, { ...options, dispatcher: this });
    return { statusCode: response.status, headers: response.allHeaders, body: response };
  }

  async destroy(): Promise<void> {
    this.ended.abort(new Error('The client is destroyed'));
  }
}

/** Rejects as `fetch` does; also when the answer takes longer than the agent lets it. */
export async function fetch(url: URL | string, options: SendOptions): Promise<VirtualResponse> {
  const { method, headers, body, signal, dispatcher } = options;
  const { headersTimeout = dispatcher.options.headersTimeout } = options;
  const late = new AbortController();
  const timer = setVirtualTimeout(() => late.abort(new Error('Headers Timeout Error')), headersTimeout);
  try {
    return await getNetwork().fetch(url, {
      ...(method !== undefined && { method }),
      ...(headers && { headers }),
      ...(typeof body === 'string' && { body }),
      signal: AbortSignal.any([late.signal, dispatcher.ended.signal, ...(signal ? [signal] : [])]),
    });
  } finally {
    timer.stop();
  }
}
