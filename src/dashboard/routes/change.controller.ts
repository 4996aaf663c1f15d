/** Changes of any counter of any dashboard, and the ledger of what happened. */
import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { getActorName } from '../../auth/authorizer.js';
import type { ChangeSet, Outcome } from '../../counters/counters.js';
import { ApiDocs } from '../../http/api-docs.decorator.js';
import { CounterStore } from '../../store/store.js';
import { ApiChangeRoute } from './api-change-route.decorator.js';
import { AmountDto, ChangesDto, LedgerQuery } from './dashboard.dto.js';
import { DashboardService } from '../dashboard.service.js';
import { IdempotencyKey } from './idempotency-key.decorator.js';
import type { LedgerPage } from './responses.js';

const UNKNOWN_NAME_PROBLEMS = ['unknown-dashboard', 'unknown-counter'] as const;

/** Each change is answered with its outcome when it is durable. */
@Controller('dashboards/:dashboard')
export class ChangeController {
  constructor(
    private readonly dashboards: DashboardService,
    private readonly store: CounterStore,
  ) {}

  /** counter + amount (1 when there is no body) */
  @Post('counters/:counter/add')
  @ApiChangeRoute({
    tag: 'Changes',
    summary: 'Adds to a counter',
    body: 'Amount',
    problems: ['counter-full', ...UNKNOWN_NAME_PROBLEMS],
  })
  @HttpCode(200)
  add(
    @Param('dashboard') dashboard: string,
    @Param('counter') counter: string,
    @Body() { amount }: AmountDto,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
    @IdempotencyKey() key?: string,
  ): Promise<Outcome> {
    return this.#apply(createChangeSet(dashboard, counter, amount, key), request, response);
  }

  /** counter - amount (1 when there is no body). More than there is: 400 `nothing-to-remove`, and nothing changes. */
  @Post('counters/:counter/remove')
  @ApiChangeRoute({
    tag: 'Changes',
    summary: 'Removes from a counter',
    body: 'Amount',
    problems: ['nothing-to-remove', ...UNKNOWN_NAME_PROBLEMS],
  })
  @HttpCode(200)
  remove(
    @Param('dashboard') dashboard: string,
    @Param('counter') counter: string,
    @Body() { amount }: AmountDto,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
    @IdempotencyKey() key?: string,
  ): Promise<Outcome> {
    return this.#apply(createChangeSet(dashboard, counter, -amount, key), request, response);
  }

  /** A change set: up to 1,000 changes, all or none. */
  @Post('changes')
  @ApiChangeRoute({
    tag: 'Changes',
    summary: 'Applies a change set, all or none',
    body: 'Changes',
    problems: ['nothing-to-remove', 'counter-full', ...UNKNOWN_NAME_PROBLEMS],
  })
  @HttpCode(200)
  change(
    @Param('dashboard') dashboard: string,
    @Body() body: ChangesDto,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
    @IdempotencyKey() key?: string,
  ): Promise<Outcome> {
    return this.#apply(body.toChangeSet(dashboard, key), request, response);
  }

  /** The ledger after a revision, oldest first. Replaying it from revision 0 gives the snapshot. */
  @Get('changes')
  @ApiDocs({
    tag: 'Changes',
    summary: 'The ledger: what changed, oldest first',
    role: 'read',
    description: 'Replaying it from revision 0 gives the snapshot.',
    query: ['ledger'],
    responses: {
      200: {
        description: 'A page of the ledger.',
        content: { 'application/json': 'LedgerPage' },
        optionalHeaders: ['Link'],
      },
    },
    problems: ['unknown-dashboard', 'overloaded', 'store-unavailable'],
  })
  async ledger(
    @Param('dashboard') dashboard: string,
    @Query() { after, limit }: LedgerQuery,
    @Res({ passthrough: true }) response: Response,
  ): Promise<LedgerPage> {
    const state = await this.dashboards.getLatest(dashboard);
    const entries = await this.store.readLedger(dashboard, after, limit);
    const last = entries.at(-1)?.revision;
    // A page may be short because its entries are large: whether it is the last, the dashboard's revision tells.
    const next = last !== undefined && last < state.revision ? last : undefined;
    if (next !== undefined) response.setHeader('Link', `<?after=${next}&limit=${limit}>; rel="next"`);
    return { dashboard, epoch: state.epoch, entries, ...(next !== undefined && { next }) };
  }

  async #apply(changeSet: ChangeSet, request: Request, response: Response): Promise<Outcome> {
    const who = getActorName(request);
    const outcome = await this.dashboards.apply(who === undefined ? changeSet : { ...changeSet, who });
    if (outcome.replayed) response.setHeader('Idempotent-Replayed', 'true');
    return outcome;
  }
}

function createChangeSet(dashboard: string, counter: string, by: number, key: string | undefined): ChangeSet {
  return { dashboard, changes: [{ counter, by }], ...(key !== undefined && { key }) };
}
