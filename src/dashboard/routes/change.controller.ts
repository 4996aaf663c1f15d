/** Changes of any counter of any dashboard, and the ledger. */
import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import type { ChangeSet, Outcome } from '../../counters/counters.js';
import { ApiDocs } from '../../http/api-docs.decorator.js';
import { MAX_EXAMINED_ENTRIES } from '../../store/ledger-search.js';
import { CounterStore } from '../../store/store.js';
import { ApiChangeRoute } from './api-change-route.decorator.js';
import { ChangeContext } from './change-context.decorator.js';
import { ChangedCountersQuery, parseCounterFilter } from './counters.query.js';
import { AmountDto, ChangesDto, LedgerQuery } from './dashboard.dto.js';
import { DashboardService } from '../dashboard.service.js';
import type { LedgerPage } from './responses.js';

const UNKNOWN_NAME_PROBLEMS = ['unknown-dashboard', 'unknown-counter'] as const;
const UNDO_PROBLEMS = ['unknown-revision', 'already-undone', 'not-undoable'] as const;

interface CounterPath {
  readonly dashboard: string;
  readonly counter: string;
}

/** Each change route answers with the outcome once it is durable. Errors are those of `DashboardService.apply`. */
@Controller('dashboards/:dashboard')
export class ChangeController {
  constructor(
    private readonly dashboards: DashboardService,
    private readonly store: CounterStore,
  ) {}

  /** Adds `amount` to a counter, 1 without a body. */
  @Post('counters/:counter/add')
  @ApiChangeRoute({
    tag: 'Changes',
    summary: 'Add to a counter',
    body: 'Amount',
    problems: ['counter-full', ...UNKNOWN_NAME_PROBLEMS],
  })
  @HttpCode(200)
  add(
    @Param() path: CounterPath,
    @Body() { amount }: AmountDto,
    @ChangeContext() context: ChangeContext,
  ): Promise<Outcome> {
    return this.#apply(toChangeSet(path, amount, context), context);
  }

  /**
   * Removes `amount` from a counter, 1 without a body. If the counter holds less: 400 `nothing-to-remove`, nothing
   * changes.
   */
  @Post('counters/:counter/remove')
  @ApiChangeRoute({
    tag: 'Changes',
    summary: 'Remove from a counter',
    body: 'Amount',
    problems: ['nothing-to-remove', ...UNKNOWN_NAME_PROBLEMS],
  })
  @HttpCode(200)
  remove(
    @Param() path: CounterPath,
    @Body() { amount }: AmountDto,
    @ChangeContext() context: ChangeContext,
  ): Promise<Outcome> {
    return this.#apply(toChangeSet(path, -amount, context), context);
  }

  /** Applies changes, or takes back a revision: the opposite of its ledger entry is booked now. */
  @Post('changes')
  @ApiChangeRoute({
    tag: 'Changes',
    summary: 'Apply a change set, or undo a revision',
    body: 'Changes',
    problems: ['nothing-to-remove', 'counter-full', ...UNKNOWN_NAME_PROBLEMS, ...UNDO_PROBLEMS],
  })
  @HttpCode(200)
  change(
    @Param('dashboard') dashboard: string,
    @Body() body: ChangesDto,
    @ChangeContext() context: ChangeContext,
  ): Promise<Outcome> {
    return this.#apply(body.toChangeSet(dashboard, context.key), context);
  }

  /**
   * Returns a page of the ledger, oldest first or newest first, of all entries or of those that match filters.
   * Replaying all of them from revision 0 gives the snapshot.
   */
  @Get('changes')
  @ApiDocs({
    tag: 'Changes',
    summary: 'Read the ledger',
    role: 'read',
    description: `Entries are in the order of their revisions, or newest first. Replaying all of them from revision 0 gives the snapshot. A request with a filter examines at most ${MAX_EXAMINED_ENTRIES.toLocaleString('en')} entries: a page can then be empty and have a \`next\`.`,
    query: [LedgerQuery, ChangedCountersQuery],
    responses: {
      200: {
        description: 'A page of the ledger.',
        content: { 'application/json': 'LedgerPage' },
        optionalHeaders: ['Link'],
      },
    },
    problems: ['unknown-dashboard', 'overloaded', 'store-unavailable', 'data-damaged'],
  })
  async ledger(
    @Param('dashboard') dashboard: string,
    @Query() query: LedgerQuery,
    @Query('counter') counter: unknown,
    @Res({ passthrough: true }) response: Response,
  ): Promise<LedgerPage> {
    const counters = parseCounterFilter(counter, 'counter');
    const { epoch } = await this.dashboards.getLatest(dashboard);
    const { entries, next } = await this.store.searchLedger(dashboard, query.toSearch(counters));
    if (next !== undefined) response.setHeader('Link', `<?${query.formatNext(next, counters)}>; rel="next"`);
    return { dashboard, epoch, entries, ...(next !== undefined && { next }) };
  }

  async #apply(changeSet: ChangeSet, { sender, response }: ChangeContext): Promise<Outcome> {
    const outcome = await this.dashboards.apply({ ...changeSet, ...sender });
    if (outcome.replayed) response.setHeader('Idempotent-Replayed', 'true');
    return outcome;
  }
}

function toChangeSet({ dashboard, counter }: CounterPath, by: number, { key }: ChangeContext): ChangeSet {
  return { dashboard, changes: [{ counter, by }], ...(key !== undefined && { key }) };
}
