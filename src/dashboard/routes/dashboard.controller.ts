/** Dashboards and their counters as resources: list, read and delete. */
import { Controller, Delete, Get, Param, Query, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Authorizer, getPrincipal, getActorName } from '../../auth/authorizer.js';
import { stringifyDecimals } from '../../measures/decimal-json.js';
import { ApiDocs, type RouteDocs } from '../../http/api-docs.decorator.js';
import { parseTimeParameter } from '../../validation/time.decorator.js';
import { setCacheHeaders } from './cache-headers.js';
import { parseCounterFilter } from './counters.query.js';
import { DashboardsQuery } from './dashboard.dto.js';
import { AsOfService } from '../as-of/as-of.service.js';
import { DashboardService } from '../dashboard.service.js';
import { MAIN_DASHBOARD } from '../state/main-dashboard.js';
import type { DashboardState } from '../state/dashboard-state.js';
import type { SnapshotView } from '../state/snapshot.js';
import { parsePeriods } from './periods.query.js';
import { type AsOfQuery, SNAPSHOT_QUERY, type SnapshotQuery } from './snapshot.query.js';
import { parseTotals } from './totals.query.js';
import {
  toCounterResponse,
  toMeasureResponse,
  type DashboardList,
  type DefinitionResponse,
  toDefinitionResponse,
} from './responses.js';

const DELETE_PROBLEMS = ['kept-for-short-routes', 'overloaded', 'store-unavailable'] as const;
const SNAPSHOT_DOCS: Omit<RouteDocs, 'operationId' | 'summary'> = {
  tag: 'Dashboards',
  role: 'read',
  acceptsTicket: true,
  description:
    'Returns JSON by default. Streams server-sent events if the client prefers `text/event-stream`, and upgrades to WebSocket. `asyncapi.json` describes both streams.\n\nWith `at` it returns the dashboard as it was: `exact` is true where the ledger reaches the moment, with at most 20,000 entries between it and the nearest boundary of a row. Otherwise the state is that at the end of its second, minute, hour or day, the finest that is kept.',
  query: SNAPSHOT_QUERY,
  headers: ['If-None-Match', 'Last-Event-ID'],
  responses: {
    101: {
      description: 'The connection is upgraded to WebSocket.',
      headers: ['Upgrade', 'Sec-WebSocket-Accept'],
      optionalHeaders: ['Sec-WebSocket-Protocol'],
    },
    200: {
      description: 'The snapshot, or a stream of events.',
      content: { 'application/json': 'PresentOrPastSnapshot', 'text/event-stream': 'Stream' },
      headers: ['Cache-Control', 'Vary'],
      optionalHeaders: ['ETag', 'X-Accel-Buffering'],
    },
    304: { description: 'Not modified.', headers: ['ETag', 'Cache-Control', 'Vary'] },
  },
  problems: [
    'unknown-dashboard',
    'unknown-counter',
    'too-far-back',
    'upgrade-required',
    'too-many-viewers',
    'overloaded',
    'store-unavailable',
    'data-damaged',
  ],
  variesByAccept: true,
};

type PresentOrPastQuery = SnapshotQuery & AsOfQuery;

@Controller()
export class DashboardController {
  constructor(
    private readonly dashboards: DashboardService,
    private readonly asOf: AsOfService,
    private readonly authorizer: Authorizer,
  ) {}

  @Get('dashboard')
  @ApiDocs({ ...SNAPSHOT_DOCS, scope: 'main', operationId: 'getMainDashboard', summary: 'Read or watch `main`' })
  main(
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
    @Query() query: PresentOrPastQuery,
  ): Promise<string> {
    return this.snapshot(MAIN_DASHBOARD, request, response, query);
  }

  /**
   * Lists the dashboards that the principal can read, in the order of their names. `next` and `Link` lead to the next
   * page.
   */
  @Get('dashboards')
  @ApiDocs({
    tag: 'Dashboards',
    operationId: 'listDashboards',
    summary: 'List dashboards',
    role: 'read',
    scope: 'some',
    query: [DashboardsQuery],
    responses: {
      200: {
        description: 'A page of the list.',
        content: { 'application/json': 'DashboardList' },
        optionalHeaders: ['Link'],
      },
    },
    problems: ['store-unavailable'],
  })
  async list(
    @Query() { limit, after = '' }: DashboardsQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<DashboardList> {
    const allowed = this.authorizer.findGrantedDashboards(getPrincipal(request), 'read');
    const { dashboards, more } = await this.dashboards.list(after, limit, allowed);
    const next = more ? dashboards.at(-1)?.name : undefined;
    if (next !== undefined) response.setHeader('Link', `<?after=${next}&limit=${limit}>; rel="next"`);
    return { dashboards, ...(next !== undefined && { next }) };
  }

  /**
   * Returns the snapshot of a dashboard as JSON. `?counters=a,b` selects counters, `?totals` adds everything that was
   * ever added to each, `?periods=day` the numbers of the present day. The `ETag` is `"epoch:revision"`; with periods
   * or measures `:v<version>` and the start of each period follow, with totals `:totals`. `If-None-Match` gets 304.
   * `?at=` answers the state at a moment of the past, as `AsOfService.read` does. Streams on the same URL:
   * `SseController`, `LiveWsAdapter`.
   */
  @Get('dashboards/:dashboard')
  @ApiDocs({ ...SNAPSHOT_DOCS, operationId: 'getDashboard', summary: 'Read or watch a dashboard' })
  async snapshot(
    @Param('dashboard') name: string,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
    @Query() { counters, totals, periods, at }: PresentOrPastQuery,
  ): Promise<string> {
    const filter = parseCounterFilter(counters);
    const view = { filter, totals: parseTotals(totals), periods: parsePeriods(periods) };
    const atMs = parseTimeParameter('at', at);
    response.type('application/json; charset=utf-8');
    if (atMs !== undefined) {
      const { snapshot, tag } = await this.asOf.read(name, { ...view, atMs });
      setCacheHeaders(request, response, tag, 'no-cache');
      return stringifyDecimals(snapshot);
    }
    const state = await this.dashboards.getLatest(name, filter ?? []);
    await this.dashboards.openPeriods(state, view.periods);
    setCacheHeaders(request, response, toSnapshotTag(state, view), 'no-cache');
    return stringifyDecimals(state.toSnapshot(view));
  }

  /**
   * Deletes a dashboard with its history and ledger. Its viewers are closed with 4404. `main` cannot be deleted: 409.
   */
  @Delete('dashboards/:dashboard')
  @ApiDocs({
    tag: 'Dashboards',
    operationId: 'deleteDashboard',
    summary: 'Delete a dashboard',
    role: 'admin',
    description:
      'Deletes its counters, history and ledger too. Its viewers are closed with 4404. `main` cannot be deleted.',
    responses: { 204: { description: 'Deleted.' } },
    problems: ['unknown-dashboard', ...DELETE_PROBLEMS],
  })
  async remove(@Param('dashboard') name: string, @Res({ passthrough: true }) response: Response): Promise<void> {
    await this.dashboards.remove(name);
    response.status(204);
  }

  @Get('dashboards/:dashboard/counters')
  @ApiDocs({
    tag: 'Dashboards',
    operationId: 'listCounters',
    summary: 'Read the counters of a dashboard',
    role: 'read',
    responses: {
      200: {
        description: 'The definitions, with the value of each counter.',
        content: { 'application/json': 'Definition' },
      },
    },
    problems: ['unknown-dashboard', 'store-unavailable'],
  })
  async counters(@Param('dashboard') name: string): Promise<DefinitionResponse> {
    return toDefinitionResponse(await this.dashboards.getLatest(name));
  }

  @Get('dashboards/:dashboard/counters/:counter')
  @ApiDocs({
    tag: 'Dashboards',
    operationId: 'getCounter',
    summary: 'Read the definition of a counter or a measure',
    role: 'read',
    responses: {
      200: { description: 'The definition and the value.', content: { 'application/json': 'CounterOrMeasure' } },
    },
    problems: ['unknown-dashboard', 'unknown-counter', 'store-unavailable'],
  })
  async counter(
    @Param('dashboard') name: string,
    @Param('counter') counter: string,
    @Res({ passthrough: true }) response: Response,
  ): Promise<string> {
    const state = await this.dashboards.getLatest(name, [counter]);
    response.type('application/json; charset=utf-8');
    return stringifyDecimals(toMeasureResponse(state, counter) ?? toCounterResponse(state, counter));
  }

  /**
   * Deletes a counter with its history. The ledger records a change to 0. A counter that is defined later under the
   * same name starts at 0.
   */
  @Delete('dashboards/:dashboard/counters/:counter')
  @ApiDocs({
    tag: 'Dashboards',
    operationId: 'deleteCounter',
    summary: 'Delete a counter',
    role: 'admin',
    description:
      'Deletes its history too. The ledger records a change to 0. `orders`, `customers` and `products` of `main` cannot be deleted.',
    responses: { 204: { description: 'Deleted.' } },
    problems: ['unknown-dashboard', 'unknown-counter', 'needed-by-measure', 'needed-by-rule', ...DELETE_PROBLEMS],
  })
  async removeCounter(
    @Param('dashboard') name: string,
    @Param('counter') counter: string,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    await this.dashboards.remove(name, counter, getActorName(request));
    response.status(204);
  }
}

/** Returns the tag of a snapshot: all that it depends on. */
function toSnapshotTag(state: DashboardState, { totals, periods }: Required<Pick<SnapshotView, 'totals' | 'periods'>>) {
  const { epoch, revision, version, measures } = state;
  const starts = periods.map((period) => state.periods?.getSpan(period)?.start ?? 0);
  const rest = periods.length > 0 || measures.length > 0 ? [`v${version}`, ...starts] : [];
  return [epoch, revision, ...rest, ...(totals ? ['totals'] : [])].join(':');
}
