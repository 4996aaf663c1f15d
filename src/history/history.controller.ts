/** `GET /dashboards/:dashboard/history`. */
import { pipeline, Readable } from 'node:stream';
import { constants, createGzip } from 'node:zlib';
import { Controller, Get, Param, Query, Req, Res, StreamableFile } from '@nestjs/common';
import type { Request, Response } from 'express';
import { CountersQuery, parseCounterFilter } from '../dashboard/routes/counters.query.js';
import { ApiDocs } from '../http/api-docs.decorator.js';
import { matchesETag } from '../http/etag.js';
import { HistoryQuery } from './history.query.js';
import { HistoryService } from './history.service.js';
import { serializeHistory } from './history-json.js';

@Controller('dashboards/:dashboard')
export class HistoryController {
  constructor(private readonly historyService: HistoryService) {}

  /** Streams the history as JSON, with gzip if the client accepts it. Answers 304 if the client's ETag is current. */
  @Get('history')
  @ApiDocs({
    tag: 'History',
    role: 'read',
    acceptsTicket: true,
    summary: 'Get counters over a range of time',
    description:
      'Returns columns: row `i` of a counter is `value[i]`, `added[i]` and `removed[i]`, and begins at `at[i]`. Rows without changes repeat the value. A history of more than 5,000 rows is downsampled: the minimum and maximum of each counter stay, and the amounts of a row that is left out are added to the next one.\n\nThe exact total at the end of a row is `totals` minus what later rows added.',
    query: [CountersQuery, HistoryQuery],
    headers: ['If-None-Match'],
    responses: {
      200: {
        description: 'The history of the selected counters.',
        content: { 'application/json': 'History' },
        headers: ['ETag', 'Cache-Control', 'Vary'],
        optionalHeaders: ['Content-Encoding'],
      },
      304: {
        description: 'Not modified: the history still has the ETag of the request.',
        headers: ['ETag', 'Cache-Control', 'Vary'],
      },
    },
    problems: [
      'unknown-dashboard',
      'unknown-counter',
      'too-many-points',
      'overloaded',
      'store-unavailable',
      'data-damaged',
    ],
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
    // Each encoding needs its own ETag, because the bytes differ (RFC 9110, 8.8.3.3).
    const etag = isCompressed ? plan.etag.replace(/"$/, ':gzip"') : plan.etag;
    const isUnchanged = matchesETag(request.headers['if-none-match'], etag);
    const result = isUnchanged ? undefined : await this.historyService.read(plan, () => !response.destroyed);
    response.setHeader('ETag', etag);
    response.setHeader('Cache-Control', 'no-cache');
    response.vary('Accept-Encoding');
    if (result === undefined) {
      response.status(304);
      return undefined;
    }
    if (isCompressed) response.setHeader('Content-Encoding', 'gzip');
    const json = Readable.from(serializeHistory(result), { objectMode: false });
    return new StreamableFile(isCompressed ? compressJson(json) : json, { type: 'application/json; charset=utf-8' });
  }
}

/** The fastest level already shrinks columns of numbers to a tenth. zlib runs on the thread pool. */
function compressJson(json: Readable): Readable {
  const gzip = createGzip({ level: constants.Z_BEST_SPEED });
  // An error of the source destroys `gzip`, which the response handles.
  return pipeline(json, gzip, () => {});
}
