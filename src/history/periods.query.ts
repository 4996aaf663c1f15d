/** Query parameters of `GET .../periods`. */
import { IsIn, IsOptional } from 'class-validator';
import { type Period, PERIODS } from '../counters/definition.js';
import { IntegerString } from '../validation/integer.decorator.js';
import { TimeParameter } from '../validation/time.decorator.js';

/** Most rows of one response. */
const MAX_COUNT = 1_000;

export class PeriodsQuery {
  /** Kind of the periods. */
  @IsIn(PERIODS, { message: `must be one of ${PERIODS.join(', ')}` })
  readonly period: Period = 'day';

  /** Number of rows, 1 to 1,000. */
  @IntegerString(1, MAX_COUNT)
  readonly count: number = 8;

  /** The first row contains the millisecond before this time. Default: now is in the first row. */
  @TimeParameter()
  @IsOptional()
  readonly before?: number;
}
