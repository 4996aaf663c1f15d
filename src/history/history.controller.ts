/** The history of a dashboard's counters over HTTP. */
import { Readable } from 'node:stream';
import { Controller, Get, Inject, Param, Query, Req, Res, StreamableFile, UsePipes } from '@nestjs/common';
import type { Request, Response } from 'express';
import { parseCounters } from '../dashboard/counters.filter.js';
import { Documented } from '../documented.decorator.js';
import { ShapePipe } from '../shape.pipe.js';
import { HistoryQuery } from './history.query.js';
import { HistoryService } from './history.service.js';
import { textOf } from './history.text.js';

@Controller('dashboards/:dashboard')
@UsePipes(ShapePipe)
export class HistoryController {
  constructor(@Inject(HistoryService) private readonly histories: HistoryService) {}

  /**
   * Counters over a range of time, column by column: `{dashboard, step, at: [...], counters: {orders: {value: [...], added: [...],
   * removed: [...]}}}`. A row begins at `at` (milliseconds since the Unix epoch) and is `step` wide (milliseconds); `value` is what
   * stood at its end, `added` and `removed` what came since the row before. When the last row is the one that is now, each counter
   * has `totals: {added, removed}`: all that ever came, up to the end of that row. At most 5,000 rows: where there would be more,
   * those are left that show every counter's least and most. `If-None-Match` with the `ETag` is answered with 304.
   */
  @Get('history')
  @Documented({
    tag: 'History',
    summary: 'What counters were, over a range of time',
    description:
      'Column by column; at most 5,000 rows, chosen so that every extreme is there. Values carry over rows without changes. `totals` less what later rows added is the total at the end of a row.',
    query: ['counters', 'history'],
    headers: ['If-None-Match'],
    answers: {
      200: {
        description: 'The history.',
        content: { 'application/json': 'History' },
        headers: ['ETag', 'Cache-Control'],
      },
      304: { description: 'The client has it.', headers: ['ETag', 'Cache-Control'] },
    },
    problems: ['unknown-dashboard', 'unknown-counter', 'too-many-points', 'overloaded', 'store-unavailable'],
  })
  async history(
    @Param('dashboard') dashboard: string,
    @Query() query: HistoryQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
    @Query('counters') counters?: unknown,
  ): Promise<StreamableFile | undefined> {
    const plan = this.histories.plan(dashboard, parseCounters(counters), query);
    const known = request.headers['if-none-match']?.includes(plan.tag) === true;
    const history = known ? undefined : await this.histories.read(plan, () => !response.destroyed);
    response.setHeader('ETag', plan.tag);
    response.setHeader('Cache-Control', 'no-cache');
    if (history === undefined) {
      response.status(304);
      return undefined;
    }
    return new StreamableFile(Readable.from(textOf(history), { objectMode: false }), {
      type: 'application/json; charset=utf-8',
    });
  }
}
