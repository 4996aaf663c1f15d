/** Metrics of the store's durability. */
import type { Config } from '../config/config.js';
import type { CounterStore } from '../store/store.js';
import { type MetricDefinition, toSample } from './metric-definition.js';

export function createStoreMetrics(kind: Config['STORE'], store: CounterStore): readonly MetricDefinition[] {
  return [
    {
      name: 'tallyboard_store_acknowledged_durable',
      type: 'gauge',
      help: '1 if acknowledged changes survive a crash, and a failover if there can be one, else 0. Absent while unknown.',
      read: () =>
        store.durability.survives === 'unknown' ? [] : toSample(Number(store.durability.survives === 'yes')),
    },
    {
      name: 'tallyboard_store_durability_info',
      type: 'gauge',
      help: 'Always 1. The labels name the store and the persistence settings of Redis, empty for other stores.',
      read: () => {
        const { appendonly = '', appendfsync = '' } = store.durability;
        return [{ value: 1, labels: { store: kind, appendonly, appendfsync } }];
      },
    },
    {
      name: 'tallyboard_store_damage_findings',
      type: 'gauge',
      help: 'Damaged places found in the database file since the start. Always 0 for stores other than SQLite.',
      read: () => toSample(store.integrity?.findings ?? 0),
    },
    {
      name: 'tallyboard_store_check_complete',
      type: 'gauge',
      help: '1 once all rows of the database file have been checked since the start, else 0. Always 1 for stores other than SQLite.',
      read: () => toSample(Number((store.integrity?.check ?? 'complete') === 'complete')),
    },
    {
      name: 'tallyboard_store_replicas',
      type: 'gauge',
      help: 'Replicas connected to Redis. For a Cluster, the smallest number of any primary.',
      read: () => toSample(store.durability.replicas ?? 0),
    },
  ];
}
