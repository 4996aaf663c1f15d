/** Query parameters of `GET .../history`. */
import { IsDivisibleBy, IsInt, IsOptional, Max, Min } from 'class-validator';
import { ParsedParameter, TimeParameter } from '../validation/time.decorator.js';
import { MAX_STEP_MS } from './bucket-range.js';

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Converts a duration to milliseconds. Returns other values unchanged, for validation to refuse. */
function parseQueryStep(text: unknown): unknown {
  const [, amount, unit] = typeof text === 'string' ? (/^(\d{1,12})([smhd]?)$/.exec(text) ?? []) : [];
  return amount === undefined ? text : Number(amount) * (UNIT_MS[unit ?? ''] ?? 1);
}

function StepParameter(): PropertyDecorator {
  const message =
    'must be one duration in whole seconds, up to 366 days: milliseconds such as 60000, or 1s, 5m, 1h, 1d';
  return ParsedParameter(parseQueryStep, [
    IsInt({ message }),
    Min(1_000, { message }),
    Max(MAX_STEP_MS, { message }),
    IsDivisibleBy(1_000, { message }),
  ]);
}

export class HistoryQuery {
  /** Start, milliseconds since the Unix epoch. Default: one hour before `to`. */
  @TimeParameter()
  @IsOptional()
  readonly from?: number;

  /** End, not included. Default: now. */
  @TimeParameter()
  @IsOptional()
  readonly to?: number;

  /** Width of a row in milliseconds, a multiple of 1,000. Default: chosen by the range. */
  @StepParameter()
  @IsOptional()
  readonly step?: number;
}
