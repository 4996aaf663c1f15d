/** Server-sent events on the addresses of the snapshots, for clients that would rather have a stream than JSON. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { Controller, Get, Next, Req, Res } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { getPrincipal } from '../../auth/authorizer.js';
import { TallyError } from '../../counters/errors.js';
import { RequirePermission } from '../../http/required-permission.decorator.js';
import { ViewerAdmission } from './viewer-admission.js';
import { ViewerHub } from './viewer-hub.js';
import { SseViewer } from './sse-viewer.js';

const EVENT_STREAM = 'text/event-stream';
const SSE_HEADERS = {
  'Content-Type': `${EVENT_STREAM}; charset=utf-8`,
  'Cache-Control': 'no-store',
  // nginx would hold frames back until a buffer is full.
  'X-Accel-Buffering': 'no',
};

/** Nest's `@Sse` queues what a client does not read, and encodes for each client: here every viewer gets the latest, encoded once. */
@Controller()
export class SseController {
  /** Connections whose answers before a stream are still to be given. */
  readonly #connectionsWithPendingStream = new WeakSet<Socket>();

  constructor(
    private readonly admission: ViewerAdmission,
    private readonly hub: ViewerHub,
  ) {}

  /**
   * The messages of `tallyboard.v1` as events: a snapshot, unless `Last-Event-ID` says that the client has it, then what changes.
   * `?counters=a,b` narrows it, `?totals` adds totals. A request for JSON goes on to the next route.
   */
  @Get('dashboards/:dashboard')
  @RequirePermission({ role: 'read', acceptsTicket: true })
  async watch(@Req() request: Request, @Res() response: Response, @Next() next: NextFunction): Promise<void> {
    response.vary('Accept');
    if (!prefersEventStream(request)) {
      next();
      return;
    }
    if (!response.socket) await this.#awaitTurn(request, response);
    const { socket } = response;
    const network = this.admission.assertAttemptAllowed(request);
    const grant = await this.admission.admit(request.originalUrl, getPrincipal(request), network);
    response.useChunkedEncodingByDefault = false;
    response.writeHead(200, SSE_HEADERS);
    if (request.method === 'HEAD' || !socket || socket.destroyed) {
      response.end();
      return;
    }
    response.flushHeaders();
    const viewer = this.hub.connect(
      grant,
      request,
      (feed) =>
        new SseViewer(feed, grant.includeTotals, socket, response, performance.now(), request.get('Last-Event-ID')),
    );
    response.once('close', () => this.hub.disconnect(viewer));
  }

  /** As `watch`, of `main`. */
  @Get('dashboard')
  @RequirePermission({ role: 'read', scope: 'main', acceptsTicket: true })
  watchMain(@Req() request: Request, @Res() response: Response, @Next() next: NextFunction): Promise<void> {
    return this.watch(request, response, next);
  }

  /**
   * Waits for the answers to the requests that came before on the same connection. Only one stream waits: behind another it would
   * do so for ever, and Node stops reading requests only when answers wait.
   */
  async #awaitTurn({ socket: connection }: Request, response: Response): Promise<void> {
    if (this.#connectionsWithPendingStream.has(connection)) {
      throw new TallyError('invalid-request', 'a stream waits on this connection already: open another for each');
    }
    this.#connectionsWithPendingStream.add(connection);
    await once(response, 'socket');
    this.#connectionsWithPendingStream.delete(connection);
  }
}

/** Without a word about it, or when both are as good, a client gets JSON. */
function prefersEventStream(request: Request): boolean {
  if (!request.headers.accept?.includes(EVENT_STREAM)) return false;
  return request.accepts(['json', EVENT_STREAM]) === EVENT_STREAM;
}
