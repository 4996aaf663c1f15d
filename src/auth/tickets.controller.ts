/** `POST /tickets`: turns a token into a ticket, for what can send no header. */
import { Body, Controller, HttpCode, Inject, Post, Req, UsePipes } from '@nestjs/common';
import { Matches } from 'class-validator';
import type { Request } from 'express';
import { NAME_PATTERN } from '../counters/counters.js';
import { Documented } from '../http/api-docs.decorator.js';
import { ShapePipe } from '../validation/validation.pipe.js';
import { Access, principalOf } from './authorizer.js';
import { type Ticket, Tickets } from './tickets.js';

/** What a ticket is wanted for. */
export class TicketDto {
  @Matches(NAME_PATTERN, { message: `must be the name of a dashboard: ${NAME_PATTERN.source}` })
  readonly dashboard!: string;
}

@Controller()
@UsePipes(ShapePipe)
export class TicketsController {
  constructor(
    @Inject(Access) private readonly access: Access,
    @Inject(Tickets) private readonly tickets: Tickets,
  ) {}

  /** A ticket to watch one dashboard, from pages of the origin that asks. It holds for 30 s; what was opened by it lasts as long as the token. */
  @Post('tickets')
  @HttpCode(200)
  @Documented({
    tag: 'Access',
    summary: 'A ticket to watch a dashboard',
    description:
      'For browsers, whose WebSocket sends no header: `?ticket=` on the addresses that are watched. It holds for 30 s, this dashboard, and the origin that asks.',
    needs: 'read',
    of: 'some',
    body: 'TicketRequest',
    answers: {
      200: { description: 'The ticket.', content: { 'application/json': 'Ticket' }, headers: ['Cache-Control'] },
    },
  })
  async give(@Body() { dashboard }: TicketDto, @Req() request: Request): Promise<Ticket> {
    const principal = principalOf(request);
    this.access.check(principal, { role: 'read', of: { dashboard } });
    request.res?.setHeader('Cache-Control', 'no-store');
    return this.tickets.give(principal, dashboard, request.headers.origin ?? '');
  }
}
