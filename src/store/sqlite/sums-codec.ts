/** Encodes sums as columns for the other thread, as series are (series-codec.ts). */
import type { CounterTotals } from '../../counters/counters.js';
import type { CounterSums, GaugeLevels } from '../store.js';

interface EncodedCounterSums {
  readonly name: string;
  readonly totals: CounterTotals;
  readonly value: Float64Array;
  readonly added: BigInt64Array;
  readonly removed: BigInt64Array;
}

interface EncodedGaugeLevels {
  readonly name: string;
  readonly totals?: undefined;
  readonly value: Float64Array;
  readonly least: Float64Array;
  readonly most: Float64Array;
}

type EncodedSums = readonly (EncodedCounterSums | EncodedGaugeLevels)[];

export function encodeSums(sumsByCounter: ReadonlyMap<string, CounterSums | GaugeLevels>): EncodedSums {
  return Array.from(sumsByCounter, ([name, all]) =>
    all.kind === 'counter'
      ? {
          name,
          totals: all.totals,
          value: Float64Array.from(all.sums, ({ value }) => value),
          added: BigInt64Array.from(all.sums, ({ added }) => added),
          removed: BigInt64Array.from(all.sums, ({ removed }) => removed),
        }
      : {
          name,
          value: Float64Array.from(all.levels, ({ value }) => value),
          least: Float64Array.from(all.levels, ({ least }) => least),
          most: Float64Array.from(all.levels, ({ most }) => most),
        },
  );
}

export function decodeSums(encoded: EncodedSums): Map<string, CounterSums | GaugeLevels> {
  return new Map(
    encoded.map((columns) => [columns.name, columns.totals ? decodeCounter(columns) : decodeGauge(columns)]),
  );
}

function decodeCounter({ totals, value, added, removed }: EncodedCounterSums): CounterSums {
  const sums = Array.from(value, (last, row) => ({
    added: added[row] ?? 0n,
    removed: removed[row] ?? 0n,
    value: last,
  }));
  return { kind: 'counter', totals, sums };
}

function decodeGauge({ value, least, most }: EncodedGaugeLevels): GaugeLevels {
  const levels = Array.from(value, (last, row) => ({ value: last, least: least[row] ?? 0, most: most[row] ?? 0 }));
  return { kind: 'gauge', levels };
}
