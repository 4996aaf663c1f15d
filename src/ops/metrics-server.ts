/** `/metrics` on a separate port (METRICS_PORT), for networks that separate scrapers and viewers. Needs no token. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Config } from '../config/config.js';
import { TallyError } from '../counters/errors.js';
import { publishAcceptErrors } from '../http/accept-errors.js';
import { ConnectionLimits } from '../http/connection-limits.js';
import { sendProblem } from '../http/problem-details.js';
import { sendMetrics } from './metrics.controller.js';
import { Metrics } from './metrics.js';

/** Time for a request to arrive, milliseconds: it has only a few headers. */
const SCRAPE_TIMEOUT_MS = 10_000;
/** Longer than Prometheus' default scrape interval of 1 min. */
const SCRAPE_KEEP_ALIVE_MS = 75_000;
const METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

@Injectable()
export class MetricsServer implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #logger = new Logger('Metrics');
  #server: Server | undefined;

  constructor(
    private readonly config: Config,
    private readonly metrics: Metrics,
  ) {}

  /** URL of the metrics, or undefined if METRICS_PORT is not set. */
  get url(): string | undefined {
    const { address, port, family } = (this.#server?.address() ?? {}) as Partial<AddressInfo>;
    if (port === undefined) return undefined;
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}/metrics`;
  }

  /** @throws the error of `listen` if the port is not available */
  async onApplicationBootstrap(): Promise<void> {
    const { HOST, METRICS_HOST, METRICS_PORT } = this.config;
    if (METRICS_PORT === undefined) return;
    const limits = {
      headersTimeout: SCRAPE_TIMEOUT_MS,
      requestTimeout: SCRAPE_TIMEOUT_MS,
      keepAliveTimeout: SCRAPE_KEEP_ALIVE_MS,
    };
    const connectionLimits = new ConnectionLimits(this.config);
    const listener = connectionLimits.wrapListener((request, response) => void this.#answer(request, response));
    const server = createServer(limits, listener);
    connectionLimits.attachTo(server);
    publishAcceptErrors(server);
    await once(server.listen(METRICS_PORT, METRICS_HOST || HOST), 'listening');
    this.#server = server;
    this.#logger.log(`Metrics at ${this.url}`);
  }

  /** Closes last, so that the shutdown can be scraped. */
  onApplicationShutdown(): void {
    this.#server?.close();
    this.#server?.closeAllConnections();
  }

  async #answer({ url = '', method = '' }: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path] = url.split('?', 1);
    try {
      if (path !== '/metrics') throw new TallyError('unknown-route', `no route matches ${path}: use /metrics`);
      if (method === 'OPTIONS') {
        response.writeHead(204, { Allow: METHODS.join(', ') }).end();
        return;
      }
      if (!METHODS.includes(method)) {
        throw new TallyError('method-not-allowed', `${path} does not support ${method}`, { allow: METHODS });
      }
      sendMetrics(response, await this.metrics.render());
    } catch (error) {
      if (!(error instanceof TallyError)) this.#logger.error(error);
      const refusal =
        error instanceof TallyError ? error : new TallyError('internal-error', 'the metrics could not be read');
      sendProblem(response, refusal);
    }
  }
}
