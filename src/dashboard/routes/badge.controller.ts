/** One counter or measure as an SVG badge, for pages that show images but run no scripts. */
import { createHash } from 'node:crypto';
import { Controller, Get, Param, Query, Req, Res, UseFilters } from '@nestjs/common';
import type { Request, Response } from 'express';
import { ApiDocs } from '../../http/api-docs.decorator.js';
import { renderBadge, setBadgeHeaders, SVG_MEDIA_TYPE } from './badge-picture.js';
import { BadgeProblemFilter } from './badge-problem.filter.js';
import { BadgeQuery } from './badge.query.js';
import { setCacheHeaders } from './cache-headers.js';
import { chooseLocale } from '../../measures/locale.js';
import { DashboardService } from '../dashboard.service.js';
import { getTitle, writeNumber } from '../state/shown-text.js';

/** A badge is at most 10 s old. Without an explicit lifetime, image proxies such as GitHub's cache it for hours. */
const MAX_AGE = 'max-age=10';
const BADGE_HEADERS = ['ETag', 'Cache-Control', 'Content-Security-Policy', 'Cross-Origin-Resource-Policy'];

@Controller()
export class BadgeController {
  constructor(private readonly dashboards: DashboardService) {}

  /**
   * Shows the title or name of a counter or a measure and its number. Answers 304 if `If-None-Match` has the
   * `ETag`. Problems are pictures too.
   */
  @Get('dashboards/:dashboard/counters/:counter/badge.svg')
  @UseFilters(BadgeProblemFilter)
  @ApiDocs({
    tag: 'Dashboards',
    role: 'read',
    operationId: 'getBadge',
    summary: 'Get a badge',
    description:
      'Title or name of a counter or a measure, and its number for people: an SVG picture for pages that run no scripts, a README for example. A ratio without divisor, and the period of a gauge, are `–`.',
    query: [BadgeQuery],
    headers: ['If-None-Match'],
    responses: {
      200: { description: 'The badge.', content: { [SVG_MEDIA_TYPE]: 'Badge' }, headers: BADGE_HEADERS },
      304: { description: 'Not modified.', headers: BADGE_HEADERS },
    },
    problems: ['unknown-dashboard', 'unknown-counter', 'store-unavailable'],
    problemContent: { [SVG_MEDIA_TYPE]: 'Badge' },
  })
  async badge(
    @Param('dashboard') name: string,
    @Param('counter') counter: string,
    @Query() { label, color, style, period, locale }: BadgeQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<string> {
    const state = await this.dashboards.getLatest(name, [counter]);
    if (period !== undefined) await this.dashboards.openPeriods(state, [period]);
    const message = writeNumber(state, counter, chooseLocale(locale), period);
    const badge = renderBadge({ label: label ?? getTitle(state, counter), message, color, style });
    // A shared cache must not give what a token has opened to those without one (RFC 9111, 3.5).
    const scope = request.headers.authorization === undefined ? 'public' : 'private';
    const tag = createHash('sha1').update(badge).digest('base64url');
    setCacheHeaders(request, response, tag, `${scope}, ${MAX_AGE}`);
    setBadgeHeaders(response);
    response.type('svg');
    return badge;
  }
}
