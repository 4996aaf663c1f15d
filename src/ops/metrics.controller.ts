/** `GET /metrics` on the main port. */
import type { ServerResponse } from 'node:http';
import { Controller, Get, Res } from '@nestjs/common';
import type { Response } from 'express';
import { ApiDocs } from '../http/api-docs.decorator.js';
import { Metrics } from './metrics.js';

/** Media type of the Prometheus text format. */
const METRICS_MEDIA_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

@Controller()
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  @Get('metrics')
  @ApiDocs({
    tag: 'Operations',
    ignoresUnknownParameters: true,
    operationId: 'getMetrics',
    summary: 'Metrics for Prometheus',
    role: 'read',
    scope: 'all',
    description: 'docs/reference/metrics.md lists every metric with its meaning.',
    responses: {
      200: {
        description: 'All metrics, in the text format of Prometheus.',
        content: { 'text/plain': 'Metrics' },
        headers: ['Cache-Control'],
      },
    },
  })
  async read(@Res() response: Response): Promise<void> {
    sendMetrics(response, await this.metrics.render());
  }
}

export function sendMetrics(response: ServerResponse, text: string): void {
  response.setHeader('Content-Type', METRICS_MEDIA_TYPE);
  response.setHeader('Content-Length', Buffer.byteLength(text));
  response.setHeader('Cache-Control', 'no-store');
  response.end(text);
}
