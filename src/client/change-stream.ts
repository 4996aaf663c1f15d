/** Streams the ledger of a dashboard: every entry once and in order, and then every new one. */
import type { LedgerEntry } from '../counters/ledger-entry.js';
import { RefusedError, UnavailableError } from './errors.js';
import { createEventParser, EVENT_STREAM, type StreamEvent } from './event-stream.js';
import type { ReadChangesOptions } from './ledger.js';
import { type ReadOptions, requestJson } from './request.js';
import { computeRequestRetryDelayMs, MAX_TIMER_MS } from './retry-delay.js';
import { pause } from '../retry/retry.js';
import { DEFAULT_STALE_AFTER_MS } from './silence-limit.js';
import { buildResourceUrl } from './urls.js';

/** An entry, and the epoch that its revision belongs to. */
export interface StreamedChange extends LedgerEntry {
  readonly epoch: string;
}

export interface StreamChangesOptions extends Omit<ReadChangesOptions, 'order' | 'after' | 'before' | 'limit'> {
  /** The last entry that you have: its revision, or `epoch:revision`. Default: begin with the oldest that is kept. */
  readonly after?: number | string;
  /** Milliseconds of silence after which a connection counts as dead, at least two heartbeats. Default: 40,000. */
  readonly staleAfterMs?: number;
  /** Called before each reconnection with the reason, and the milliseconds until it. */
  readonly onRetry?: (error: UnavailableError, inMs: number) => void;
}

/**
 * Yields entries until `signal` aborts or the loop is left. Reconnects with growing delays, and goes on after the last
 * entry. A slow loop slows the server down: nothing is lost or piled up.
 * @param url base URL of the service
 * @throws RefusedError if the server refuses the stream, with the code `ledger-gone` if entries in between are no
 *   longer kept or the dashboard has begun another history; or the reason of `signal`
 */
export async function* streamChanges(
  url: string | URL,
  options: StreamChangesOptions = {},
): AsyncGenerator<StreamedChange, void, undefined> {
  const { dashboard = 'main', after, counters, who, signal, staleAfterMs = DEFAULT_STALE_AFTER_MS } = options;
  const isId = typeof after === 'string';
  const address = buildResourceUrl(url, dashboard, 'changes', { after: isId ? undefined : after, counters, who });
  let lastId = isId ? after : '';
  for (let failures = 0; ; failures += 1) {
    try {
      for await (const { id, data } of readEvents(address, options, lastId, staleAfterMs)) {
        // A heartbeat may have an id without data, where a filter has passed over entries.
        if (id === undefined) continue;
        lastId = id;
        failures = 0;
        if (data !== undefined) yield JSON.parse(data) as StreamedChange;
      }
      throw new UnavailableError('the stream ended');
    } catch (cause) {
      signal?.throwIfAborted();
      if (cause instanceof RefusedError) throw cause;
      const error =
        cause instanceof UnavailableError ? cause : new UnavailableError('connection lost', undefined, cause);
      const delayMs = computeRequestRetryDelayMs(error, failures) ?? 0;
      options.onRetry?.(error, delayMs);
      await pause(delayMs, signal);
    }
  }
}

/** Yields the events of one connection, comments included. */
async function* readEvents(
  address: URL,
  options: ReadOptions,
  lastId: string,
  staleAfterMs: number,
): AsyncGenerator<StreamEvent, void, undefined> {
  const controller = new AbortController();
  const inTime = async <T>(promise: Promise<T>): Promise<T> => {
    const timer = setTimeout(() => controller.abort(new UnavailableError('the server is silent')), staleAfterMs);
    return promise.finally(() => clearTimeout(timer));
  };
  const headers = { accept: `${EVENT_STREAM}, application/problem+json`, ...(lastId && { 'last-event-id': lastId }) };
  const both = AbortSignal.any([controller.signal, ...(options.signal ? [options.signal] : [])]);
  try {
    const open = requestJson(address, { ...options, signal: both }, { headers }, MAX_TIMER_MS, openBody);
    const reader = (await inTime(open)).getReader();
    const parse = createEventParser();
    for (let chunk = await inTime(reader.read()); !chunk.done; chunk = await inTime(reader.read()))
      yield* parse(chunk.value);
  } finally {
    controller.abort();
  }
}

async function openBody({ body, headers }: Response): Promise<ReadableStream<string>> {
  if (body && headers.get('content-type')?.startsWith(EVENT_STREAM)) return body.pipeThrough(new TextDecoderStream());
  throw new UnavailableError('the response is not an event stream');
}
