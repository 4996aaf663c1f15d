/** Adds the rows of days, which exports of version 1 lack, from the rows of hours. */
import type { CounterTotals } from '../counters/counters.js';
import { toBucketStart } from '../store/in-process/decide.js';
import { PointRunBuilder } from '../store/point-run-builder.js';
import { DAY_ROWS } from '../store/store.js';
import type { BucketTotals, ExportRecord, PointRun } from '../store/transfer.port.js';

const HOUR_STEP_MS = 3_600_000;

/** The days of one counter that have been read so far. */
class CounterDays {
  readonly #builder: PointRunBuilder;
  readonly #runs: PointRun[] = [];
  #day: { totals: BucketTotals; readonly startTotals: CounterTotals } | undefined;

  constructor(readonly counter: string) {
    this.#builder = new PointRunBuilder(counter, DAY_ROWS.stepMs);
  }

  /** Adds consecutive hours. The days are those of UTC, which consist of whole hours. */
  add({ startTotals, buckets }: PointRun): void {
    let before = startTotals;
    for (const { at, added, removed } of buckets) {
      const totals = { at: toBucketStart(at, DAY_ROWS.stepMs), added, removed };
      if (this.#day?.totals.at === totals.at) {
        this.#day.totals = totals;
      } else {
        this.#pushDay();
        this.#day = { totals, startTotals: before };
      }
      before = totals;
    }
  }

  finish(): readonly PointRun[] {
    this.#pushDay();
    this.#keep(this.#builder.finish());
    return this.#runs;
  }

  #pushDay(): void {
    if (this.#day) this.#keep(this.#builder.push(this.#day.totals, this.#day.startTotals));
    this.#day = undefined;
  }

  #keep(run: PointRun | undefined): void {
    if (run) this.#runs.push(run);
  }
}

export class DayRowBuilder {
  #days: CounterDays | undefined;

  /** Returns the record. The days of a counter come before the first record that follows its hours. */
  accept(record: ExportRecord): readonly ExportRecord[] {
    const hours = record.points?.stepMs === HOUR_STEP_MS ? record.points : undefined;
    const finished = hours && hours.counter === this.#days?.counter ? [] : this.finish();
    if (hours) {
      this.#days ??= new CounterDays(hours.counter);
      this.#days.add(hours);
    }
    return [...finished, record];
  }

  /** Returns the days of the last counter. */
  finish(): readonly ExportRecord[] {
    const runs = this.#days?.finish() ?? [];
    this.#days = undefined;
    return runs.map((points) => ({ points }));
  }
}
