/** The metrics of an application, in the text format of Prometheus. */
import type { IncomingMessage, Server } from 'node:http';
import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Registry } from 'prom-client';
import { Clock } from '../clock/clock.js';
import { Config } from '../config/config.js';
import { VERSION } from '../config/version.js';
import { ERROR_CATALOG } from '../counters/error-catalog.js';
import { TallyError } from '../counters/errors.js';
import type { CounterSummary } from '../dashboard/state/counter-summary.js';
import { DashboardService } from '../dashboard/dashboard.service.js';
import { ViewerHub } from '../dashboard/live/viewer-hub.js';
import { HookRegistry } from '../hooks/hook-registry.js';
import { RulesService } from '../rules/rules.service.js';
import { CounterStore } from '../store/store.js';
import { events } from '../telemetry/events.js';
import { createClockMetrics } from './clock-metrics.js';
import { createChangeMetrics, CommitStats } from './change-metrics.js';
import { createHookMetrics, HookStats } from './hook-metrics.js';
import { createCounterMetrics, listNamedPeriods } from './counter-metrics.js';
import { createViewerMetrics, ViewerStats } from './viewer-metrics.js';
import { type MetricDefinition, toSample, toSamplesBy } from './metric-definition.js';
import { offersWebSocket } from '../http/ignored-upgrade.js';
import { DescriptorMonitor } from './descriptor-monitor.js';
import { createRegistry, getProcessRegistry } from './prometheus-registry.js';
import type { MetricFamily } from './merged-metrics.js';
import { createRuleMetrics } from './rule-metrics.js';
import { createStoreMetrics } from './store-metrics.js';

@Injectable()
export class Metrics implements OnModuleInit, OnApplicationShutdown {
  readonly #definitions: readonly MetricDefinition[];
  readonly #commitStats = new CommitStats();
  readonly #viewerStats = new ViewerStats();
  readonly #hookStats = new HookStats();
  /** Refusals by code. Every code starts at 0: Prometheus misses the first increase of a series that begins at 1. */
  readonly #refusals = new Map(Object.keys(ERROR_CATALOG).map((code) => [code, 0]));
  /** Summary of the counters at the current scrape. */
  #summary: CounterSummary | undefined;
  #unsubscribes: readonly (() => void)[] = [];
  #registries: readonly Registry[] | undefined;
  #renderService: (() => Promise<string>) | undefined;
  /** Rendering in progress, shared by concurrent scrapes. */
  #pendingRender: Promise<string> | undefined;

  constructor(
    private readonly config: Config,
    private readonly dashboards: DashboardService,
    store: CounterStore,
    { traffic }: ViewerHub,
    private readonly host: HttpAdapterHost,
    clock: Clock,
    descriptors: DescriptorMonitor,
    hooks: HookRegistry,
    rules: RulesService,
  ) {
    this.#definitions = [
      ...createCounterMetrics(() => this.#summary, config.METRICS_MAX_COUNTERS),
      ...createChangeMetrics(dashboards, store, this.#commitStats, config.MAX_WAITING_CHANGES),
      ...createStoreMetrics(config.STORE, store),
      ...createClockMetrics(clock, store),
      ...createHookMetrics(this.#hookStats, hooks),
      ...createViewerMetrics(this.#viewerStats, traffic, config.MAX_VIEWERS),
      ...createRuleMetrics(rules),
      {
        name: 'tallyboard_refusals_total',
        type: 'counter',
        help: 'Refused requests and handshakes, by error code.',
        read: () => toSamplesBy('code', this.#refusals),
      },
      {
        name: 'tallyboard_descriptor_shortages_total',
        type: 'counter',
        help: 'Times that the process ran out of file descriptors. Until some are free again, connections and files fail.',
        read: () => toSample(descriptors.shortageCount),
      },
      {
        name: 'tallyboard_build_info',
        type: 'gauge',
        help: 'Always 1. The labels name the versions of Tallyboard and Node.',
        read: () => [{ value: 1, labels: { version: VERSION, node: process.version } }],
      },
    ];
  }

  onModuleInit(): void {
    this.#unsubscribes = [
      events.requestRefused.subscribe(({ error: { code } }) =>
        this.#refusals.set(code, (this.#refusals.get(code) ?? 0) + 1),
      ),
      events.connectionDropped.subscribe(({ reason }) => this.#viewerStats.recordDropped(reason)),
      events.groupCommitted.subscribe((committed) => this.#commitStats.record(committed)),
      events.hookEventHandled.subscribe((handled) => this.#hookStats.record(handled)),
      events.frameBroadcast.subscribe((fannedOut) => this.#viewerStats.recordFanOut(fannedOut)),
      events.viewerConnected.subscribe((entered) => this.#viewerStats.recordConnected(entered)),
      events.viewerDisconnected.subscribe((left) => this.#viewerStats.recordDisconnected(left)),
    ];
    const server: Server = this.host.httpAdapter.getHttpServer();
    server.on('upgrade', (request: IncomingMessage) => {
      if (offersWebSocket(request)) this.#viewerStats.upgradesTotal += 1;
    });
  }

  onApplicationShutdown(): void {
    for (const end of this.#unsubscribes) end();
  }

  /** Returns all metrics in the text format of Prometheus: of this process, or of all that are one service. */
  render(): Promise<string> {
    return (this.#pendingRender ??= (this.#renderService ?? (() => this.#renderOwn()))().finally(
      () => (this.#pendingRender = undefined),
    ));
  }

  /** Makes `render` return the metrics of several processes. */
  renderWith(renderService: () => Promise<string>): void {
    this.#renderService = renderService;
  }

  /** Returns the metrics of this process. @param hasCounters false to leave out those of counters */
  async readFamilies(hasCounters = true): Promise<MetricFamily[]> {
    const registries = await this.#prepare(hasCounters);
    return (await Promise.all(registries.map((registry) => registry.getMetricsAsJSON()))).flat();
  }

  async #renderOwn(): Promise<string> {
    const registries = await this.#prepare();
    return (await Promise.all(registries.map((registry) => registry.metrics()))).join('\n');
  }

  /** Reads what the metrics need. The first call begins to monitor the process. */
  async #prepare(hasCounters = true): Promise<readonly Registry[]> {
    this.#registries ??= [createRegistry(this.#definitions), getProcessRegistry()];
    this.#summary = hasCounters ? await this.#readSummary() : undefined;
    return this.#registries;
  }

  async #readSummary(): Promise<CounterSummary | undefined> {
    try {
      const summary = await this.dashboards.getSummary(this.config.METRICS_MAX_COUNTERS);
      await this.#openPeriods(summary);
      return summary;
    } catch (error) {
      if (!(error instanceof TallyError)) throw error;
      return undefined;
    }
  }

  /** Opens the periods of {@link createCounterMetrics}. A state of the embedded store keeps them open. */
  async #openPeriods({ states }: CounterSummary): Promise<void> {
    let remaining = this.config.METRICS_MAX_COUNTERS;
    for (const state of states) {
      const definitions = Object.values(state.getDefinitions()).slice(0, Math.max(0, remaining));
      remaining -= definitions.length;
      await this.dashboards.openPeriods(state, [...new Set(definitions.flatMap(listNamedPeriods))]);
    }
  }
}
