/** The metrics of an application, as text for Prometheus. It observes; whoever is observed does not know. */
import type { IncomingMessage, Server } from 'node:http';
import { createRequire } from 'node:module';
import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Config } from '../config/config.js';
import { CATALOGUE } from '../counters/error-catalog.js';
import { TallyError } from '../counters/errors.js';
import type { CounterSummary } from '../dashboard/state/counter-summary.js';
import { DashboardService } from '../dashboard/dashboard.service.js';
import { ViewerHub } from '../dashboard/live/viewer-hub.js';
import { CounterStore } from '../store/store.js';
import { events } from '../telemetry/events.js';
import { changeMetrics, Commits } from './change.metrics.js';
import { counterMetrics } from './counter.metrics.js';
import { liveMetrics, Watching } from './live.metrics.js';
import { by, type MetricDocs } from './metric-definition.js';
import { storeMetrics } from './store.metrics.js';

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

@Injectable()
export class Metrics implements OnModuleInit, OnApplicationShutdown {
  readonly #docs: readonly MetricDocs[];
  readonly #commits = new Commits();
  readonly #watching = new Watching();
  /** Every code is there from the start: of a series that begins at 1 Prometheus never sees the first. */
  readonly #refusals = new Map(Object.keys(CATALOGUE).map((code) => [code, 0]));
  /** Of the moment in which metrics are read. */
  #census: CounterSummary | undefined;
  #endings: readonly (() => void)[] = [];
  #read: (() => Promise<string>) | undefined;
  /** Under way: scrapes that come together share one reading. */
  #reading: Promise<string> | undefined;

  constructor(
    @Inject(Config) private readonly config: Config,
    @Inject(DashboardService) private readonly dashboards: DashboardService,
    @Inject(CounterStore) store: CounterStore,
    @Inject(ViewerHub) { traffic }: ViewerHub,
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
  ) {
    this.#docs = [
      ...counterMetrics(() => this.#census, config.METRICS_MAX_COUNTERS),
      ...changeMetrics(dashboards, store, this.#commits, config.MAX_WAITING_CHANGES),
      ...storeMetrics(config.STORE, store),
      ...liveMetrics(this.#watching, traffic, config.MAX_VIEWERS),
      {
        name: 'tallyboard_refusals_total',
        type: 'counter',
        help: 'Requests and handshakes that were answered with a problem, by its code.',
        read: () => by('code', this.#refusals),
      },
      {
        name: 'tallyboard_build_info',
        type: 'gauge',
        help: 'Always 1; the labels say which version runs, and on which Node.',
        read: () => [{ value: 1, labels: { version, node: process.version } }],
      },
    ];
  }

  onModuleInit(): void {
    this.#endings = [
      events.requestRefused.subscribe(({ error: { code } }) =>
        this.#refusals.set(code, (this.#refusals.get(code) ?? 0) + 1),
      ),
      events.pendingConnectionClosed.subscribe(() => (this.#watching.dropped += 1)),
      events.groupCommitted.subscribe((committed) => this.#commits.note(committed)),
      events.frameBroadcast.subscribe((fannedOut) => this.#watching.noteFannedOut(fannedOut)),
      events.viewerConnected.subscribe((entered) => this.#watching.noteEntered(entered)),
      events.viewerDisconnected.subscribe((left) => this.#watching.noteLeft(left)),
    ];
    const server: Server = this.host.httpAdapter.getHttpServer();
    server.on('upgrade', ({ headers }: IncomingMessage) => {
      if (headers.upgrade?.toLowerCase() === 'websocket') this.#watching.upgrades += 1;
    });
  }

  onApplicationShutdown(): void {
    for (const end of this.#endings) end();
  }

  /** All metrics, in the text format of Prometheus. Who asks first waits for prom-client to be loaded: 30 ms and 8 MB. */
  text(): Promise<string> {
    return (this.#reading ??= this.#readAll().finally(() => (this.#reading = undefined)));
  }

  async #readAll(): Promise<string> {
    if (!this.#read) {
      const { processRegistry, registryOf } = await import('./prometheus-registry.js');
      const registries = [registryOf(this.#docs), processRegistry()];
      this.#read = async () => (await Promise.all(registries.map((registry) => registry.metrics()))).join('\n');
    }
    this.#census = await this.#takeCensus();
    return this.#read();
  }

  async #takeCensus(): Promise<CounterSummary | undefined> {
    try {
      return await this.dashboards.census(this.config.METRICS_MAX_COUNTERS);
    } catch (error) {
      if (!(error instanceof TallyError)) throw error;
      return undefined;
    }
  }
}
