/** Parses one line of a past: a moment as JSON. */
import { isISO8601 } from 'class-validator';
import { MAX_AMOUNT, MAX_VALUE } from '../../counters/counters.js';
import { errorMessage, TallyError } from '../../counters/errors.js';
import type { PastAmounts, PastLine } from '../../store/past.port.js';
import { isJsonObject, toJsonPointer } from '../../validation/validation.pipe.js';

/** A moment with its zone. The rest of the form is checked by {@link isISO8601}. */
const ZONED_TIME = /^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:?\d\d)$/;
const AMOUNT_RULE = `must be an integer from 0 to ${MAX_AMOUNT}`;

/** @throws TallyError `invalid-request` whose message names the line */
export function parsePastLine(text: string, line: number): PastLine {
  const moment = parseJson(text, line);
  if (!isJsonObject(moment)) throw createLineError(line, [], 'must be a JSON object {at, counters}');
  const { at, counters } = moment;
  for (const name in moment)
    if (name !== 'at' && name !== 'counters') throw createLineError(line, [name], 'is no member of a line');
  const time = typeof at === 'number' ? at : parseTime(at);
  if (!Number.isSafeInteger(time))
    throw createLineError(line, ['at'], 'must be ISO 8601 with a time zone, or milliseconds since the Unix epoch');
  if (!isJsonObject(counters)) throw createLineError(line, ['counters'], 'must be an object');
  for (const name in counters) assertAmounts(line, name, counters[name]);
  return { line, at: time, counters: counters as PastLine['counters'] };
}

/** @returns milliseconds since the Unix epoch, or NaN */
export function parseTime(text: unknown): number {
  return typeof text === 'string' && ZONED_TIME.test(text) && isISO8601(text, { strict: true })
    ? Date.parse(text)
    : NaN;
}

/** @param path of the invalid part within the line */
export function createLineError(line: number, path: readonly string[], detail: string): TallyError {
  const pointer = toJsonPointer(path);
  const where = pointer && `${pointer} `;
  return new TallyError('invalid-request', `line ${line}: ${where}${detail}`, { errors: [{ pointer, detail }] });
}

function parseJson(text: string, line: number): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw createLineError(line, [], `is not valid JSON: ${errorMessage(error)}`);
  }
}

function assertAmounts(line: number, name: string, amounts: unknown): asserts amounts is PastAmounts {
  const path = ['counters', name];
  if (!isJsonObject(amounts)) throw createLineError(line, path, 'must be an object {added, removed} or {value}');
  for (const member in amounts) {
    const amount = amounts[member];
    const isLevel = member === 'value';
    if (!isLevel && member !== 'added' && member !== 'removed')
      throw createLineError(line, [...path, member], 'is neither added nor removed nor value');
    if (Number.isSafeInteger(amount) && (isLevel || Number(amount) >= 0)) continue;
    throw createLineError(
      line,
      [...path, member],
      isLevel ? `must be an integer up to ${MAX_VALUE} either way` : AMOUNT_RULE,
    );
  }
}
