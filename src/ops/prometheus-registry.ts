/** prom-client registries of the application's metrics and of the process. */
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { getDescriptorLimit } from '../http/descriptor-limit.js';
import type { MetricDefinition } from './metric-definition.js';

/**
 * A metric whose values are read at the scrape. A gauge only by class: the registry writes the type that `get` returns.
 */
class ScrapedMetric extends Gauge {
  constructor(private readonly definition: MetricDefinition) {
    super({ name: definition.name, help: definition.help, registers: [] });
  }

  override async get() {
    const { name, type, help, read } = this.definition;
    return { name, type, help, values: [...read()] } as unknown as Awaited<ReturnType<Gauge['get']>>;
  }
}

/** Creates a registry. Not prom-client's global one: tests run several applications in one process. */
export function createRegistry(metrics: readonly MetricDefinition[]): Registry {
  const registry = new Registry();
  for (const docs of metrics) registry.registerMetric(new ScrapedMetric(docs));
  return registry;
}

let cachedProcessRegistry: Registry | undefined;

/**
 * Returns prom-client's metrics of the process, one registry for all applications in it. Monitoring of the event loop
 * and the garbage collector starts at the first call and never ends.
 */
export function getProcessRegistry(): Registry {
  if (!cachedProcessRegistry) {
    cachedProcessRegistry = new Registry();
    collectDefaultMetrics({ register: cachedProcessRegistry });
    addDescriptorLimit(cachedProcessRegistry);
  }
  return cachedProcessRegistry;
}

/** Adds a metric that prom-client leaves out for good if its first call has no file descriptor to read the limit. */
function addDescriptorLimit(registry: Registry): void {
  const name = 'process_max_fds';
  const limit = getDescriptorLimit();
  if (limit === undefined || registry.getSingleMetric(name)) return;
  new Gauge({ name, help: 'Maximum number of open file descriptors.', registers: [registry] }).set(limit);
}
