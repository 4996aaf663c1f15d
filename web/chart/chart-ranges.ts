/** The ranges of the chart and the widths of their rows. Pure. */
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../page/formatting.js';
import type { RangeName } from '../page/page-url.js';

/** A range of the chart. Rows are as narrow as the service's limit of 5,000 rows per response allows. */
export interface ChartRange {
  readonly label: string;
  readonly rangeMs: number;
  readonly stepMs: number;
  /** Duration of a row of rates: long enough to contain changes, short enough to show when they happened. */
  readonly rateMs: number;
  readonly rateLabel: string;
}

export const CHART_RANGES: Readonly<Record<RangeName, ChartRange>> = {
  '5m': { label: '5 min', rangeMs: 5 * MINUTE_MS, stepMs: SECOND_MS, rateMs: 10 * SECOND_MS, rateLabel: '10 s' },
  '1h': { label: '1 h', rangeMs: HOUR_MS, stepMs: SECOND_MS, rateMs: MINUTE_MS, rateLabel: 'minute' },
  '24h': { label: '24 h', rangeMs: 24 * HOUR_MS, stepMs: MINUTE_MS, rateMs: 30 * MINUTE_MS, rateLabel: '30 min' },
  '14d': { label: '14 d', rangeMs: 14 * 24 * HOUR_MS, stepMs: 5 * MINUTE_MS, rateMs: 6 * HOUR_MS, rateLabel: '6 h' },
};

/** Retention of minute rows by the service; it refuses requests for earlier ones. */
const MINUTE_RETENTION_MS = 14 * 24 * HOUR_MS;

/**
 * Returns the rows to load: the visible ones, the one at the left edge, and one rate row before them, within the
 * retention.
 */
export function countRows({ rangeMs, stepMs, rateMs }: ChartRange): number {
  return Math.min(rangeMs + rateMs + stepMs, MINUTE_RETENTION_MS) / stepMs;
}
