/** The history of a dashboard's counters over HTTP. */
import { pipeline, Readable } from 'node:stream';
import { constants, createGzip } from 'node:zlib';
import { Controller, Get, Param, Query, Req, Res, StreamableFile } from '@nestjs/common';
import type { Request, Response } from 'express';
import { parseCounterFilter } from '../dashboard/routes/counters.query.js';
import { ApiDocs } from '../http/api-docs.decorator.js';
import { HistoryQuery } from './history.query.js';
import { HistoryService } from './history.service.js';
import { serializeHistory } from './history-json.js';

@Controller('dashboards/:dashboard')
export class HistoryController {
  constructor(private readonly historyService: HistoryService) {}

  /**
   * Counters over a range of time, column by column: `{dashboard, step, at: [...], counters: {orders: {value: [...], added: [...],
   * removed: [...]}}}`. A row begins at `at` (milliseconds since the Unix epoch) and is `step` wide (milliseconds); `value` is what
   * stood at its end, `added` and `removed` what came since the row before. When the last row is the one that is now, each counter
   * has `totals: {added, removed}`: all that ever came, up to the end of that row. At most 5,000 rows: where there would be more,
   * those are left that show every counter's least and most. `If-None-Match` with the `ETag` is answered with 304.
   */
  @Get('history')
  @ApiDocs({
    tag: 'History',
    role: 'read',
    summary: 'What counters were, over a range of time',
    description:
      'Column by column; at most 5,000 rows, chosen so that every extreme is there. Values carry over rows without changes. `totals` less what later rows added is the total at the end of a row.',
    query: ['counters', 'history'],
    headers: ['If-None-Match'],
    responses: {
      200: {
        description: 'The history.',
        content: { 'application/json': 'History' },
        headers: ['ETag', 'Cache-Control', 'Vary'],
        optionalHeaders: ['Content-Encoding'],
      },
      304: { description: 'The client has it.', headers: ['ETag', 'Cache-Control', 'Vary'] },
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
    const plan = await this.historyService.plan(dashboard, parseCounterFilter(counters), query);
    const isCompressed = request.acceptsEncodings('gzip') === 'gzip';
    // Each form has a tag of its own: the bytes differ (RFC 9110, 8.8.3.3).
    const etag = isCompressed ? plan.etag.replace(/"$/, ':gzip"') : plan.etag;
    const isUnchanged = request.headers['if-none-match']?.includes(etag) === true;
    const result = isUnchanged ? undefined : await this.historyService.read(plan, () => !response.destroyed);
    response.setHeader('ETag', etag);
    response.setHeader('Cache-Control', 'no-cache');
    response.setHeader('Vary', 'Accept-Encoding');
    if (result === undefined) {
      response.status(304);
      return undefined;
    }
    if (isCompressed) response.setHeader('Content-Encoding', 'gzip');
    const json = Readable.from(serializeHistory(result), { objectMode: false });
    return new StreamableFile(isCompressed ? compressJson(json) : json, { type: 'application/json; charset=utf-8' });
  }
}

/** Columns of numbers shrink to a tenth even in a hurry, on threads that serve nobody. */
function compressJson(json: Readable): Readable {
  const gzip = createGzip({ level: constants.Z_BEST_SPEED });
  // A fault of one is told by the other, which the answer listens to.
  return pipeline(json, gzip, () => {});
}
