/** Follows the lines of one dashboard: whether each can come after those before it, and how many there were. */
import type { CounterTotals } from '../counters/counters.js';
import type { DashboardVersion, ExportedDashboard, ExportRecord, PointRun } from '../store/transfer.port.js';
import { addRecordCounts, NO_RECORDS, type RecordCounts } from './line-format.js';
import { BadLineError } from './line-reader.js';

export class SequenceValidator {
  #counts: RecordCounts = NO_RECORDS;
  readonly #totals: ReadonlyMap<string, CounterTotals>;
  /** The stretch that points came from last, and the end of it. */
  #currentSeries: { readonly counter: string; readonly stepMs: number; at: number; end: CounterTotals } | undefined;
  readonly #seenSeries = new Set<string>();
  #ledgerRevision = 0;
  #ledgerAt = 0;
  #continuesExisting: boolean;

  /** @param existing what it may have grown from */
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

  /** Whether its ledger has shown that what stands in its place is an earlier state of it: nothing would be lost. */
  get continuesExisting(): boolean {
    return this.#continuesExisting;
  }

  /** @throws BadLineError */
  accept(record: ExportRecord): void {
    if (record.points) this.#acceptPoints(record.points);
    else this.#finishSeries();
    if (record.ledger) this.#acceptLedgerEntry(record.ledger);
    if (record.key?.reply.outcome) this.#assertWithinDashboard(record.key.reply.outcome, 'key.outcome');
    this.#counts = addRecordCounts(this.#counts, [record]);
  }

  /** @param counts what the last line says @throws BadLineError */
  finish(name: string, counts: RecordCounts): void {
    this.#finishSeries();
    if (name !== this.dashboard.name) throw new BadLineError(`it ends ${name}, and ${this.dashboard.name} has begun`);
    for (const kind of ['points', 'ledger', 'keys'] as const) {
      const [expected, actual] = [counts[kind], this.#counts[kind]];
      if (expected !== actual)
        throw new BadLineError(`end.${kind} says ${expected}, and there were ${actual}: lines are missing`);
    }
  }

  #acceptPoints({ counter, stepMs, startTotals, buckets }: PointRun): void {
    if (!this.#totals.has(counter)) throw new BadLineError(`points.counter is none of the dashboard: ${counter}`);
    if (this.#currentSeries?.counter !== counter || this.#currentSeries.stepMs !== stepMs) {
      this.#finishSeries();
      const series = `${counter} ${stepMs}`;
      if (this.#seenSeries.has(series)) throw new BadLineError(`points of ${counter} come at two places`);
      this.#seenSeries.add(series);
      this.#currentSeries = { counter, stepMs, at: 0, end: startTotals };
    }
    const series = this.#currentSeries;
    assertNotDecreased(series.end, startTotals, 'points.from');
    series.end = startTotals;
    for (const [index, bucket] of buckets.entries()) {
      if (bucket.at <= series.at) throw new BadLineError(`points.rows[${index}] is not after the one before`);
      assertNotDecreased(series.end, bucket, `points.rows[${index}]`);
      [series.at, series.end] = [bucket.at, bucket];
    }
  }

  /** Every change is in a bucket: the last one ends as the counter is. */
  #finishSeries(): void {
    const series = this.#currentSeries;
    if (!series) return;
    const { added, removed } = this.#totals.get(series.counter) ?? series.end;
    if (added !== series.end.added || removed !== series.end.removed) {
      throw new BadLineError(`the points of ${series.counter} before it end with other totals than the counter has`);
    }
    this.#currentSeries = undefined;
  }

  #acceptLedgerEntry({ revision, at }: { readonly revision: number; readonly at: number }): void {
    if (revision <= this.#ledgerRevision) throw new BadLineError('ledger.revision is not after the one before');
    if (at < this.#ledgerAt) throw new BadLineError('ledger.at is before the one before');
    this.#assertWithinDashboard({ revision, at }, 'ledger');
    [this.#ledgerRevision, this.#ledgerAt] = [revision, at];
    if (revision === this.existing?.revision && this.dashboard.epoch === this.existing.epoch) {
      this.#continuesExisting = at === this.existing.at;
    }
  }

  #assertWithinDashboard({ revision, at }: { readonly revision: number; readonly at: number }, path: string): void {
    if (revision > this.dashboard.revision) throw new BadLineError(`${path}.revision is after that of the dashboard`);
    if (at > this.dashboard.at) throw new BadLineError(`${path}.at is after that of the dashboard`);
  }
}

function assertNotDecreased(before: CounterTotals, after: CounterTotals, path: string): void {
  if (after.added >= before.added && after.removed >= before.removed) return;
  throw new BadLineError(`${path} has less than there was before: totals only grow`);
}
