/**
 * Reads stored values without trusting them. The driver aborts the process when it converts text that is not UTF-8, so
 * text columns are selected as BLOBs and decoded here, and a number is selected only if it is stored as one.
 */
import { TallyError } from '../../counters/errors.js';

/** Text of a row as the driver returns a BLOB. */
export type StoredText = ArrayBuffer;

/** A value that cannot be decoded. The message names the column. */
export class DecodeError extends Error {}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Selects a text column as a BLOB. */
export function textColumn(column: string, name = column): string {
  return `CAST(${column} AS BLOB) AS ${name}`;
}

/**
 * Selects an integer column; NULL if something else is stored there. The result column is an expression: to sort by the
 * column itself, and so by its index, qualify it with the name of the table in `ORDER BY`.
 */
export function integerColumn(column: string, name = column): string {
  return `${toIntegerExpression(column)} AS ${name}`;
}

/** Selects an integer column as ASCII text, since a double would round it. */
export function bigIntColumn(column: string, name = column): string {
  return `CAST(${toIntegerExpression(column)} AS TEXT) AS ${name}`;
}

function toIntegerExpression(column: string): string {
  return `CASE typeof(${column}) WHEN 'integer' THEN ${column} END`;
}

/** @throws DecodeError if the text is missing, is not UTF-8 or does not match the pattern */
export function decodeText(column: string, bytes: StoredText | null, pattern?: RegExp): string {
  const text = decodeOptionalText(column, bytes);
  if (text === undefined) throw new DecodeError(`${column} is missing`);
  if (pattern && !pattern.test(text)) throw new DecodeError(`${column} is ${JSON.stringify(text)}`);
  return text;
}

/** @throws DecodeError if the text is not UTF-8 */
export function decodeOptionalText(column: string, bytes: StoredText | null): string | undefined {
  if (bytes === null) return undefined;
  try {
    return decoder.decode(bytes);
  } catch {
    throw new DecodeError(`${column} is not UTF-8`);
  }
}

/** Decodes text for a message: bytes that are not UTF-8 become U+FFFD. */
export function decodeLossily(bytes: StoredText | null): string {
  return bytes === null ? '' : new TextDecoder().decode(bytes);
}

/**
 * @param isValid checks the shape of the parsed value. @throws DecodeError if the text is no JSON or has another shape
 */
export function decodeJson<T>(column: string, bytes: StoredText | null, isValid: (value: unknown) => value is T): T {
  const text = decodeText(column, bytes);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new DecodeError(`${column} is not JSON`);
  }
  if (!isValid(value)) throw new DecodeError(`${column} has an unknown shape`);
  return value;
}

/** @throws DecodeError if no number was stored, or one outside the safe integers */
export function decodeInteger(column: string, value: number | null): number {
  if (!Number.isSafeInteger(value)) throw new DecodeError(`${column} is ${value === null ? 'not a number' : value}`);
  return value as number;
}

/** @param digits the value of {@link bigIntColumn}. @throws DecodeError if no number was stored */
export function decodeBigInt(column: string, digits: string | null): bigint {
  if (digits === null || !/^-?\d+$/.test(digits)) throw new DecodeError(`${column} is not a number`);
  return BigInt(digits);
}

/**
 * Decodes a row.
 * @param describe names the row in the error, for example `row 5 of dashboards`
 * @throws TallyError `data-damaged` that names row and column if a value cannot be decoded
 */
export function decodeRow<T>(describe: () => string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (error instanceof DecodeError) throw createDamagedRowError(describe(), error.message);
    throw error;
  }
}

function createDamagedRowError(row: string, finding: string): TallyError {
  return new TallyError('data-damaged', `${row} is damaged: ${finding}`);
}

/** True for the error of {@link decodeRow}. */
export function isDamage(error: unknown): error is TallyError {
  return error instanceof TallyError && error.code === 'data-damaged';
}

/** Runs a parser, and reports the damage that it finds. @returns what was parsed, undefined if it is damaged */
export function collectDamage<T>(report: (finding: string) => void, parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (!isDamage(error)) throw error;
    report(error.message);
    return undefined;
  }
}
