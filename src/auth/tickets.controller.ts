/** `POST /tickets`: exchanges a token for a ticket, for clients that cannot send headers. */
import { Body, Controller, HttpCode, Post, Req } from '@nestjs/common';
import { Matches } from 'class-validator';
import type { Request } from 'express';
import { NAME_PATTERN } from '../counters/counters.js';
import { ApiDocs } from '../http/api-docs.decorator.js';
import { Authorizer, getPrincipal } from './authorizer.js';
import { type Ticket, Tickets } from './tickets.js';

export class TicketDto {
  @Matches(NAME_PATTERN, { message: `must be the name of a dashboard: ${NAME_PATTERN.source}` })
  readonly dashboard!: string;
}

@Controller()
export class TicketsController {
  constructor(
    private readonly authorizer: Authorizer,
    private readonly tickets: Tickets,
  ) {}

  /**
   * Issues a ticket to watch one dashboard from pages of the requesting origin. Valid for 30 s; the connection may last
   * as long as the token.
   */
  @Post('tickets')
  @HttpCode(200)
  @ApiDocs({
    tag: 'Access',
    operationId: 'createTicket',
    summary: 'Issue a ticket to watch a dashboard',
    description:
      'For browsers, which cannot send headers when they open a WebSocket: connect with `?ticket=`. A ticket is valid for 30 s, this dashboard and the requesting origin.',
    role: 'read',
    scope: 'some',
    body: 'TicketRequest',
    responses: {
      200: { description: 'The ticket.', content: { 'application/json': 'Ticket' }, headers: ['Cache-Control'] },
    },
  })
  async give(@Body() { dashboard }: TicketDto, @Req() request: Request): Promise<Ticket> {
    const principal = getPrincipal(request);
    this.authorizer.assertAllowed(principal, { role: 'read', scope: { dashboard } });
    request.res?.setHeader('Cache-Control', 'no-store');
    return this.tickets.issue(principal, dashboard, request.headers.origin ?? '');
  }
}
