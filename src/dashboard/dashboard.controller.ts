/** Dashboards and their counters as resources: list, define, read, delete. */
import { Body, Controller, Delete, Get, Inject, Param, Put, Query, Req, Res, UsePipes } from '@nestjs/common';
import type { Request, Response } from 'express';
import { NAME_PATTERN, type Snapshot } from '../counters/counters.js';
import { TallyError } from '../counters/errors.js';
import { ShapePipe } from '../shape.pipe.js';
import { parseCounters } from './counters.filter.js';
import { DashboardDefinitionDto, DashboardsQuery } from './dashboard.dto.js';
import { DashboardService, MAIN } from './dashboard.service.js';
import type { LivingState } from './living.state.js';
import { type CounterView, counterViewOf, type DashboardList, type DefinitionView, definitionViewOf } from './views.js';

@Controller()
@UsePipes(ShapePipe)
export class DashboardController {
  constructor(@Inject(DashboardService) private readonly dashboards: DashboardService) {}

  /** The snapshot of `main`; as `GET /dashboards/main`. */
  @Get('dashboard')
  main(
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
    @Query('counters') counters?: unknown,
  ): Snapshot {
    return this.snapshot(MAIN, request, response, counters);
  }

  /** All dashboards in the order of their names, a page at a time. `next`, and a `Link`, when there are more. */
  @Get('dashboards')
  list(@Query() { limit, after = '' }: DashboardsQuery, @Res({ passthrough: true }) response: Response): DashboardList {
    const { dashboards, more } = this.dashboards.list(after, limit);
    const next = more ? dashboards.at(-1)?.dashboard : undefined;
    if (next !== undefined) response.setHeader('Link', `<?after=${next}&limit=${limit}>; rel="next"`);
    return {
      dashboards: dashboards.map(({ dashboard: name, title, revision, counterCount }) => ({
        name,
        ...(title !== undefined && { title }),
        revision,
        counterCount,
      })),
      ...(next !== undefined && { next }),
    };
  }

  /**
   * Creates a dashboard (201), or replaces its title and the definitions of the counters that are named (200). Never drops a
   * counter or a value. Counters that are new to a dashboard that was there count as a change set: its revision moves.
   */
  @Put('dashboards/:dashboard')
  async define(
    @Param('dashboard') name: string,
    @Body() body: DashboardDefinitionDto,
    @Res({ passthrough: true }) response: Response,
  ): Promise<DefinitionView> {
    if (!NAME_PATTERN.test(name)) {
      const detail = `a dashboard's name is ${NAME_PATTERN.source}`;
      throw new TallyError('invalid-request', detail, { errors: [{ pointer: 'dashboard', detail }] });
    }
    const { created, state } = await this.dashboards.define(name, body.definition());
    response.status(created ? 201 : 200);
    return definitionViewOf(state);
  }

  /**
   * The snapshot of a dashboard, as JSON; `?counters=a,b` narrows it. `ETag` is `"epoch:revision"`, and `If-None-Match` with it
   * is answered with 304. The same URL upgrades to WebSocket, and streams to who prefers `text/event-stream`.
   */
  @Get('dashboards/:dashboard')
  snapshot(
    @Param('dashboard') name: string,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
    @Query('counters') counters?: unknown,
  ): Snapshot {
    const only = parseCounters(counters);
    const state = this.dashboards.currentWith(name, only ?? []);
    validate(request, response, state);
    return state.snapshot(only);
  }

  /** Deletes a dashboard with all that belongs to it: 204. Those who watch it are closed with 4404. `main` stays: 409. */
  @Delete('dashboards/:dashboard')
  async remove(@Param('dashboard') name: string, @Res({ passthrough: true }) response: Response): Promise<void> {
    await this.dashboards.remove(name);
    response.status(204);
  }

  /** How a dashboard's counters are declared, and their values. */
  @Get('dashboards/:dashboard/counters')
  counters(@Param('dashboard') name: string): DefinitionView {
    return definitionViewOf(this.dashboards.current(name));
  }

  /** How one counter is declared, and its value. */
  @Get('dashboards/:dashboard/counters/:counter')
  counter(@Param('dashboard') name: string, @Param('counter') counter: string): CounterView {
    return counterViewOf(this.dashboards.currentWith(name, [counter]), counter);
  }

  /**
   * Deletes a counter with its history: 204. It is booked as a change set that takes it to 0, and then is gone from the
   * snapshot. A counter of that name that is defined later starts at 0.
   */
  @Delete('dashboards/:dashboard/counters/:counter')
  async removeCounter(
    @Param('dashboard') name: string,
    @Param('counter') counter: string,
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    await this.dashboards.remove(name, counter);
    response.status(204);
  }
}

/** Says of which state the answer is. Express answers 304 when the client has it. */
function validate(request: Request, response: Response, { epoch, revision }: LivingState): void {
  // `no-cache` asks caches on the way to look here. Express would take it for a wish to have the body again, and
  // `fetch` of Node sends it with every If-None-Match.
  delete request.headers['cache-control'];
  response.setHeader('ETag', `"${epoch}:${revision}"`);
  response.setHeader('Cache-Control', 'no-cache');
}
