/** Dashboards and their counters as resources: list, define, read and delete. */
import { Body, Controller, Delete, Get, Param, Put, Query, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Authorizer, getPrincipal, getActorName } from '../../auth/authorizer.js';
import { NAME_PATTERN, type Snapshot } from '../../counters/counters.js';
import { TallyError } from '../../counters/errors.js';
import { ApiDocs, type RouteDocs } from '../../http/api-docs.decorator.js';
import { setCacheHeaders } from './cache-headers.js';
import { parseCounterFilter } from './counters.query.js';
import { DashboardDefinitionDto, DashboardsQuery } from './dashboard.dto.js';
import { DashboardService } from '../dashboard.service.js';
import { MAIN_DASHBOARD } from '../state/main-dashboard.js';
import { parseTotals } from './totals.query.js';
import {
  type CounterResponse,
  toCounterResponse,
  type DashboardList,
  type DefinitionResponse,
  toDefinitionResponse,
} from './responses.js';

const DELETE_PROBLEMS = ['kept-for-short-routes', 'overloaded', 'store-unavailable'] as const;
const SNAPSHOT_DOCS: Omit<RouteDocs, 'summary'> = {
  tag: 'Dashboards',
  role: 'read',
  acceptsTicket: true,
  description:
    'Returns JSON by default. Streams server-sent events if the client prefers `text/event-stream`, and upgrades to WebSocket. `asyncapi.json` describes both streams.',
  query: ['snapshot'],
  headers: ['If-None-Match', 'Last-Event-ID'],
  responses: {
    101: {
      description: 'The connection is upgraded to WebSocket.',
      headers: ['Upgrade', 'Sec-WebSocket-Accept'],
      optionalHeaders: ['Sec-WebSocket-Protocol'],
    },
    200: {
      description: 'The snapshot, or a stream of events.',
      content: { 'application/json': 'Snapshot', 'text/event-stream': 'Stream' },
      headers: ['Cache-Control', 'Vary'],
      optionalHeaders: ['ETag', 'X-Accel-Buffering'],
    },
    304: { description: 'Not modified.', headers: ['ETag', 'Cache-Control', 'Vary'] },
  },
  problems: ['unknown-dashboard', 'unknown-counter', 'upgrade-required', 'too-many-viewers', 'store-unavailable'],
  variesByAccept: true,
};

@Controller()
export class DashboardController {
  constructor(
    private readonly dashboards: DashboardService,
    private readonly authorizer: Authorizer,
  ) {}

  @Get('dashboard')
  @ApiDocs({ ...SNAPSHOT_DOCS, scope: 'main', summary: 'Read or watch `main`' })
  main(
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
    @Query('counters') counters?: unknown,
    @Query('totals') totals?: unknown,
  ): Promise<Snapshot> {
    return this.snapshot(MAIN_DASHBOARD, request, response, counters, totals);
  }

  /**
   * Lists the dashboards that the principal can read, in the order of their names. `next` and `Link` lead to the next
   * page.
   */
  @Get('dashboards')
  @ApiDocs({
    tag: 'Dashboards',
    summary: 'List dashboards',
    role: 'read',
    scope: 'some',
    query: ['dashboards'],
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
   * Creates a dashboard (201), or replaces its title and the definitions of the counters named in the body (200). Never
   * removes a counter or changes a value. Adding counters to an existing dashboard increments its revision.
   */
  @Put('dashboards/:dashboard')
  @ApiDocs({
    tag: 'Dashboards',
    summary: 'Create or redefine a dashboard',
    role: 'admin',
    description:
      'Replaces the title and the definitions of the counters in the body. Never removes a counter or changes a value. Adding counters to an existing dashboard increments its revision.',
    body: 'DashboardDefinition',
    responses: {
      200: {
        description: 'The dashboard existed and has been redefined.',
        content: { 'application/json': 'Definition' },
      },
      201: { description: 'The dashboard has been created.', content: { 'application/json': 'Definition' } },
    },
    problems: ['too-many-counters', 'too-many-dashboards', 'overloaded', 'store-unavailable'],
  })
  async define(
    @Param('dashboard') name: string,
    @Body() body: DashboardDefinitionDto,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<DefinitionResponse> {
    if (!NAME_PATTERN.test(name)) {
      const detail = `the name of a dashboard must match ${NAME_PATTERN.source}`;
      throw new TallyError('invalid-request', detail, { errors: [{ parameter: 'dashboard', detail }] });
    }
    const { created, state } = await this.dashboards.define(name, body.toDefinition(), getActorName(request));
    response.status(created ? 201 : 200);
    return toDefinitionResponse(state);
  }

  /**
   * Returns the snapshot of a dashboard as JSON. `?counters=a,b` selects counters, `?totals` adds everything that was
   * ever added to each. The `ETag` is `"epoch:revision"`, with totals `"epoch:revision:totals"`; `If-None-Match` gets
   * 304. Streams on the same URL: `SseController`, `LiveWsAdapter`.
   */
  @Get('dashboards/:dashboard')
  @ApiDocs({ ...SNAPSHOT_DOCS, summary: 'Read or watch a dashboard' })
  async snapshot(
    @Param('dashboard') name: string,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
    @Query('counters') counters?: unknown,
    @Query('totals') totals?: unknown,
  ): Promise<Snapshot> {
    const filter = parseCounterFilter(counters);
    const includeTotals = parseTotals(totals);
    const state = await this.dashboards.getLatest(name, filter ?? []);
    const { epoch, revision } = state;
    setCacheHeaders(request, response, `${epoch}:${revision}${includeTotals ? ':totals' : ''}`, 'no-cache');
    return state.toSnapshot(filter, includeTotals);
  }

  /**
   * Deletes a dashboard with its history and ledger. Its viewers are closed with 4404. `main` cannot be deleted: 409.
   */
  @Delete('dashboards/:dashboard')
  @ApiDocs({
    tag: 'Dashboards',
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
    summary: 'Read the definition of a dashboard',
    role: 'read',
    responses: {
      200: {
        description: 'The definition, with the value of each counter.',
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
    summary: 'Read the definition of a counter',
    role: 'read',
    responses: { 200: { description: 'The definition and the value.', content: { 'application/json': 'Counter' } } },
    problems: ['unknown-dashboard', 'unknown-counter', 'store-unavailable'],
  })
  async counter(@Param('dashboard') name: string, @Param('counter') counter: string): Promise<CounterResponse> {
    return toCounterResponse(await this.dashboards.getLatest(name, [counter]), counter);
  }

  /**
   * Deletes a counter with its history. The ledger records a change to 0. A counter that is defined later under the
   * same name starts at 0.
   */
  @Delete('dashboards/:dashboard/counters/:counter')
  @ApiDocs({
    tag: 'Dashboards',
    summary: 'Delete a counter',
    role: 'admin',
    description:
      'Deletes its history too. The ledger records a change to 0. `orders`, `customers` and `products` of `main` cannot be deleted.',
    responses: { 204: { description: 'Deleted.' } },
    problems: ['unknown-dashboard', 'unknown-counter', ...DELETE_PROBLEMS],
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
