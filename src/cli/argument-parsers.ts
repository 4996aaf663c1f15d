/** Parsers of arguments and options of commands. Each throws an error that the command line shows with the usage. */
import { InvalidArgumentError } from 'commander';
import { chooseLocale, isLocale } from '../measures/locale.js';
import type { HooksCheckOptions } from './hooks-check.command.js';

/** Largest past of a demo: a line a minute is then some 85,000 lines. */
const MAX_BACKFILL_DAYS = 60;

export function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw new InvalidArgumentError('Must be an HTTP URL such as http://127.0.0.1:8082.');
}

/** Parses a revision, or the id of an entry. */
export function parseEntry(text: string): number | string {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  if (/^[^:\s]+:\d{1,15}$/.test(text)) return text;
  throw new InvalidArgumentError('Must be a revision, or epoch:revision.');
}

export function parsePositiveInteger(text: string): number {
  if (/^[1-9]\d{0,15}$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  throw new InvalidArgumentError('Must be an integer from 1 to 2^53 - 1.');
}

export function parseHeader(text: string, headers: HooksCheckOptions['header']): HooksCheckOptions['header'] {
  const [, name, value] = /^([^\s:]+): *(.*)$/.exec(text) ?? [];
  if (name !== undefined && value !== undefined) return { ...headers, [name.toLowerCase()]: value };
  throw new InvalidArgumentError('Must be a header such as "X-GitHub-Event: star".');
}

export function parseLocale(text: string): string {
  if (isLocale(text)) return chooseLocale(text);
  throw new InvalidArgumentError('Must be a language tag such as de or en-GB.');
}

export function parseTime(text: string): number {
  const [, hour, minute] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  if (hour !== undefined) return Number(hour) * 3_600 + Number(minute) * 60;
  throw new InvalidArgumentError('Must be a time of day such as 09:00.');
}

export function parseSpeed(text: string): number {
  if (text === 'max') return Infinity;
  if (/^\d+(\.\d+)?$/.test(text) && Number(text) >= 1 && Number(text) <= 1_000_000) return Number(text);
  throw new InvalidArgumentError('Must be a number from 1 to 1000000, or max.');
}

export function parseDays(text: string): number {
  const [, days] = /^(\d{1,2})d$/.exec(text) ?? [];
  if (days !== undefined && Number(days) >= 1 && Number(days) <= MAX_BACKFILL_DAYS) return Number(days);
  throw new InvalidArgumentError(`Must be a number of days from 1d to ${MAX_BACKFILL_DAYS}d.`);
}

export function parseHours(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text) && Number(text) > 0) return Number(text);
  throw new InvalidArgumentError('Must be a number greater than 0.');
}
