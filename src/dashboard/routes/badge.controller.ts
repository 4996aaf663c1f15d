/** A counter as a badge, for places that show pictures and run no scripts. */
import { createHash } from 'node:crypto';
import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { ApiDocs } from '../../http/api-docs.decorator.js';
import { BadgeQuery } from './badge.query.js';
import { setCacheHeaders } from './cache-headers.js';
import { DashboardService } from '../dashboard.service.js';

/**
 * A page that many people open asks for its badges once in this time, and shows no older number. Without a time of their own,
 * pictures are kept for hours by proxies such as that of GitHub.
 */
const CACHE_CONTROL = 'public, max-age=10';
/** Opened as a page of its own, the picture runs and loads nothing; one style has rules for its inside. */
const BADGE_CSP = "default-src 'none'; style-src 'unsafe-inline'";
const BADGE_HEADERS = ['ETag', 'Cache-Control', 'Content-Security-Policy', 'Cross-Origin-Resource-Policy'];
/** What no XML document may hold (XML 1.0, 2.2), and what UTF-8 cannot say. A title may hold it. */
const INVALID_XML_CHARACTERS = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

const groupedNumber = new Intl.NumberFormat('en');

@Controller()
export class BadgeController {
  constructor(private readonly dashboards: DashboardService) {}

  /** Title or name of a counter, and its value, as a picture. `If-None-Match` with the `ETag` is answered with 304. */
  @Get('dashboards/:dashboard/counters/:counter/badge.svg')
  @ApiDocs({
    tag: 'Dashboards',
    role: 'read',
    summary: 'One counter as a badge',
    description:
      'Its title or name, and its value: an SVG picture for pages that run no scripts, a README for example.',
    query: ['badge'],
    headers: ['If-None-Match'],
    responses: {
      200: { description: 'The badge.', content: { 'image/svg+xml': 'Badge' }, headers: BADGE_HEADERS },
      304: { description: 'The client has it.', headers: BADGE_HEADERS },
    },
    problems: ['unknown-dashboard', 'unknown-counter', 'store-unavailable'],
  })
  async badge(
    @Param('dashboard') name: string,
    @Param('counter') counter: string,
    @Query() { label, color, style }: BadgeQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<string> {
    // Loaded with the first badge: it takes 90 ms and 13 MB, and many services never draw one.
    const { makeBadge } = await import('badge-maker');
    const state = await this.dashboards.getLatest(name, [counter]);
    const text = label ?? state.getDefinition(counter).title ?? counter;
    const message = groupedNumber.format(state.getValue(counter) ?? 0);
    const badge = makeBadge({ label: text.replaceAll(INVALID_XML_CHARACTERS, '\uFFFD'), message, color, style });
    setCacheHeaders(request, response, createHash('sha1').update(badge).digest('base64url'), CACHE_CONTROL);
    response.setHeader('Content-Security-Policy', BADGE_CSP);
    // Pages that let in no more than what agrees to it may show it.
    response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
    response.type('svg');
    return badge;
  }
}
