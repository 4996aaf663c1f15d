/** Dashboards and their counters as resources: list, define, read, delete. */
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
/** One address, three ways: JSON, a stream of events, and an upgrade to WebSocket. */
const SNAPSHOT_DOCS: Omit<RouteDocs, 'summary'> = {
  tag: 'Dashboards',
  role: 'read',
  acceptsTicket: true,
  description:
    'JSON by default, server-sent events for who prefers `text/event-stream`, and an upgrade to WebSocket; `asyncapi.json` describes the latter two.',
  query: ['snapshot'],
  headers: ['If-None-Match', 'Last-Event-ID'],
  responses: {
    101: {
      description: 'WebSocket.',
      headers: ['Upgrade', 'Sec-WebSocket-Accept'],
      optionalHeaders: ['Sec-WebSocket-Protocol'],
    },
    200: {
      description: 'The snapshot, or the stream.',
      content: { 'application/json': 'Snapshot', 'text/event-stream': 'Stream' },
      headers: ['Cache-Control', 'Vary'],
      optionalHeaders: ['ETag', 'X-Accel-Buffering'],
    },
    304: { description: 'The client has it.', headers: ['ETag', 'Cache-Control', 'Vary'] },
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

  /** The snapshot of `main`; as `GET /dashboards/main`. */
  @Get('dashboard')
  @ApiDocs({ ...SNAPSHOT_DOCS, scope: 'main', summary: 'The snapshot of main, or a way to watch it' })
  main(
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
    @Query('counters') counters?: unknown,
    @Query('totals') totals?: unknown,
  ): Promise<Snapshot> {
    return this.snapshot(MAIN_DASHBOARD, request, response, counters, totals);
  }

  /** All dashboards in the order of their names, a page at a time. `next`, and a `Link`, when there are more. */
  @Get('dashboards')
  @ApiDocs({
    tag: 'Dashboards',
    summary: 'All dashboards that the token reaches, in the order of their names',
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
   * Creates a dashboard (201), or replaces its title and the definitions of the counters that are named (200). Never drops a
   * counter or a value. Counters that are new to a dashboard that was there count as a change set: its revision moves.
   */
  @Put('dashboards/:dashboard')
  @ApiDocs({
    tag: 'Dashboards',
    summary: 'Creates a dashboard, or replaces title and definitions',
    role: 'admin',
    description: 'Never drops a counter or a value. Counters that a dashboard gains move its revision.',
    body: 'DashboardDefinition',
    responses: {
      200: { description: 'It was there.', content: { 'application/json': 'Definition' } },
      201: { description: 'It is new.', content: { 'application/json': 'Definition' } },
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
      const detail = `a dashboard's name is ${NAME_PATTERN.source}`;
      throw new TallyError('invalid-request', detail, { errors: [{ pointer: 'dashboard', detail }] });
    }
    const { created, state } = await this.dashboards.define(name, body.toDefinition(), getActorName(request));
    response.status(created ? 201 : 200);
    return toDefinitionResponse(state);
  }

  /**
   * The snapshot of a dashboard, as JSON; `?counters=a,b` narrows it, `?totals` adds what was ever added to each counter. `ETag`
   * is `"epoch:revision"`, with totals `"epoch:revision:totals"`, and `If-None-Match` with it is answered with 304. The same URL upgrades to WebSocket, and streams to who prefers `text/event-stream`.
   */
  @Get('dashboards/:dashboard')
  @ApiDocs({ ...SNAPSHOT_DOCS, summary: 'The snapshot of a dashboard, or a way to watch it' })
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

  /** Deletes a dashboard with all that belongs to it: 204. Those who watch it are closed with 4404. `main` stays: 409. */
  @Delete('dashboards/:dashboard')
  @ApiDocs({
    tag: 'Dashboards',
    summary: 'Deletes a dashboard with all that belongs to it',
    role: 'admin',
    description: 'Those who watch it are closed with 4404. `main` stays.',
    responses: { 204: { description: 'It is gone.' } },
    problems: ['unknown-dashboard', ...DELETE_PROBLEMS],
  })
  async remove(@Param('dashboard') name: string, @Res({ passthrough: true }) response: Response): Promise<void> {
    await this.dashboards.remove(name);
    response.status(204);
  }

  /** How a dashboard's counters are declared, and their values. */
  @Get('dashboards/:dashboard/counters')
  @ApiDocs({
    tag: 'Dashboards',
    summary: 'How the counters of a dashboard are declared, and their values',
    role: 'read',
    responses: { 200: { description: 'The definition.', content: { 'application/json': 'Definition' } } },
    problems: ['unknown-dashboard', 'store-unavailable'],
  })
  async counters(@Param('dashboard') name: string): Promise<DefinitionResponse> {
    return toDefinitionResponse(await this.dashboards.getLatest(name));
  }

  /** How one counter is declared, and its value. */
  @Get('dashboards/:dashboard/counters/:counter')
  @ApiDocs({
    tag: 'Dashboards',
    summary: 'How one counter is declared, and its value',
    role: 'read',
    responses: { 200: { description: 'The counter.', content: { 'application/json': 'Counter' } } },
    problems: ['unknown-dashboard', 'unknown-counter', 'store-unavailable'],
  })
  async counter(@Param('dashboard') name: string, @Param('counter') counter: string): Promise<CounterResponse> {
    return toCounterResponse(await this.dashboards.getLatest(name, [counter]), counter);
  }

  /**
   * Deletes a counter with its history: 204. It is booked as a change set that takes it to 0, and then is gone from the
   * snapshot. A counter of that name that is defined later starts at 0.
   */
  @Delete('dashboards/:dashboard/counters/:counter')
  @ApiDocs({
    tag: 'Dashboards',
    summary: 'Deletes a counter with its history',
    role: 'admin',
    description: 'Booked as a change set that takes it to 0. Orders, customers and products of `main` stay.',
    responses: { 204: { description: 'It is gone.' } },
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
