/** Liveness and readiness checks for orchestrators. */
import { Controller, Get, HttpException, Query, Res } from '@nestjs/common';
import { type HealthCheckResult, HealthCheckService, HealthIndicatorService } from '@nestjs/terminus';
import type { Response } from 'express';
import { ApiDocs, type RouteDocs } from '../http/api-docs.decorator.js';
import { HealthQuery } from '../http/health.query.js';
import { Readiness } from './readiness.js';

/** Time for the store to respond, milliseconds: less than the usual probe timeout of 1 s. */
const PING_TIMEOUT_MS = 800;
const LIVE_BODY = JSON.stringify({ status: 'ok', info: {}, error: {}, details: {} });
const HEALTH_RESPONSE: Pick<RouteDocs['responses'][number], 'content' | 'headers'> = {
  content: { 'application/json': 'Health' },
  headers: ['Cache-Control'],
};

@Controller('health')
export class HealthController {
  constructor(
    private readonly readiness: Readiness,
    private readonly health: HealthCheckService,
    private readonly indicator: HealthIndicatorService,
  ) {}

  /**
   * Liveness: the event loop runs. Not with terminus, which would fail during a shutdown and get the process killed.
   */
  @Get('live')
  @ApiDocs({
    tag: 'Operations',
    ignoresUnknownParameters: true,
    role: 'none',
    operationId: 'checkLiveness',
    summary: 'Liveness check',
    description: 'Checks only that the process responds: an unavailable store is no reason to restart it.',
    responses: { 200: { description: 'The process is alive.', ...HEALTH_RESPONSE } },
  })
  live(@Res() response: Response): void {
    sendHealth(response, 200, LIVE_BODY);
  }

  /** Readiness: the instance is not shutting down and the store responds. Reports all faults. */
  @Get('ready')
  @ApiDocs({
    tag: 'Operations',
    ignoresUnknownParameters: true,
    role: 'none',
    operationId: 'checkReadiness',
    summary: 'Readiness check',
    description:
      'Checks that the store responds within 0.8 s and that the instance is not shutting down. `verbose` adds the durability of acknowledged changes, the damage that was found in the database file, and `clockOffsetMs`: by how much the wall clock is off the time that changes are dated with.',
    query: [HealthQuery],
    responses: {
      200: { description: 'The instance is ready.', ...HEALTH_RESPONSE },
      503: { description: 'The instance is not ready.', ...HEALTH_RESPONSE },
    },
  })
  async ready(@Res() response: Response, @Query('verbose') verbose?: unknown): Promise<void> {
    const write = (body: object): string => JSON.stringify(verbose === undefined ? body : this.#addStoreDetails(body));
    const [instance, store] = [this.indicator.check('instance'), this.indicator.check('store')];
    try {
      const result = await this.health.check([
        () => (this.readiness.state === 'ready' ? instance.up() : instance.down('stopping')),
        store.attempt(() => this.readiness.pingStore()).withTimeout(PING_TIMEOUT_MS),
      ]);
      sendHealth(response, 200, write(result));
    } catch (error) {
      if (!(error instanceof HttpException)) throw error;
      sendHealth(response, error.getStatus(), write(Object(error.getResponse())));
    }
  }

  /** Returns the body with durability, integrity and time of the store in each part about the store. */
  #addStoreDetails(body: Partial<HealthCheckResult>): object {
    const { durability, integrity, clockOffsetMs } = this.readiness;
    const details = { durability, ...(integrity && { integrity }), clockOffsetMs };
    const explain = (parts: Readonly<Record<string, object | undefined>> = {}): object =>
      parts['store'] ? { ...parts, store: { ...parts['store'], ...details } } : parts;
    return { ...body, info: explain(body.info), error: explain(body.error), details: explain(body.details) };
  }
}

function sendHealth(response: Response, status: number, body: string): void {
  response.statusCode = status;
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.setHeader('Content-Length', Buffer.byteLength(body));
  response.setHeader('Cache-Control', 'no-store');
  response.end(body);
}
