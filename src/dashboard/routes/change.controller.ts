/** Changes of any counter of any dashboard, and the ledger. */
import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, Res, type StreamableFile } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { ChangeSet, Outcome } from '../../counters/counters.js';
import { FormatQuery, prefersCsv, streamCsv } from '../../csv/csv-response.js';
import { ApiDocs } from '../../http/api-docs.decorator.js';
import { compressJson } from '../../http/streamed-text.js';
import { type LedgerSearch, MAX_EXAMINED_ENTRIES } from '../../store/ledger-search.js';
import { CounterStore } from '../../store/store.js';
import { ApiChangeRoute } from './api-change-route.decorator.js';
import { ChangeContext } from './change-context.decorator.js';
import { ChangedCountersQuery, parseChangedCounters } from './counters.query.js';
import { AmountDto, ChangesDto, LedgerQuery } from './dashboard.dto.js';
import { DashboardService } from '../dashboard.service.js';
import type { DashboardState } from '../state/dashboard-state.js';
import { openLedgerCsv } from './ledger-csv.js';
import type { LedgerPage } from './responses.js';

const UNKNOWN_NAME_PROBLEMS = ['unknown-dashboard', 'unknown-counter'] as const;
const STREAM_PROBLEMS = ['too-many-viewers', 'too-many-from-address', 'too-many-upgrades'] as const;
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
    operationId: 'addToCounter',
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
    operationId: 'removeFromCounter',
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
    operationId: 'applyChanges',
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
    operationId: 'listChanges',
    summary: 'Read or stream the ledger',
    role: 'read',
    acceptsTicket: true,
    description: `Entries are in the order of their revisions, or newest first. Replaying all of them from revision 0 gives the snapshot. A request with a filter examines at most ${MAX_EXAMINED_ENTRIES.toLocaleString('en')} entries: a page can then be empty and have a \`next\`.\n\nStreams server-sent events if the client prefers \`text/event-stream\`: each entry once and in order, and then every new one. The \`data\` of an event is the entry with its epoch, its \`id\` is \`epoch:revision\`. The stream goes on after \`Last-Event-ID\`, or after the revision \`after\`; without either it begins with the oldest entry. Of the parameters it takes \`after\`, \`counters\` and \`who\`. \`asyncapi.json\` describes it.`,
    query: [LedgerQuery, ChangedCountersQuery, FormatQuery],
    headers: ['If-None-Match', 'Last-Event-ID'],
    variesByAccept: true,
    responses: {
      200: {
        description: 'A page of the ledger; as CSV all of it, a row for each change; or a stream of events.',
        content: { 'application/json': 'LedgerPage', 'text/csv': 'Csv', 'text/event-stream': 'Stream' },
        headers: ['Vary'],
        optionalHeaders: [
          'Link',
          'ETag',
          'Cache-Control',
          'Content-Disposition',
          'Content-Encoding',
          'X-Accel-Buffering',
        ],
      },
      304: { description: 'Not modified: the CSV still has the ETag.', headers: ['ETag', 'Cache-Control', 'Vary'] },
    },
    problems: [
      'unknown-dashboard',
      'ledger-gone',
      ...STREAM_PROBLEMS,
      'overloaded',
      'store-unavailable',
      'data-damaged',
    ],
  })
  async ledger(
    @Param('dashboard') dashboard: string,
    @Query() query: LedgerQuery,
    @Query() format: FormatQuery,
    @Query() changed: ChangedCountersQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<StreamableFile | string | undefined> {
    const isCsv = prefersCsv(request, response, format);
    const counters = parseChangedCounters(changed);
    const state = await this.dashboards.getLatest(dashboard);
    if (isCsv) {
      const search = query.toSearch(counters, Infinity);
      return this.#streamLedger(state, search, { request, response, isDownload: format.format === 'csv' });
    }
    const { entries, next } = await this.store.searchLedger(dashboard, query.toSearch(counters));
    if (next !== undefined) response.setHeader('Link', `<?${query.formatNext(next, counters)}>; rel="next"`);
    const page: LedgerPage = { dashboard, epoch: state.epoch, entries, ...(next !== undefined && { next }) };
    return compressJson(request, response, JSON.stringify(page));
  }

  /** Streams the present entries. Entries that expire before their turn are left out. */
  async #streamLedger(
    state: DashboardState,
    search: LedgerSearch,
    { request, response, isDownload }: { request: Request; response: Response; isDownload: boolean },
  ): Promise<StreamableFile | undefined> {
    const { dashboard, epoch, revision, version } = state;
    const { timeZone } = this.dashboards.resolveReckoning(state);
    const { oldestEntry } = await this.store.readPastBounds(dashboard, [], []);
    const scales = new Map([...state.counterStates].map(([name, { definition }]) => [name, definition.scale ?? 0]));
    return streamCsv(request, response, {
      tag: [epoch, revision, oldestEntry?.revision ?? 0].join(':'),
      version,
      timeZone,
      fileName: `${dashboard}-changes`,
      isDownload,
      open: () =>
        openLedgerCsv((page) => this.store.searchLedger(dashboard, page), {
          search: { ...search, before: Math.min(search.before ?? Infinity, revision + 1) },
          timeZone,
          getScale: (name) => scales.get(name) ?? 0,
        }),
    });
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
