/** `GET /dashboards/:dashboard/history`. */
import { Controller, Get, Param, Query, Req, Res, type StreamableFile } from '@nestjs/common';
import type { Request, Response } from 'express';
import { FormatQuery, prefersCsv, streamCsv } from '../csv/csv-response.js';
import { CountersQuery, parseCounterFilter } from '../dashboard/routes/counters.query.js';
import { ApiDocs } from '../http/api-docs.decorator.js';
import { streamText } from '../http/streamed-text.js';
import { ZonedTimeFormatter } from '../measures/zoned-time.js';
import { HistoryQuery } from './history.query.js';
import { serializeHistoryCsv } from './history-csv.js';
import { type HistoryResult, HistoryService } from './history.service.js';
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
    operationId: 'getHistory',
    summary: 'Get counters over a range of time',
    description:
      'Returns columns: row `i` of a counter is `value[i]`, `added[i]` and `removed[i]`, and begins at `at[i]`. Rows without changes repeat the value. A history of more than 5,000 rows is downsampled: the minimum and maximum of each counter stay, and the amounts of a row that is left out are added to the next one.\n\nThe exact total at the end of a row is `totals` minus what later rows added.',
    query: [CountersQuery, HistoryQuery, FormatQuery],
    headers: ['If-None-Match'],
    variesByAccept: true,
    responses: {
      200: {
        description: 'The history of the selected counters.',
        content: { 'application/json': 'History', 'text/csv': 'Csv' },
        headers: ['ETag', 'Cache-Control', 'Vary'],
        optionalHeaders: ['Content-Disposition', 'Content-Encoding'],
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
    @Query() format: FormatQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
    @Query('counters') counters?: unknown,
  ): Promise<StreamableFile | undefined> {
    const isCsv = prefersCsv(request, response, format);
    const plan = await this.historyService.plan(dashboard, parseCounterFilter(counters), query);
    const { tag, version, timeZone } = plan;
    const read = (): Promise<HistoryResult> => this.historyService.read(plan, () => !response.destroyed);
    if (!isCsv) {
      const open = async (): Promise<AsyncIterable<string>> => serializeHistory(await read());
      return streamText(request, response, { tag, type: 'application/json; charset=utf-8', open });
    }
    return streamCsv(request, response, {
      tag,
      version,
      timeZone,
      fileName: `${dashboard}-history`,
      isDownload: format.format === 'csv',
      open: async () => serializeHistoryCsv(await read(), new ZonedTimeFormatter(timeZone)),
    });
  }
}
