/** Decodes records of SQLite (https://sqlite.org/fileformat.html#record_format), which hold the columns of a row. */
import { readVarint } from './btree-page.js';

/** A stored column: text as its bytes. Undefined if it is of a type that no table of a store has, or is cut off. */
export type StoredValue = null | number | bigint | Buffer | undefined;

const INTEGER_BYTES = [0, 1, 2, 3, 4, 6, 8];

/** @returns as many columns as the record declares. @throws RangeError if the header is cut off */
export function decodeRecord(bytes: Buffer): StoredValue[] {
  const header = readVarint(bytes, 0);
  const headerBytes = Number(header.value);
  if (headerBytes > bytes.length) throw new RangeError('the header of the record is cut off');
  const values: StoredValue[] = [];
  let body = headerBytes;
  for (let at = header.end; at < headerBytes;) {
    const { value, end } = readVarint(bytes, at);
    at = end;
    const type = Number(value);
    const length = getLength(type);
    values.push(body + length <= bytes.length ? decodeValue(bytes.subarray(body, body + length), type) : undefined);
    body += length;
  }
  return values;
}

function getLength(type: number): number {
  if (type >= 12) return Math.floor((type - 12) / 2);
  return type === 7 ? 8 : (INTEGER_BYTES[type] ?? 0);
}

function decodeValue(bytes: Buffer, type: number): StoredValue {
  if (type === 0) return null;
  if (type === 8 || type === 9) return type - 8;
  if (type >= 13 && type % 2 === 1) return bytes;
  if (type === 6) {
    const value = bytes.readBigInt64BE(0);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }
  return type <= 5 ? bytes.readIntBE(0, bytes.length) : undefined;
}
