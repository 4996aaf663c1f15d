/**
 * Parses pages of SQLite's B-trees (https://sqlite.org/fileformat.html#b_tree_pages) without trusting them: what cannot
 * be parsed is left out and marked.
 */

/** Content of a row in a page, which may continue on overflow pages. */
interface Payload {
  readonly bytes: number;
  readonly local: Buffer;
  /** First overflow page. Undefined if all of the content is in the page. */
  readonly overflow: number | undefined;
}

export interface Cell {
  /** Page with the rows before this one. Undefined in leaves. */
  readonly child: number | undefined;
  /** Undefined in indexes, and in tables without rowid, which are stored as indexes. */
  readonly rowid: number | undefined;
  /** Undefined in the inner pages of tables with rowid. */
  readonly payload: Payload | undefined;
}

export interface BtreePage {
  readonly isLeaf: boolean;
  readonly isIndex: boolean;
  readonly cells: readonly Cell[];
  /** Page with the rows after the last cell. Undefined in leaves. */
  readonly lastChild: number | undefined;
  /** False if the sizes of the cells and of the free space do not add up to the page, or if a cell cannot be parsed. */
  readonly isConsistent: boolean;
}

/** Types of pages by their first byte. */
const PAGE_TYPES = new Map([
  [2, { isLeaf: false, isIndex: true }],
  [5, { isLeaf: false, isIndex: false }],
  [10, { isLeaf: true, isIndex: true }],
  [13, { isLeaf: true, isIndex: false }],
]);
/** The first page begins with the header of the file. */
const FILE_HEADER_BYTES = 100;

/**
 * @param type type to assume in place of the first byte of the page
 * @returns undefined if the type of the page is not one of a B-tree
 */
export function parsePage(bytes: Buffer, page: number, usableBytes: number, type?: number): BtreePage | undefined {
  const start = page === 1 ? FILE_HEADER_BYTES : 0;
  const pageType = PAGE_TYPES.get(type ?? bytes.readUInt8(start));
  if (!pageType) return undefined;
  const { isLeaf, isIndex } = pageType;
  const pointers = start + (isLeaf ? 8 : 12);
  const count = Math.min(bytes.readUInt16BE(start + 3), Math.floor((usableBytes - pointers) / 2));
  const contentStart = bytes.readUInt16BE(start + 5) || 65_536;
  const cells: Cell[] = [];
  let used = Math.max(contentStart, pointers + 2 * count) - contentStart;
  for (let index = 0; index < count; index += 1) {
    const offset = bytes.readUInt16BE(pointers + 2 * index);
    const parsed = parseCell(bytes, offset, usableBytes, isLeaf, isIndex);
    if (parsed) cells.push(parsed.cell);
    used += parsed?.bytes ?? usableBytes;
  }
  const free = sumFreeBlocks(bytes, bytes.readUInt16BE(start + 1), usableBytes) + bytes.readUInt8(start + 7);
  return {
    isLeaf,
    isIndex,
    cells,
    lastChild: isLeaf ? undefined : bytes.readUInt32BE(start + 8),
    isConsistent: used + free === usableBytes - contentStart,
  };
}

function sumFreeBlocks(bytes: Buffer, first: number, usableBytes: number): number {
  let sum = 0;
  for (let offset = first; offset !== 0;) {
    if (offset + 4 > usableBytes || sum > usableBytes) return Number.NaN;
    sum += bytes.readUInt16BE(offset + 2);
    const next = bytes.readUInt16BE(offset);
    if (next !== 0 && next <= offset) return Number.NaN;
    offset = next;
  }
  return sum;
}

function parseCell(bytes: Buffer, offset: number, usableBytes: number, isLeaf: boolean, isIndex: boolean) {
  let at = offset;
  try {
    const child = isLeaf ? undefined : bytes.readUInt32BE(at);
    if (!isLeaf) at += 4;
    if (!isLeaf && !isIndex) {
      const rowid = readVarint(bytes, at);
      return { cell: { child, rowid: Number(rowid.value), payload: undefined }, bytes: rowid.end - offset };
    }
    const size = readVarint(bytes, at);
    at = size.end;
    let rowid: number | undefined;
    if (!isIndex) {
      const parsed = readVarint(bytes, at);
      [rowid, at] = [Number(parsed.value), parsed.end];
    }
    const payloadBytes = Number(size.value);
    const localBytes = computeLocalBytes(payloadBytes, usableBytes, isIndex);
    const end = at + localBytes;
    const hasOverflow = localBytes < payloadBytes;
    if (end + (hasOverflow ? 4 : 0) > usableBytes) return undefined;
    const overflow = hasOverflow ? bytes.readUInt32BE(end) : undefined;
    const payload = { bytes: payloadBytes, local: bytes.subarray(at, end), overflow };
    // A cell takes at least the room of a free block.
    return { cell: { child, rowid, payload }, bytes: Math.max(4, end + (hasOverflow ? 4 : 0) - offset) };
  } catch {
    return undefined;
  }
}

/** The rule of the file format for what stays in the page of a row that does not fit. */
function computeLocalBytes(payloadBytes: number, usableBytes: number, isIndex: boolean): number {
  const max = isIndex ? Math.floor(((usableBytes - 12) * 64) / 255) - 23 : usableBytes - 35;
  if (payloadBytes <= max) return payloadBytes;
  const min = Math.floor(((usableBytes - 12) * 32) / 255) - 23;
  const local = min + ((payloadBytes - min) % (usableBytes - 4));
  return local <= max ? local : min;
}

/** Reads a big-endian integer of 1 to 9 bytes. @throws RangeError beyond the end of the bytes */
export function readVarint(bytes: Buffer, offset: number): { readonly value: bigint; readonly end: number } {
  let value = 0n;
  for (let length = 0; length < 8; length += 1) {
    const byte = bytes.readUInt8(offset + length);
    value = (value << 7n) | BigInt(byte & 0x7f);
    if (byte < 0x80) return { value, end: offset + length + 1 };
  }
  return { value: BigInt.asIntN(64, (value << 8n) | BigInt(bytes.readUInt8(offset + 8))), end: offset + 9 };
}
