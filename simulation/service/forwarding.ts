/** Passes requests that a relay need not know on to its upstream, as `ForwardingInterceptor` does it over HTTP. */
import { HOPS_HEADER } from '../../src/store/upstream/relayed-caller.js';
import type { Upstream } from '../../src/store/upstream/upstream.js';
import type { Answer, Request } from '../network/http.js';

const RESPONSE_TIMEOUT_MS = 120_000;
/** Headers that belong to one connection. */
const OWN_HEADERS = new Set<string>([HOPS_HEADER]);

/** @throws TallyError `store-unavailable` */
export async function forward(upstream: Upstream, { method, path, headers, body }: Request): Promise<Answer> {
  const answer = await upstream.request({
    method: method as 'GET',
    path,
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !OWN_HEADERS.has(name))),
    ...(body !== '' && { body }),
    timeoutMs: RESPONSE_TIMEOUT_MS,
  });
  return {
    status: answer.statusCode,
    headers: answer.headers as Readonly<Record<string, string>>,
    body: await answer.body.text(),
  };
}
