/** `GET /dashboards/:dashboard/periods`. */
import { Controller, Get, Param, Query, Req, Res, type StreamableFile } from '@nestjs/common';
import type { Request, Response } from 'express';
import { FormatQuery, prefersCsv, streamCsv } from '../csv/csv-response.js';
import { CountersQuery, parseCounterFilter } from '../dashboard/routes/counters.query.js';
import { ApiDocs } from '../http/api-docs.decorator.js';
import { compressJson } from '../http/streamed-text.js';
import { stringifyDecimals } from '../measures/decimal-json.js';
import { serializePeriodsCsv } from './periods-csv.js';
import { createPeriodsResponse } from './periods-json.js';
import { PeriodsQuery } from './periods.query.js';
import { PeriodsService } from './periods.service.js';

@Controller('dashboards/:dashboard')
export class PeriodsController {
  constructor(private readonly periods: PeriodsService) {}

  /** Returns the numbers of the newest periods, newest first. `before` leads to earlier ones. */
  @Get('periods')
  @ApiDocs({
    tag: 'History',
    role: 'read',
    acceptsTicket: true,
    operationId: 'getPeriods',
    summary: 'Get the numbers of periods',
    description:
      'Hours, days, weeks, months or years of the time zone of the dashboard, newest first: what was added and removed in each, and the value at its end. `byNow` of an earlier period is what stood at the same local reading: it is cut to the last full minute for periods of the last 14 days, and to the last full UTC hour before. Hours reach back 14 days, all other periods 10 years.',
    query: [CountersQuery, PeriodsQuery, FormatQuery],
    headers: ['If-None-Match'],
    variesByAccept: true,
    responses: {
      200: {
        description: 'The periods, newest first. For the next page, send the start of the last row as `before`.',
        content: { 'application/json': 'Periods', 'text/csv': 'Csv' },
        headers: ['Cache-Control', 'Vary'],
        optionalHeaders: ['ETag', 'Content-Disposition', 'Content-Encoding'],
      },
      304: { description: 'Not modified: the CSV still has the ETag.', headers: ['ETag', 'Cache-Control', 'Vary'] },
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
  async read(
    @Param('dashboard') dashboard: string,
    @Query() query: PeriodsQuery,
    @Query() format: FormatQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
    @Query('counters') counters?: unknown,
  ): Promise<StreamableFile | string | undefined> {
    const isCsv = prefersCsv(request, response, format);
    const result = await this.periods.read(dashboard, parseCounterFilter(counters), query);
    if (isCsv) {
      return streamCsv(request, response, {
        ...result,
        fileName: `${dashboard}-${result.period}s`,
        isDownload: format.format === 'csv',
        open: async () => serializePeriodsCsv(result),
      });
    }
    response.setHeader('Cache-Control', 'no-store');
    return compressJson(request, response, stringifyDecimals(createPeriodsResponse(result)));
  }
}
