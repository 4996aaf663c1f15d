/** Checks the records of one dashboard against each other and against its totals, and counts them. */
import type { CounterTotals } from '../counters/counters.js';
import type { DashboardVersion, ExportedDashboard, ExportRecord, PointRun } from '../store/transfer.port.js';
import { addRecordCounts, NO_RECORDS, type RecordCounts } from './line-format.js';
import { BadLineError } from './line-reader.js';

export class SequenceValidator {
  #counts: RecordCounts = NO_RECORDS;
  readonly #totals: ReadonlyMap<string, CounterTotals>;
  /** Counter and step of the latest points, and the totals at their end. */
  #currentSeries: { readonly counter: string; readonly stepMs: number; at: number; end: CounterTotals } | undefined;
  readonly #seenSeries = new Set<string>();
  #ledgerRevision = 0;
  #ledgerAt = 0;
  #continuesExisting: boolean;

  /** @param existing version of the dashboard in the store, which the export may continue */
  constructor(
    readonly dashboard: ExportedDashboard,
    private readonly existing: DashboardVersion | undefined,
  ) {
    this.#totals = new Map(dashboard.counters.map((counter) => [counter.name, counter]));
    if (this.#totals.size < dashboard.counters.length) throw new BadLineError('two counters have the same name');
    this.#continuesExisting = existing?.epoch === dashboard.epoch && existing.revision === 0;
  }

  get counts(): RecordCounts {
    return this.#counts;
  }

  /**
   * True if the ledger contains the existing version, or that has no changes: importing then loses none.
   * Known once all records have been accepted.
   */
  get continuesExisting(): boolean {
    return this.#continuesExisting;
  }

  /** @throws BadLineError */
  accept(record: ExportRecord): void {
    if (record.points) this.#acceptPoints(record.points);
    else this.#finishSeries();
    if (record.ledger) this.#acceptLedgerEntry(record.ledger);
    // Its time is later if the change was booked ahead of the clock and dated to now since then.
    if (record.key?.reply.outcome) this.#assertKnownRevision(record.key.reply.outcome, 'key.outcome');
    this.#counts = addRecordCounts(this.#counts, [record]);
  }

  /** @param counts counts of the `end` line @throws BadLineError if they differ from the records that were read */
  finish(name: string, counts: RecordCounts): void {
    this.#finishSeries();
    if (name !== this.dashboard.name)
      throw new BadLineError(`end.dashboard is ${name}, but the dashboard is ${this.dashboard.name}`);
    for (const kind of ['points', 'ledger', 'keys'] as const) {
      const [expected, actual] = [counts[kind], this.#counts[kind]];
      if (expected !== actual)
        throw new BadLineError(`end.${kind} is ${expected}, but the export has ${actual}: lines are missing`);
    }
  }

  #acceptPoints({ counter, stepMs, startTotals, buckets }: PointRun): void {
    if (!this.#totals.has(counter))
      throw new BadLineError(`points.counter is not a counter of the dashboard: ${counter}`);
    if (this.#currentSeries?.counter !== counter || this.#currentSeries.stepMs !== stepMs) {
      this.#finishSeries();
      const series = `${counter} ${stepMs}`;
      if (this.#seenSeries.has(series))
        throw new BadLineError(`points of ${counter} with one step must be consecutive lines`);
      this.#seenSeries.add(series);
      this.#currentSeries = { counter, stepMs, at: 0, end: startTotals };
    }
    const series = this.#currentSeries;
    assertNotDecreased(series.end, startTotals, 'points.from');
    series.end = startTotals;
    for (const [index, bucket] of buckets.entries()) {
      if (bucket.at <= series.at) throw new BadLineError(`points.rows[${index}] must be later than the row before`);
      assertNotDecreased(series.end, bucket, `points.rows[${index}]`);
      [series.at, series.end] = [bucket.at, bucket];
    }
  }

  /** Every change is in a bucket, so the last bucket must end with the totals of the counter. */
  #finishSeries(): void {
    const series = this.#currentSeries;
    if (!series) return;
    const { added, removed } = this.#totals.get(series.counter) ?? series.end;
    if (added !== series.end.added || removed !== series.end.removed) {
      throw new BadLineError(`the points of ${series.counter} above end with other totals than the counter`);
    }
    this.#currentSeries = undefined;
  }

  #acceptLedgerEntry({ revision, at }: { readonly revision: number; readonly at: number }): void {
    if (revision <= this.#ledgerRevision) throw new BadLineError('ledger.revision must be greater than the one before');
    if (at < this.#ledgerAt) throw new BadLineError('ledger.at must not be earlier than the one before');
    this.#assertKnownRevision({ revision }, 'ledger');
    if (at > this.dashboard.at) throw new BadLineError('ledger.at is later than that of the dashboard');
    [this.#ledgerRevision, this.#ledgerAt] = [revision, at];
    if (revision === this.existing?.revision && this.dashboard.epoch === this.existing.epoch) {
      this.#continuesExisting = at === this.existing.at;
    }
  }

  #assertKnownRevision({ revision }: { readonly revision: number }, path: string): void {
    if (revision > this.dashboard.revision)
      throw new BadLineError(`${path}.revision is greater than that of the dashboard`);
  }
}

function assertNotDecreased(before: CounterTotals, after: CounterTotals, path: string): void {
  if (after.added >= before.added && after.removed >= before.removed) return;
  throw new BadLineError(`${path} is lower than before: totals never decrease`);
}
