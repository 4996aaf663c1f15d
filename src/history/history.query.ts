/** The parameters of a question about the past: times, and the step. */
import { Transform } from 'class-transformer';
import { IsDivisibleBy, IsInt, isISO8601, IsOptional, Max, Min } from 'class-validator';
import { MAX_STEP_MS } from './bucket-range.js';

/** Last moment that a date can say, milliseconds since the Unix epoch (ECMA-262, 21.4.1.1). */
const MAX_TIME_MS = 8_640_000_000_000_000;
const ZONED_TIME = /T.*(Z|[+-]\d\d:?\d\d)$/;
const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds since the Unix epoch. Text that spells no time stays as it is, for the message. */
function parseQueryTime(text: unknown): unknown {
  if (typeof text !== 'string') return text;
  if (/^\d{1,16}$/.test(text)) return Number(text);
  // In a query "+" is a space: a zone that was not escaped is still the one that was meant.
  const iso = text.replace(/ (?=\d\d:?\d\d$)/, '+');
  return ZONED_TIME.test(iso) && isISO8601(iso, { strict: true }) ? Date.parse(iso) : text;
}

/** Milliseconds. Text that spells no duration stays as it is. */
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

function TimeParameter(): PropertyDecorator {
  const message = 'must be a time, given once: ISO 8601 with a zone, or milliseconds since the Unix epoch';
  return ParsedParameter(parseQueryTime, [IsInt({ message }), Min(0, { message }), Max(MAX_TIME_MS, { message })]);
}

function StepParameter(): PropertyDecorator {
  const message = 'must be whole seconds up to 366 days, given once: milliseconds such as 60000, or 1s, 5m, 1h, 1d';
  return ParsedParameter(parseQueryStep, [
    IsInt({ message }),
    Min(1_000, { message }),
    Max(MAX_STEP_MS, { message }),
    IsDivisibleBy(1_000, { message }),
  ]);
}

/** From when to when, and how fine. */
export class HistoryQuery {
  /** Where it begins: ISO 8601 with a zone, or milliseconds since the Unix epoch. Absent: an hour before `to`. */
  @TimeParameter()
  @IsOptional()
  readonly from?: number;

  /** Where it ends, itself not included. Absent: now. */
  @TimeParameter()
  @IsOptional()
  readonly to?: number;

  /** Width of a row: milliseconds, or a number with s, m, h or d; whole seconds. Absent: chosen from the range. */
  @StepParameter()
  @IsOptional()
  readonly step?: number;
}
