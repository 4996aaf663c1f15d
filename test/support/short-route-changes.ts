/** Clients that send changes by the short routes with keys, and the values that a counter may have after a crash. */
import type { SentChangeSet } from './ledger-check.js';
import type { Service } from './service.js';

/** Requests at a time. */
export const CLIENTS = 16;
/** Requests of the clients: method, path, counter and amount. */
export const REQUESTS = [
  ['POST', '/order', 'orders', 1],
  ['DELETE', '/order', 'orders', -1],
  ['POST', '/sign-up', 'customers', 1],
  ['DELETE', '/sign-off', 'customers', -1],
  ['POST', '/product', 'products', 1],
  ['DELETE', '/product', 'products', -1],
] as const;

export interface SentChange {
  readonly key: string;
  readonly request: (typeof REQUESTS)[number];
  /** Undefined if the connection broke before the response. */
  status?: number;
}

/** Sends a change with its key. @returns the status, and true if it was replayed @throws if the connection breaks */
export async function send(
  { url }: Service,
  { key, request: [method, path] }: SentChange,
): Promise<readonly [number, boolean]> {
  const response = await fetch(url + path, { method, headers: { 'Idempotency-Key': key } });
  await response.arrayBuffer();
  return [response.status, response.headers.get('idempotent-replayed') === 'true'];
}

/** Computes the lowest and highest possible value of a counter: an unacknowledged change may count or not. */
export function computeBounds(all: readonly SentChange[], counter: string): readonly [number, number] {
  let [min, max] = [0, 0];
  for (const { request, status } of all) {
    const [, , name, by] = request;
    if (name !== counter || status === 400) continue;
    if (status === 200 || by < 0) min += by;
    if (status === 200 || by > 0) max += by;
  }
  return [Math.max(0, min), max];
}

/** Sends changes again, a few at a time. @returns the status of each, and true if it was replayed */
export async function retry(service: Service, changes: readonly SentChange[]): Promise<(readonly [number, boolean])[]> {
  const answers: (readonly [number, boolean])[] = [];
  for (let start = 0; start < changes.length; start += CLIENTS) {
    answers.push(...(await Promise.all(changes.slice(start, start + CLIENTS).map((sent) => send(service, sent)))));
  }
  return answers;
}

/** Converts a change that has been answered, for the comparison with the ledger. */
export function toChangeSet({ key, request: [, , counter, by], status }: SentChange): SentChangeSet {
  return { id: key, changes: [{ counter, by }], isKeyed: true, state: status === 200 ? 'counted' : 'refused' };
}
