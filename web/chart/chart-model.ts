/** What the parts of a chart show. Types only. */
import type { DashboardDefinition } from '../../src/client/client.js';
import type { Bucket, ChartRows } from './chart-rows.js';
import type { ChartSpan } from './chart-span.js';
import type { Lane } from './lane.js';

/** Where the cursor is: the bucket's start, and the height, 0 to 1 from above. */
export interface CursorPlace {
  readonly start: number;
  readonly height: number;
  /** True if a finger or the keyboard moved it there: then no pointer is beside it. */
  readonly by: 'pointer' | 'finger' | 'keys';
}

export interface ChartModel {
  readonly definition: DashboardDefinition;
  readonly chart: ChartRows;
  readonly span: ChartSpan;
  readonly lanes: readonly Lane[];
  readonly buckets: readonly Bucket[];
}
