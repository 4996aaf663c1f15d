/** What an acknowledgement means on the store, as metrics. */
import type { Config } from '../config/config.js';
import type { CounterStore } from '../store/store.js';
import { type MetricDefinition, toSample } from './metric-definition.js';

export function createStoreMetrics(kind: Config['STORE'], store: CounterStore): readonly MetricDefinition[] {
  return [
    {
      name: 'tallyboard_store_acknowledged_durable',
      type: 'gauge',
      help: '1 when all that is acknowledged outlives a crash, and a failover where there can be one, else 0. Absent while it is not known.',
      read: () =>
        store.durability.survives === 'unknown' ? [] : toSample(Number(store.durability.survives === 'yes')),
    },
    {
      name: 'tallyboard_store_durability_info',
      type: 'gauge',
      help: 'Always 1; the labels say which store it is, and how Redis is set. Empty where it is none.',
      read: () => {
        const { appendonly = '', appendfsync = '' } = store.durability;
        return [{ value: 1, labels: { store: kind, appendonly, appendfsync } }];
      },
    },
    {
      name: 'tallyboard_store_replicas',
      type: 'gauge',
      help: 'Replicas that are connected to Redis; the fewest of several masters.',
      read: () => toSample(store.durability.replicas ?? 0),
    },
  ];
}
