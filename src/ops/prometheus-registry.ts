/** The registries of prom-client: that of an application's metrics, and that of the process. Loaded with the first scrape. */
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { MetricDefinition } from './metric-definition.js';

/** A gauge by its class alone: the registry writes whatever type `get` says. */
class ScrapedMetric extends Gauge {
  constructor(private readonly definition: MetricDefinition) {
    super({ name: definition.name, help: definition.help, registers: [] });
  }

  override async get() {
    const { name, type, help, read } = this.definition;
    return { name, type, help, values: [...read()] } as unknown as Awaited<ReturnType<Gauge['get']>>;
  }
}

/** A registry of metrics that are read. Not the one that prom-client keeps for all: tests run several applications in a process. */
export function createRegistry(metrics: readonly MetricDefinition[]): Registry {
  const registry = new Registry();
  for (const docs of metrics) registry.registerMetric(new ScrapedMetric(docs));
  return registry;
}

let cachedProcessRegistry: Registry | undefined;

/**
 * What prom-client knows of a process. One for all applications in it: its watch over the loop and the garbage never ends, and it
 * begins only when somebody asks.
 */
export function getProcessRegistry(): Registry {
  if (!cachedProcessRegistry) {
    cachedProcessRegistry = new Registry();
    collectDefaultMetrics({ register: cachedProcessRegistry });
  }
  return cachedProcessRegistry;
}
