/** What the chart shows: how far back, in which rows. Pure. */
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../page/formatting.js';
import type { RangeName } from '../page/page-url.js';

/** A range of the chart. Rows are as fine as an answer of the service may have them: 5,000 at most. */
export interface ChartRange {
  readonly label: string;
  readonly rangeMs: number;
  /** Width of a row of values. */
  readonly stepMs: number;
  /** Width of a row of rates: wide enough to hold something, narrow enough to show when. */
  readonly rateMs: number;
  /** The same in words. */
  readonly rateLabel: string;
}

export const CHART_RANGES: Readonly<Record<RangeName, ChartRange>> = {
  '5m': { label: '5 min', rangeMs: 5 * MINUTE_MS, stepMs: SECOND_MS, rateMs: 10 * SECOND_MS, rateLabel: '10 s' },
  '1h': { label: '1 h', rangeMs: HOUR_MS, stepMs: SECOND_MS, rateMs: MINUTE_MS, rateLabel: 'minute' },
  '24h': { label: '24 h', rangeMs: 24 * HOUR_MS, stepMs: MINUTE_MS, rateMs: 30 * MINUTE_MS, rateLabel: '30 min' },
  '14d': { label: '14 d', rangeMs: 14 * 24 * HOUR_MS, stepMs: 5 * MINUTE_MS, rateMs: 6 * HOUR_MS, rateLabel: '6 h' },
};

/** Minutes are kept that long by the service: it refuses to tell of earlier ones. */
const MINUTE_RETENTION_MS = 14 * 24 * HOUR_MS;

/** Rows to keep for a span: what is in sight, the row that is cut by its beginning, and one wide row before, as far as they are kept. */
export function countRows({ rangeMs, stepMs, rateMs }: ChartRange): number {
  return Math.min(rangeMs + rateMs + stepMs, MINUTE_RETENTION_MS) / stepMs;
}
