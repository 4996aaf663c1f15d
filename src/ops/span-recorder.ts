/** Records spans of requests, of the change sets that they apply, and of the frames that show them. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type Attributes,
  type Context,
  defaultTextMapGetter,
  type Link,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  type TextMapPropagator,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import { TallyError } from '../counters/errors.js';
import { getRequestId } from '../http/request-id.js';
import {
  type ChangesApplied,
  type FrameBroadcast,
  type RequestRefused,
  type RequestStarted,
  events,
} from '../telemetry/events.js';
import { isProbePath, getRequestPath } from './request-path.js';

const KNOWN_METHODS: ReadonlySet<string | undefined> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'OPTIONS',
  'PATCH',
]);
/** Traced changes to keep until a frame shows them. No frame ever shows those of dashboards without viewers. */
const MAX_PENDING_CHANGES = 256;

interface OpenRequest {
  readonly span: Span;
  readonly response: ServerResponse;
}

/** A traced change that no frame has shown yet. */
interface PendingChange {
  readonly dashboard: string;
  readonly revision: number;
  readonly context: SpanContext;
}

/**
 * Attributes follow OpenTelemetry's HTTP conventions, plus `tallyboard.*`. Never contains headers, queries or bodies.
 */
export class SpanRecorder {
  /** Span of the request that the current code runs for. */
  readonly #current = new AsyncLocalStorage<Span | undefined>();
  readonly #openRequests = new WeakMap<IncomingMessage, OpenRequest>();
  #pending: PendingChange[] = [];
  readonly #unsubscribes: readonly (() => void)[];

  constructor(
    private readonly tracer: Tracer,
    private readonly propagator: TextMapPropagator,
  ) {
    this.#unsubscribes = [
      events.requestStarted.bindStore(this.#current, (requested) => this.#startRequestSpan(requested)),
      events.requestRefused.subscribe((refused) => this.#recordRefusal(refused)),
      // A stream may stay open for days, so its request span ends when the stream begins.
      events.viewerConnected.subscribe(({ request }) => endRequestSpan(request, this.#openRequests.get(request))),
      events.changesApplied.subscribe((applied) => this.#recordApplied(applied)),
      events.frameBroadcast.subscribe((fannedOut) => this.#recordFanOut(fannedOut)),
    ];
  }

  /** Span context of the current request, for the log. */
  get current(): SpanContext | undefined {
    return this.#current.getStore()?.spanContext();
  }

  stop(): void {
    for (const end of this.#unsubscribes) end();
  }

  #startRequestSpan({ request, response }: RequestStarted): Span | undefined {
    const path = getRequestPath(request);
    if (isProbePath(path)) return undefined;
    const parent = this.propagator.extract(ROOT_CONTEXT, request.headers, defaultTextMapGetter);
    const span = this.tracer.startSpan(
      toMethodName(request),
      { kind: SpanKind.SERVER, attributes: toRequestAttributes(request, path) },
      parent,
    );
    if (span.isRecording()) {
      const answering = { span, response };
      this.#openRequests.set(request, answering);
      response.once('close', () => endRequestSpan(request, answering));
    }
    return span;
  }

  #recordRefusal({ error, request }: RequestRefused): void {
    const span = request && this.#openRequests.get(request)?.span;
    if (span?.isRecording()) span.setAttribute('tallyboard.problem', error.code);
  }

  #recordApplied({ changeSets, results, tookMs }: ChangesApplied): void {
    const parent = this.#current.getStore();
    if (!parent?.isRecording()) return;
    const endMs = Date.now();
    const attributes: Attributes = { 'tallyboard.change_sets': changeSets.length };
    const span = this.tracer.startSpan('apply', { startTime: endMs - tookMs, attributes }, toContext(parent));
    const [onlyResult] = changeSets.length === 1 ? results : [];
    if (changeSets.length === 1) span.setAttribute('tallyboard.dashboard', changeSets[0]?.dashboard ?? '');
    if (onlyResult instanceof TallyError) {
      span.setAttribute('error.type', onlyResult.code);
      if (onlyResult.definition.status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    } else if (onlyResult) {
      span.setAttributes({ 'tallyboard.revision': onlyResult.revision, 'tallyboard.replayed': onlyResult.replayed });
    }
    span.end(endMs);
    this.#addPending(results, span.spanContext());
  }

  /**
   * Adds the newest change of each dashboard. It stands for the earlier ones: a frame shows all of them, or the latest.
   */
  #addPending(results: ChangesApplied['results'], context: SpanContext): void {
    const newest = new Map<string, number>();
    for (const result of results) {
      if (!(result instanceof TallyError) && !result.replayed) newest.set(result.dashboard, result.revision);
    }
    for (const [dashboard, revision] of newest) this.#pending.push({ dashboard, revision, context });
    if (this.#pending.length > MAX_PENDING_CHANGES) this.#pending = this.#pending.slice(-MAX_PENDING_CHANGES);
  }

  /** Records a span for a frame that shows traced changes: a child of the first one, linked to the others. */
  #recordFanOut({ dashboard, revision, changes, viewers, frames, bytes, tookMs }: FrameBroadcast): void {
    const isShown = (one: PendingChange): boolean => one.dashboard === dashboard && one.revision <= revision;
    const [first, ...others] = this.#pending.filter(isShown);
    if (!first) return;
    this.#pending = this.#pending.filter((one) => !isShown(one));
    const endMs = Date.now();
    const links = others.map(({ context }): Link => ({ context }));
    const attributes = {
      'tallyboard.dashboard': dashboard,
      'tallyboard.revision': revision,
      'tallyboard.change_sets': changes,
      'tallyboard.viewers': viewers,
      'tallyboard.frames': frames,
      'tallyboard.bytes': bytes,
    };
    const parent = trace.setSpanContext(ROOT_CONTEXT, first.context);
    this.tracer.startSpan('fan out', { startTime: endMs - tookMs, attributes, links }, parent).end(endMs);
  }
}

function toContext(span: Span): Context {
  return trace.setSpan(ROOT_CONTEXT, span);
}

function toMethodName({ method }: IncomingMessage): string {
  return KNOWN_METHODS.has(method) ? String(method) : 'HTTP';
}

function toRequestAttributes(request: IncomingMessage, path: string): Attributes {
  const { method = '', httpVersion, socket } = request;
  return {
    'http.request.method': KNOWN_METHODS.has(method) ? method : '_OTHER',
    ...(!KNOWN_METHODS.has(method) && { 'http.request.method_original': method }),
    'url.path': path,
    'url.scheme': 'encrypted' in socket ? 'https' : 'http',
    'network.protocol.version': httpVersion,
    ...(socket.remoteAddress !== undefined && { 'network.peer.address': socket.remoteAddress }),
    'tallyboard.request_id': getRequestId(request),
  };
}

/** Ends the span of a request, once. The route is known by now. A client that disconnected is not an error. */
function endRequestSpan(request: IncomingMessage, openRequest: OpenRequest | undefined): void {
  if (!openRequest?.span.isRecording()) return;
  const { span, response } = openRequest;
  const route = (request as IncomingMessage & { readonly route?: { readonly path?: unknown } }).route?.path;
  if (typeof route === 'string') {
    span.setAttribute('http.route', route);
    span.updateName(`${toMethodName(request)} ${route}`);
  }
  const { statusCode } = response;
  span.setAttribute('http.response.status_code', statusCode);
  if (statusCode >= 500) {
    span.setAttribute('error.type', String(statusCode));
    span.setStatus({ code: SpanStatusCode.ERROR });
  }
  span.end();
}
