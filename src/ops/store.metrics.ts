/** What an acknowledgement means on the store, as metrics. */
import type { Config } from '../config/config.js';
import type { CounterStore } from '../store/store.js';
import { type MetricDocs, one } from './metric-definition.js';

export function storeMetrics(kind: Config['STORE'], store: CounterStore): readonly MetricDocs[] {
  return [
    {
      name: 'tallyboard_store_acknowledged_durable',
      type: 'gauge',
      help: '1 when all that is acknowledged outlives a crash, and a failover where there can be one, else 0. Absent while it is not known.',
      read: () => (store.durability.survives === 'unknown' ? [] : one(Number(store.durability.survives === 'yes'))),
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
      read: () => one(store.durability.replicas ?? 0),
    },
  ];
}
