/** Passes requests on to the upstream, and runs all others in the name of their caller. */
import { pipeline } from 'node:stream/promises';
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request, Response } from 'express';
import { EMPTY, NEVER, Observable } from 'rxjs';
import type { Dispatcher } from 'undici';
import { ClientAddress } from '../auth/client-address.js';
import { TallyError } from '../counters/errors.js';
import { ROUTE_DOCS, type RouteDocs } from '../http/api-docs.decorator.js';
import { prefersEventStream } from '../http/event-stream.js';
import { getRequestId, REQUEST_ID_HEADER } from '../http/request-id.js';
import { readCaller, type RelayedCaller, runAsCaller } from '../store/upstream/relayed-caller.js';
import { createTokenError, type Upstream } from '../store/upstream/upstream.js';
import { UpstreamStore } from '../store/upstream/upstream.store.js';
import { CounterStore } from '../store/store.js';
import { FORWARDED_OPERATIONS, type ForwardedAs, PROMPT_OPERATIONS } from './forwarded-operations.js';

/** Headers that belong to one connection (RFC 9110, 7.6.1), or to this service. */
const OWN_HEADERS =
  /^(authorization|connection|content-length|cookie|date|expect|host|keep-alive|origin|te|trailer|transfer-encoding|upgrade|proxy-.*|x-forwarded-.*|access-control-.*|ratelimit.*|tallyboard-hops)$/;
/**
 * Parameters of paths that may be passed on. Others are refused here, as by the upstream: a proxy on the way could take
 * their dots and slashes for another path than the one whose right was checked.
 */
const PATH_PARAMETER = /^[\w-][\w.-]*$/;
/** Time until the upstream begins its response, milliseconds: a past of 10 years may take a minute. */
const RESPONSE_TIMEOUT_MS = 120_000;

@Injectable()
export class ForwardingInterceptor implements NestInterceptor {
  readonly #upstream: Upstream;
  /** As `RESPONSE_TIMEOUT_MS`, for reads of the present. */
  readonly #promptTimeoutMs: number;

  constructor(
    private readonly reflector: Reflector,
    private readonly clientAddress: ClientAddress,
    store: CounterStore,
  ) {
    if (!(store instanceof UpstreamStore)) throw new Error('a relay needs STORE=upstream');
    this.#upstream = store.upstream;
    this.#promptTimeoutMs = store.timeoutMs;
  }

  /** @throws TallyError `relay-loop`, `store-unavailable` */
  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const http = context.switchToHttp();
    const [request, response] = [http.getRequest<Request>(), http.getResponse<Response>()];
    const caller = readCaller(request);
    const docs = this.reflector.get<RouteDocs | undefined>(ROUTE_DOCS, context.getHandler());
    const forwardedAs = docs && FORWARDED_OPERATIONS[docs.operationId];
    if (!docs || !forwardedAs || !hasPlainPath(request)) {
      return new Observable((subscriber) => runAsCaller(caller, () => next.handle().subscribe(subscriber)));
    }
    try {
      const isPrompt = PROMPT_OPERATIONS.has(docs.operationId) && request.query['at'] === undefined;
      await runAsCaller(caller, () => this.#forward(request, response, caller, { as: forwardedAs, isPrompt }));
    } catch (error) {
      // Nobody waits for the answer any more.
      if (!response.closed) throw error;
    }
    // Nest would send a second response.
    return response.headersSent || response.closed ? NEVER : EMPTY;
  }

  async #forward(
    request: Request,
    response: Response,
    caller: RelayedCaller,
    { as, isPrompt }: { readonly as: ForwardedAs; readonly isPrompt: boolean },
  ): Promise<void> {
    const controller = new AbortController();
    response.once('close', () => controller.abort());
    const authorization = as === 'caller' ? caller.authorization : this.#upstream.authorization;
    const answer = await this.#upstream.request({
      method: request.method,
      path: removeTicket(request.url),
      headers: {
        ...omitHeaders(request.headers, request.body === undefined ? [] : ['content-encoding']),
        ...(authorization !== undefined && { authorization }),
        'x-forwarded-for': this.clientAddress.getAddress(request),
        [REQUEST_ID_HEADER.toLowerCase()]: getRequestId(request),
      },
      body: toBody(request),
      signal: controller.signal,
      timeoutMs: isPrompt ? this.#promptTimeoutMs : RESPONSE_TIMEOUT_MS,
      isStream: prefersEventStream(request),
    });
    const { statusCode } = answer;
    if (as === 'relay' && (statusCode === 401 || statusCode === 403)) {
      throw createTokenError(readDetail(await answer.body.text()) ?? `it answers ${statusCode}`);
    }
    response.status(statusCode);
    // The rest of the body may never come.
    if (statusCode === 408) response.shouldKeepAlive = false;
    const { vary, 'content-length': length } = answer.headers;
    response.set(omitHeaders(answer.headers, ['vary']));
    if (length !== undefined) response.set('content-length', String(length));
    if (vary !== undefined) response.vary(String(vary));
    response.flushHeaders();
    try {
      await pipeline(answer.body, response);
    } catch (error) {
      // The client is gone, or has a part of the response: it must not take it for the whole.
      if (!controller.signal.aborted) response.destroy(error instanceof Error ? error : undefined);
    }
  }
}

function hasPlainPath({ params }: Request): boolean {
  return Object.values(params).every((value) => PATH_PARAMETER.test(String(value)));
}

/** The ticket was for this relay. */
function removeTicket(url: string): string {
  const [path = '', query] = url.split(/\?(.*)/s, 2);
  if (query === undefined || !/(^|&)ticket=/.test(query)) return url;
  const rest = query.split('&').filter((parameter) => !parameter.startsWith('ticket='));
  return rest.length > 0 ? `${path}?${rest.join('&')}` : path;
}

/**
 * Returns the body as it was parsed, or as it arrives where the route reads it by itself.
 * @throws TallyError `invalid-request`
 */
function toBody(request: Request): Dispatcher.DispatchOptions['body'] {
  if (request.method === 'GET' || request.method === 'HEAD') return null;
  if (request.body !== undefined) return stringify(request.body);
  // A request may have arrived completely, and wait to be read.
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  return encoding !== undefined || Number(length ?? 0) > 0 ? request : null;
}

/** JSON can be parsed that is nested deeper than the stack. */
function stringify(body: unknown): string {
  try {
    return JSON.stringify(body);
  } catch {
    throw new TallyError('invalid-request', 'the request body is nested too deeply', {
      errors: [{ pointer: '', detail: 'must have fewer levels' }],
    });
  }
}

/** Returns the detail of a problem. Undefined for other text: that of a proxy, or none, to a HEAD. */
function readDetail(text: string): string | undefined {
  try {
    return (JSON.parse(text) as { readonly detail?: string }).detail;
  } catch {
    return undefined;
  }
}

/** Returns the headers that are passed on. */
function omitHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  omitted: readonly string[],
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || OWN_HEADERS.test(name) || omitted.includes(name) ? [] : [[name, String(value)]],
    ),
  );
}
