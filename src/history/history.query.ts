/** Query parameters of `GET .../history`. */
import { Transform } from 'class-transformer';
import { IsDivisibleBy, IsInt, isISO8601, IsOptional, Max, Min } from 'class-validator';
import { MAX_STEP_MS } from './bucket-range.js';

/** Largest time of a JavaScript `Date`, milliseconds since the Unix epoch (ECMA-262, 21.4.1.1). */
const MAX_TIME_MS = 8_640_000_000_000_000;
const ZONED_TIME = /T.*(Z|[+-]\d\d:?\d\d)$/;
const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Converts a time to milliseconds since the Unix epoch. Returns other values unchanged, for validation to refuse. */
function parseQueryTime(text: unknown): unknown {
  if (typeof text !== 'string') return text;
  if (/^\d{1,16}$/.test(text)) return Number(text);
  // An unescaped "+" of a time zone arrives as a space.
  const iso = text.replace(/ (?=\d\d:?\d\d$)/, '+');
  return ZONED_TIME.test(iso) && isISO8601(iso, { strict: true }) ? Date.parse(iso) : text;
}

/** Converts a duration to milliseconds. Returns other values unchanged, for validation to refuse. */
function parseQueryStep(text: unknown): unknown {
  const [, amount, unit] = typeof text === 'string' ? (/^(\d{1,12})([smhd]?)$/.exec(text) ?? []) : [];
  return amount === undefined ? text : Number(amount) * (UNIT_MS[unit ?? ''] ?? 1);
}

function ParsedParameter(parse: (text: unknown) => unknown, rules: PropertyDecorator[]): PropertyDecorator {
  return (target, property) => {
    for (const decorate of [Transform(({ value }: { value: unknown }) => parse(value)), ...rules])
      decorate(target, property);
  };
}

/** A time of a query: ISO 8601 with a time zone, or milliseconds since the Unix epoch. */
export function TimeParameter(): PropertyDecorator {
  const message = 'must be one time: ISO 8601 with a time zone, or milliseconds since the Unix epoch';
  return ParsedParameter(parseQueryTime, [IsInt({ message }), Min(0, { message }), Max(MAX_TIME_MS, { message })]);
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
