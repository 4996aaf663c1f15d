/** Checks the records of one dashboard against each other and against its totals, and counts them. */
import type { CounterTotals } from '../counters/counters.js';
import type { RowStepMs } from '../store/store.js';
import type {
  DashboardVersion,
  ExportedCounter,
  ExportedDashboard,
  ExportRecord,
  LevelRun,
  PointRun,
} from '../store/transfer.port.js';
import { addRecordCounts, NO_RECORDS, type RecordCounts } from './line-format.js';
import { BadLineError } from './line-reader.js';

/** The rows of one counter and step. */
interface OpenSeries {
  readonly counter: ExportedCounter;
  readonly stepMs: RowStepMs;
  /** Start of the latest row. */
  at: number;
  /** Totals at the end of the latest row; undefined for gauges, and before the first row. */
  totals: CounterTotals | undefined;
  /** Level at the end of the latest row; undefined for counters, and before the first row. */
  level: number | undefined;
}

export class SequenceValidator {
  #counts: RecordCounts = NO_RECORDS;
  readonly #counters: ReadonlyMap<string, ExportedCounter>;
  #currentSeries: OpenSeries | undefined;
  readonly #seenSeries = new Set<string>();
  #ledgerRevision = 0;
  #ledgerAt = 0;
  #continuesExisting: boolean;

  /** @param existing version of the dashboard in the store, which the export may continue */
  constructor(
    readonly dashboard: ExportedDashboard,
    private readonly existing: DashboardVersion | undefined,
  ) {
    this.#counters = new Map(dashboard.counters.map((counter) => [counter.name, counter]));
    if (this.#counters.size < dashboard.counters.length) throw new BadLineError('two counters have the same name');
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
    else if (record.levels) this.#acceptLevels(record.levels);
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
    const series = this.#continueSeries('points', counter, stepMs);
    assertNotDecreased(series.totals ?? startTotals, startTotals, 'points.from');
    series.totals = startTotals;
    for (const [index, bucket] of buckets.entries()) {
      assertLater(series, bucket, `points.rows[${index}]`);
      assertNotDecreased(series.totals, bucket, `points.rows[${index}]`);
      [series.at, series.totals] = [bucket.at, bucket];
    }
  }

  #acceptLevels({ counter, stepMs, levels }: LevelRun): void {
    const series = this.#continueSeries('levels', counter, stepMs);
    for (const [index, level] of levels.entries()) {
      assertLater(series, level, `levels.rows[${index}]`);
      [series.at, series.level] = [level.at, level.value];
    }
  }

  #continueSeries(line: 'points' | 'levels', name: string, stepMs: RowStepMs): OpenSeries {
    const counter = this.#counters.get(name);
    if (!counter) throw new BadLineError(`${line}.counter is not a counter of the dashboard: ${name}`);
    const isGauge = counter.definition.kind === 'gauge';
    if (isGauge !== (line === 'levels')) {
      throw new BadLineError(
        isGauge
          ? `points.counter is a gauge: the rows of ${name} must be levels`
          : `levels.counter is not a gauge: the rows of ${name} must be points`,
      );
    }
    if (this.#currentSeries?.counter === counter && this.#currentSeries.stepMs === stepMs) return this.#currentSeries;
    this.#finishSeries();
    const key = `${name} ${stepMs}`;
    if (this.#seenSeries.has(key)) throw new BadLineError(`${line} of ${name} with one step must be consecutive lines`);
    this.#seenSeries.add(key);
    this.#currentSeries = { counter, stepMs, at: -1, totals: undefined, level: undefined };
    return this.#currentSeries;
  }

  /** Every change is in a bucket, so the last bucket must end as the counter is now. */
  #finishSeries(): void {
    if (!this.#currentSeries) return;
    const { counter, totals, level } = this.#currentSeries;
    if (counter.definition.kind === 'gauge') {
      if (level !== counter.value)
        throw new BadLineError(`the levels of ${counter.name} above end with another value than the gauge`);
    } else if (counter.added !== totals?.added || counter.removed !== totals.removed) {
      throw new BadLineError(`the points of ${counter.name} above end with other totals than the counter`);
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

function assertLater(before: { readonly at: number }, { at }: { readonly at: number }, path: string): void {
  if (at <= before.at) throw new BadLineError(`${path} must be later than the row before`);
}

function assertNotDecreased(before: CounterTotals, after: CounterTotals, path: string): void {
  if (after.added >= before.added && after.removed >= before.removed) return;
  throw new BadLineError(`${path} is lower than before: totals never decrease`);
}
