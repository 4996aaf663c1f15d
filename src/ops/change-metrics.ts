/** How change sets fare, as metrics: what became of them, how long until they were durable, and the commits that they shared. */
import type { DashboardService } from '../dashboard/dashboard.service.js';
import { Histogram, DURATION_BUCKETS_S, SIZE_BUCKETS } from '../telemetry/histogram.js';
import type { CounterStore } from '../store/store.js';
import type { GroupCommitted } from '../telemetry/events.js';
import { toSamplesBy, createHistogram, type MetricDefinition, toSample } from './metric-definition.js';

/** Commits, as they were told of. */
export class CommitStats {
  readonly durations = new Histogram(DURATION_BUCKETS_S);
  readonly sizes = new Histogram(SIZE_BUCKETS);

  record({ changeSets, tookMs }: GroupCommitted): void {
    this.durations.record(tookMs / 1_000);
    this.sizes.record(changeSets);
  }
}

/** @param maxWaiting most change sets that may wait */
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
      help: 'Change sets by outcome: applied, replayed (counted before, under the same key), refused (by a rule), unavailable (the store could not take them).',
      read: () => toSamplesBy('outcome', Object.entries(tally.counts)),
    },
    createHistogram(
      'tallyboard_change_durable_seconds',
      'From when a change set is taken in until it is durable. Of those that were applied.',
      tally.commitDurations,
    ),
    createHistogram(
      'tallyboard_commit_seconds',
      'From when a group of change sets is sent to the disk until all of it is there. None in a store without a disk.',
      commitStats.durations,
    ),
    createHistogram('tallyboard_commit_change_sets', 'Change sets that share a commit.', commitStats.sizes),
    {
      name: 'tallyboard_change_sets_waiting',
      type: 'gauge',
      help: 'Change sets that wait for a commit.',
      read: () => toSample(store.pending),
    },
    {
      name: 'tallyboard_change_sets_waiting_limit',
      type: 'gauge',
      help: 'MAX_WAITING_CHANGES: beyond it changes are refused.',
      read: () => toSample(maxWaiting),
    },
    {
      name: 'tallyboard_store_up',
      type: 'gauge',
      help: '1 when the store takes changes, as far as the last of them has shown, else 0.',
      read: () => toSample(Number(store.isAvailable)),
    },
  ];
}
