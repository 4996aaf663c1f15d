/** The ledger as server-sent events, for requests that prefer `text/event-stream` to JSON. */
import { Controller, Get, Next, Param, Req, Res } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { getPrincipal } from '../../auth/authorizer.js';
import { awaitStreamTurn, prefersEventStream, startEventStream } from '../../http/event-stream.js';
import { RequirePermission } from '../../http/required-permission.decorator.js';
import { ViewerAdmission } from '../live/viewer-admission.js';
import { parseLedgerStreamRequest } from './ledger-stream.query.js';
import { LedgerStreams } from './ledger-streams.js';

@Controller('dashboards/:dashboard')
export class LedgerStreamController {
  constructor(
    private readonly admission: ViewerAdmission,
    private readonly streams: LedgerStreams,
  ) {}

  /**
   * Streams the ledger: each entry once and in order, and then every new one. Goes on after the entry of
   * `Last-Event-ID`, or after the revision `?after=`; without either it begins with the oldest entry. A request for
   * JSON or CSV goes on to the next route.
   * @throws TallyError as `ViewerAdmission.assertAttemptAllowed`, `parseLedgerStreamRequest` and `LedgerStreams.admit`
   */
  @Get('changes')
  @RequirePermission({ role: 'read', acceptsTicket: true })
  async stream(
    @Param('dashboard') dashboard: string,
    @Req() request: Request,
    @Res() response: Response,
    @Next() next: NextFunction,
  ): Promise<void> {
    response.vary('Accept');
    if (!prefersEventStream(request)) {
      next();
      return;
    }
    await awaitStreamTurn(request, response);
    const network = this.admission.assertAttemptAllowed(request);
    const { place, filter } = parseLedgerStreamRequest(request.query, request.get('Last-Event-ID'));
    const { expiresAtMs } = getPrincipal(request);
    const grant = await this.streams.admit(dashboard, place, { filter, expiresAtMs, network });
    this.admission.assertCapacity(network);
    const socket = startEventStream(request, response);
    if (socket) this.streams.connect(grant, { request, response, socket });
  }
}
