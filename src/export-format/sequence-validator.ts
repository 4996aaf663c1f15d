/** Follows the lines of one dashboard: whether each can come after those before it, and how many there were. */
import type { CounterTotals } from '../counters/counters.js';
import type { ExportedDashboard, ExportRecord, DashboardVersion, PointRun } from '../store/transfer.port.js';
import { countedWith, type Counts, NONE } from './line-format.js';
import { BadLineError } from './line-reader.js';

export class Course {
  #counts: Counts = NONE;
  readonly #counters: ReadonlyMap<string, CounterTotals>;
  /** The stretch that points came from last, and the end of it. */
  #series: { readonly counter: string; readonly stepMs: number; at: number; end: CounterTotals } | undefined;
  readonly #seriesSeen = new Set<string>();
  #revision = 0;
  #ledgerAt = 0;
  #comesFrom: boolean;

  /** @param earlier what it may have grown from */
  constructor(
    readonly dashboard: ExportedDashboard,
    private readonly earlier: DashboardVersion | undefined,
  ) {
    this.#counters = new Map(dashboard.counters.map((counter) => [counter.name, counter]));
    if (this.#counters.size < dashboard.counters.length) throw new BadLineError('two counters have the same name');
    this.#comesFrom = earlier?.epoch === dashboard.epoch && earlier.revision === 0;
  }

  get counts(): Counts {
    return this.#counts;
  }

  /** Whether its ledger has shown that what stands in its place is an earlier state of it: nothing would be lost. */
  get comesFromEarlier(): boolean {
    return this.#comesFrom;
  }

  /** @throws BadLineError */
  take(piece: ExportRecord): void {
    if (piece.points) this.#takePoints(piece.points);
    else this.#endSeries();
    if (piece.ledger) this.#takeEntry(piece.ledger);
    if (piece.key?.reply.outcome) this.#assertWithin(piece.key.reply.outcome, 'key.outcome');
    this.#counts = countedWith(this.#counts, [piece]);
  }

  /** @param counts what the last line says @throws BadLineError */
  end(name: string, counts: Counts): void {
    this.#endSeries();
    if (name !== this.dashboard.name) throw new BadLineError(`it ends ${name}, and ${this.dashboard.name} has begun`);
    for (const kind of ['points', 'ledger', 'keys'] as const) {
      const [said, came] = [counts[kind], this.#counts[kind]];
      if (said !== came) throw new BadLineError(`end.${kind} says ${said}, and there were ${came}: lines are missing`);
    }
  }

  #takePoints({ counter, stepMs, startTotals, buckets }: PointRun): void {
    if (!this.#counters.has(counter)) throw new BadLineError(`points.counter is none of the dashboard: ${counter}`);
    if (this.#series?.counter !== counter || this.#series.stepMs !== stepMs) {
      this.#endSeries();
      const series = `${counter} ${stepMs}`;
      if (this.#seriesSeen.has(series)) throw new BadLineError(`points of ${counter} come at two places`);
      this.#seriesSeen.add(series);
      this.#series = { counter, stepMs, at: 0, end: startTotals };
    }
    const series = this.#series;
    assertGrown(series.end, startTotals, 'points.from');
    series.end = startTotals;
    for (const [index, mark] of buckets.entries()) {
      if (mark.at <= series.at) throw new BadLineError(`points.rows[${index}] is not after the one before`);
      assertGrown(series.end, mark, `points.rows[${index}]`);
      [series.at, series.end] = [mark.at, mark];
    }
  }

  /** Every change is in a bucket: the last one ends as the counter is. */
  #endSeries(): void {
    const series = this.#series;
    if (!series) return;
    const { added, removed } = this.#counters.get(series.counter) ?? series.end;
    if (added !== series.end.added || removed !== series.end.removed) {
      throw new BadLineError(`the points of ${series.counter} before it end with other totals than the counter has`);
    }
    this.#series = undefined;
  }

  #takeEntry({ revision, at }: { readonly revision: number; readonly at: number }): void {
    if (revision <= this.#revision) throw new BadLineError('ledger.revision is not after the one before');
    if (at < this.#ledgerAt) throw new BadLineError('ledger.at is before the one before');
    this.#assertWithin({ revision, at }, 'ledger');
    [this.#revision, this.#ledgerAt] = [revision, at];
    if (revision === this.earlier?.revision && this.dashboard.epoch === this.earlier.epoch) {
      this.#comesFrom = at === this.earlier.at;
    }
  }

  #assertWithin({ revision, at }: { readonly revision: number; readonly at: number }, place: string): void {
    if (revision > this.dashboard.revision) throw new BadLineError(`${place}.revision is after that of the dashboard`);
    if (at > this.dashboard.at) throw new BadLineError(`${place}.at is after that of the dashboard`);
  }
}

function assertGrown(before: CounterTotals, after: CounterTotals, place: string): void {
  if (after.added >= before.added && after.removed >= before.removed) return;
  throw new BadLineError(`${place} has less than there was before: totals only grow`);
}
