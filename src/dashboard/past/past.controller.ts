/** `POST /dashboards/:dashboard/history`: books the past of a dashboard that has counted nothing yet. */
import { Controller, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { getActorName } from '../../auth/authorizer.js';
import { Config } from '../../config/config.js';
import type { Outcome } from '../../counters/counters.js';
import { TallyError } from '../../counters/errors.js';
import { ApiDocs } from '../../http/api-docs.decorator.js';
import { NDJSON_MEDIA_TYPES, openBody } from '../bulk/streamed-body.js';
import { DashboardService } from '../dashboard.service.js';
import { readPastBody } from './past-body.js';
import { PastCsv } from './past-csv.js';
import { parsePastLine } from './past-line.js';

const CSV_MEDIA_TYPE = 'text/csv';

/** An outcome, with the number of lines that led to it. */
export interface PastOutcome extends Outcome {
  readonly lines: number;
}

@Controller('dashboards/:dashboard')
export class PastController {
  constructor(
    private readonly config: Config,
    private readonly dashboards: DashboardService,
  ) {}

  /**
   * Books a past in one step. Whatever line is refused, or if the connection is cut, nothing is booked.
   * @throws TallyError as `CounterStore.bookPast` and `readPastBody`; `unsupported-media-type`
   */
  @Post('history')
  @HttpCode(200)
  @ApiDocs({
    tag: 'History',
    role: 'admin',
    operationId: 'addHistory',
    summary: 'Book the past of a dashboard',
    description:
      'Books what was counted before the dashboard was there, as if each line had been counted at its time. The dashboard must still be at revision 0, with its counters defined. The body is NDJSON, a moment on each line, or CSV with the columns `at`, `orders.added`, `orders.removed` of a counter and `queue` of a gauge, in plain decimals at the scale of the counter. Times rise from line to line, are whole seconds, and are not in the future. A body has at most 1,000,000 lines and 256 MiB, and may be compressed with gzip.\n\nAll of it is one step: if a line is refused, or the connection is cut, nothing is booked, and `detail` names the line. The dashboard is then at revision 1 of a new epoch, and its ledger has one entry with the reason `history`. Points and days are there as far as they are kept.',
    body: 'PastLine',
    bodyTypes: NDJSON_MEDIA_TYPES,
    otherBodies: { [CSV_MEDIA_TYPE]: 'Csv' },
    responses: {
      200: { description: 'The past was booked.', content: { 'application/json': 'PastOutcome' } },
    },
    problems: [
      'has-history',
      'definition-changed',
      'nothing-to-remove',
      'counter-full',
      'unknown-dashboard',
      'overloaded',
      'store-unavailable',
    ],
  })
  async book(
    @Param('dashboard') dashboard: string,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<PastOutcome> {
    const state = await this.dashboards.getLatest(dashboard);
    const body = openBody(request, [...NDJSON_MEDIA_TYPES, CSV_MEDIA_TYPE]);
    const csv = request.is(CSV_MEDIA_TYPE) ? new PastCsv(state.getDefinitions()) : undefined;
    const lines = readPastBody(body, {
      parse: csv ? (text, line) => csv.parse(text, line) : parsePastLine,
      timeoutMs: this.config.BODY_TIMEOUT_MS,
    });
    try {
      return await this.dashboards.bookPast(dashboard, lines, getActorName(request));
    } catch (error) {
      // The rest of the body may never come.
      if (error instanceof TallyError && error.code === 'request-timeout') response.shouldKeepAlive = false;
      throw error;
    } finally {
      // Nobody needs the rest of a body that was refused: it is discarded without being decompressed.
      if (body !== request) body.destroy();
    }
  }
}
