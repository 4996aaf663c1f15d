/** Health, as orchestrators ask for it: is the process alive, and is it to be sent requests? */
import { Controller, Get, HttpException, Query, Res } from '@nestjs/common';
import { type HealthCheckResult, HealthCheckService, HealthIndicatorService } from '@nestjs/terminus';
import type { Response } from 'express';
import { ApiDocs, type RouteDocs } from '../http/api-docs.decorator.js';
import { Readiness } from './readiness.js';

/** How long the store may take to answer, milliseconds: less than the second that probes wait as a rule. */
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

  /** The loop turns. That is so while stopping too, and terminus would say otherwise: who is killed then loses what is in flight. */
  @Get('live')
  @ApiDocs({
    tag: 'Operations',
    role: 'none',
    summary: 'Whether the process is alive',
    description: 'Looks at nothing else: a store that is away is no reason to start again.',
    responses: { 200: { description: 'It is.', ...HEALTH_RESPONSE } },
  })
  live(@Res() response: Response): void {
    sendHealth(response, 200, LIVE_BODY);
  }

  /** Both parts are looked at each time, so that the answer says all that is wrong. */
  @Get('ready')
  @ApiDocs({
    tag: 'Operations',
    role: 'none',
    summary: 'Whether to send requests here',
    description:
      'The store answers within 0.8 s, and the instance has not been told to stop. With `verbose` the store says what an acknowledged change survives.',
    query: ['health'],
    responses: {
      200: { description: 'It is ready.', ...HEALTH_RESPONSE },
      503: { description: 'It is not.', ...HEALTH_RESPONSE },
    },
  })
  async ready(@Res() response: Response, @Query('verbose') verbose?: unknown): Promise<void> {
    const write = (body: object): string => JSON.stringify(verbose === undefined ? body : this.#addDurability(body));
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

  /** The answer, with what the store knows of itself wherever it says something of the store. */
  #addDurability(body: Partial<HealthCheckResult>): object {
    const { durability } = this.readiness;
    const explain = (parts: Readonly<Record<string, object | undefined>> = {}): object =>
      parts['store'] ? { ...parts, store: { ...parts['store'], durability } } : parts;
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
