/** Metrics of change sets: outcomes, time until they are durable, and group commits. */
import type { DashboardService } from '../dashboard/dashboard.service.js';
import { Histogram, DURATION_BUCKETS_S, SIZE_BUCKETS } from '../telemetry/histogram.js';
import type { CounterStore } from '../store/store.js';
import type { GroupCommitted } from '../telemetry/events.js';
import { toSamplesBy, createHistogram, type MetricDefinition, toSample } from './metric-definition.js';

export class CommitStats {
  readonly durations = new Histogram(DURATION_BUCKETS_S);
  readonly sizes = new Histogram(SIZE_BUCKETS);

  record({ changeSets, tookMs }: GroupCommitted): void {
    this.durations.record(tookMs / 1_000);
    this.sizes.record(changeSets);
  }
}

export function createChangeMetrics(
  { stats: tally }: DashboardService,
  store: CounterStore,
  commitStats: CommitStats,
  maxWaiting: number,
): readonly MetricDefinition[] {
  return [
    {
      name: 'tallyboard_change_sets_total',
      type: 'counter',
      help: 'Change sets by outcome: applied, replayed (repeated with the same Idempotency-Key), refused (by a rule), unavailable (not accepted by the store).',
      read: () => toSamplesBy('outcome', Object.entries(tally.counts)),
    },
    createHistogram(
      'tallyboard_change_durable_seconds',
      'Time from the arrival of a change set until it is durable, for applied change sets.',
      tally.commitDurations,
    ),
    createHistogram(
      'tallyboard_commit_seconds',
      'Time to commit a group of change sets to disk or to Redis. Empty with STORE=memory.',
      commitStats.durations,
    ),
    createHistogram('tallyboard_commit_change_sets', 'Change sets per commit.', commitStats.sizes),
    {
      name: 'tallyboard_change_sets_waiting',
      type: 'gauge',
      help: 'Change sets that wait for a commit.',
      read: () => toSample(store.pending),
    },
    {
      name: 'tallyboard_change_sets_waiting_limit',
      type: 'gauge',
      help: 'Limit of waiting change sets (MAX_WAITING_CHANGES). Further changes are refused.',
      read: () => toSample(maxWaiting),
    },
    {
      name: 'tallyboard_store_up',
      type: 'gauge',
      help: '1 if the store accepted the last changes, else 0.',
      read: () => toSample(Number(store.isAvailable)),
    },
  ];
}
