/** Server-sent events on the snapshot routes, for requests that prefer `text/event-stream` to JSON. */
import { Controller, Get, Next, Req, Res } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { getPrincipal } from '../../auth/authorizer.js';
import { TallyError } from '../../counters/errors.js';
import { awaitStreamTurn, prefersEventStream, startEventStream } from '../../http/event-stream.js';
import { RequirePermission } from '../../http/required-permission.decorator.js';
import { ViewerAdmission } from './viewer-admission.js';
import { ViewerHub } from './viewer-hub.js';
import { SseViewer } from './sse-viewer.js';

/** Not Nest's `@Sse`: it queues events for slow clients and encodes each event per client. */
@Controller()
export class SseController {
  constructor(
    private readonly admission: ViewerAdmission,
    private readonly hub: ViewerHub,
  ) {}

  /**
   * Streams the messages of `tallyboard.v1` as events: a snapshot, unless the client has it already (`Last-Event-ID`),
   * then patches. `?counters=a,b` selects counters, `?totals` adds totals. A request for JSON goes on to the next
   * route.
   * @throws TallyError as `ViewerAdmission.assertAttemptAllowed` and `ViewerAdmission.admit`; `invalid-request`;
   *   `upgrade-required` for a WebSocket handshake without its upgrade
   */
  @Get('dashboards/:dashboard')
  @RequirePermission({ role: 'read', acceptsTicket: true })
  async watch(@Req() request: Request, @Res() response: Response, @Next() next: NextFunction): Promise<void> {
    response.vary('Accept');
    assertNoHandshake(request);
    if (!prefersEventStream(request)) {
      next();
      return;
    }
    await awaitStreamTurn(request, response);
    const network = this.admission.assertAttemptAllowed(request);
    const grant = await this.admission.admit(request.originalUrl, getPrincipal(request), network);
    this.admission.assertCapacity(network);
    const socket = startEventStream(request, response);
    if (!socket) return;
    const viewer = this.hub.connect(
      grant,
      request,
      (feed, clock) => new SseViewer(feed, grant.includeTotals, socket, response, clock, request.get('Last-Event-ID')),
    );
    response.once('close', () => this.hub.disconnect(viewer));
  }

  @Get('dashboard')
  @RequirePermission({ role: 'read', scope: 'main', acceptsTicket: true })
  watchMain(@Req() request: Request, @Res() response: Response, @Next() next: NextFunction): Promise<void> {
    return this.watch(request, response, next);
  }
}

/**
 * Refuses a WebSocket handshake that lost `Upgrade` or `Connection` on the way. These are for one connection only, and
 * a proxy that does not know WebSocket drops them; a snapshot as the answer would not say so.
 * @throws TallyError `upgrade-required`
 */
function assertNoHandshake({ method, headers }: Request): void {
  if (headers['sec-websocket-key'] === undefined && headers['sec-websocket-version'] === undefined) return;
  if (method !== 'GET') return;
  throw new TallyError(
    'upgrade-required',
    'a WebSocket handshake needs HTTP/1.1, Upgrade: websocket and Connection: Upgrade: a proxy may have dropped them',
  );
}
