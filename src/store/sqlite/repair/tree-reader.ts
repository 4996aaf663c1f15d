/**
 * Walks the B-trees of a damaged file, and then looks for rows on pages that no tree leads to any more: behind a
 * damaged inner page, each page is still a list of complete rows.
 */
import { type BtreePage, type Cell, parsePage } from './btree-page.js';
import type { DamagedFile } from './damaged-file.js';
import { decodeRecord, type StoredValue } from './record.js';
import { fitsExactly, fitsShape, hasPlausibleIds, type RowShape } from './row-shape.js';

export interface StoredRow {
  readonly rowid: number | undefined;
  readonly values: readonly StoredValue[];
  readonly page: number;
  /** True if no tree leads to the page. It may be of an earlier state. */
  readonly isOrphan: boolean;
}

interface ReadPage extends BtreePage {
  readonly rows: readonly (StoredRow | undefined)[];
  readonly misfits: number;
}

const [INNER_INDEX, INNER_TABLE, INDEX_LEAF, TABLE_LEAF] = [2, 5, 10, 13];
const MAX_PAYLOAD_BYTES = 2 ** 30;

export class TreeReader {
  /** 1 for pages of a tree; 2 for pages of an overflowing row, and for those on the list of free pages. */
  readonly #used: Uint8Array;
  #damagedPages = 0;

  /** @param reportDamage receives a table or an index, and what is wrong with it */
  constructor(
    private readonly file: DamagedFile,
    private readonly reportDamage: (table: string, finding: string) => void,
  ) {
    this.#used = new Uint8Array(file.pageCount + 1);
  }

  /** Reads the rows of a tree in the order of their keys. @param root its first page */
  readRows(root: number, shape: RowShape): Generator<StoredRow> {
    return this.#walk(root, shape, false);
  }

  /**
   * Reads rows of tables on pages that nothing uses. Call it last. Reads nothing if no page was damaged.
   * @param indexes whose pages are passed over: rows of an index can look like damaged ones of a table
   */
  *readOrphans(
    shapes: readonly RowShape[],
    indexes: readonly RowShape[],
  ): Generator<{ readonly shape: RowShape; readonly row: StoredRow }> {
    if (this.#damagedPages === 0) return;
    this.#markFreePages();
    for (let page = 2; page <= this.file.pageCount; page += 1) {
      if (this.#used[page] !== 0 || indexes.some((index) => this.#isOfIndex(page, index))) continue;
      for (const shape of shapes) {
        const found = this.#load(page, shape, true);
        if (!found || found.isIndex !== shape.isIndex || !isMostly(found)) continue;
        this.#used[page] = 1;
        for (const row of found.rows) if (row && hasPlausibleIds(shape, row.values)) yield { shape, row };
        break;
      }
    }
  }

  /** @param table name of the table or index that is damaged */
  report(table: string, finding: string): void {
    this.#damagedPages += 1;
    this.reportDamage(table, finding);
  }

  #isOfIndex(page: number, index: RowShape): boolean {
    const found = this.#load(page, index, true);
    if (!found?.isIndex) return false;
    const fitting = found.rows.filter((row) => row && fitsExactly(index, row.values));
    return fitting.length > found.rows.length / 2;
  }

  *#walk(page: number, shape: RowShape, isChild: boolean): Generator<StoredRow> {
    if (page < 1 || page > this.file.pageCount || this.#used[page] === 1) {
      this.report(shape.name, `table ${shape.name} is damaged: it refers to page ${page}, which is not one of its own`);
      return;
    }
    const found = this.#load(page, shape, false);
    if (!found || (isChild && !isMostly(found))) {
      this.report(shape.name, `page ${page} of ${shape.name} is unreadable`);
      return;
    }
    this.#used[page] = 1;
    if (!found.isConsistent || found.misfits > 0)
      this.report(shape.name, `page ${page} of ${shape.name} is damaged: rows of it may be lost`);
    for (const [index, cell] of found.cells.entries()) {
      if (cell.child !== undefined) yield* this.#walk(cell.child, shape, true);
      const row = found.rows[index];
      if (row) yield row;
    }
    if (found.lastChild !== undefined) yield* this.#walk(found.lastChild, shape, true);
  }

  /** Reads the copy of a page that has the most rows of a table. */
  #load(page: number, shape: RowShape, isOrphan: boolean): ReadPage | undefined {
    const types = shape.isIndex ? [INDEX_LEAF, INNER_INDEX] : [TABLE_LEAF, INNER_TABLE];
    let best: ReadPage | undefined;
    let wasDamaged = false;
    for (const { bytes, isSuspect } of this.file.readVersions(page)) {
      // An orphan whose type is damaged could be anything.
      for (const type of isOrphan ? [undefined] : [undefined, ...types]) {
        const parsed = parsePage(bytes, page, this.file.usableBytes, type);
        if (!parsed || parsed.isIndex !== shape.isIndex) continue;
        const read = this.#readCells(parsed, page, shape, isOrphan);
        const isGood = read.misfits === 0 && read.isConsistent;
        if (isGood) {
          if (!isOrphan && (isSuspect || wasDamaged || type !== undefined))
            this.report(shape.name, `page ${page} of ${shape.name} is damaged: its rows may be of an earlier state`);
          return read;
        }
        if (!best || countRows(read) > countRows(best)) best = read;
      }
      wasDamaged = true;
    }
    return best && countRows(best) === 0 && best.isLeaf && best.misfits > 0 ? undefined : best;
  }

  #readCells(parsed: BtreePage, page: number, shape: RowShape, isOrphan: boolean): ReadPage {
    if (!parsed.isIndex && !parsed.isLeaf) return { ...parsed, rows: [], misfits: 0 };
    let misfits = 0;
    const rows = parsed.cells.map((cell) => {
      const values = this.#decode(cell);
      if (values && fitsShape(shape, values)) return { rowid: cell.rowid, values, page, isOrphan };
      misfits += 1;
      return undefined;
    });
    return { ...parsed, rows, misfits };
  }

  #decode({ payload }: Cell): StoredValue[] | undefined {
    if (!payload || payload.bytes > MAX_PAYLOAD_BYTES) return undefined;
    const parts = [payload.local];
    let missing = payload.bytes - payload.local.length;
    for (let page = payload.overflow; missing > 0 && page !== undefined;) {
      const bytes = this.file.readPage(page);
      if (!bytes) break;
      this.#used[page] ||= 2;
      parts.push(bytes.subarray(4, 4 + Math.min(missing, this.file.usableBytes - 4)));
      missing -= parts.at(-1)?.length ?? 0;
      page = bytes.readUInt32BE(0) || undefined;
    }
    try {
      return decodeRecord(parts.length === 1 ? payload.local : Buffer.concat(parts));
    } catch {
      return undefined;
    }
  }

  /** Free pages still have the rows that were deleted. */
  #markFreePages(): void {
    const header = this.file.readPage(1);
    let trunk = header?.readUInt32BE(32) ?? 0;
    while (trunk > 0 && trunk <= this.file.pageCount && this.#used[trunk] === 0) {
      this.#used[trunk] = 2;
      const bytes = this.file.readPage(trunk);
      if (!bytes) return;
      const count = Math.min(bytes.readUInt32BE(4), this.file.usableBytes / 4 - 2);
      for (let index = 0; index < count; index += 1) {
        const page = bytes.readUInt32BE(8 + 4 * index);
        if (page <= this.file.pageCount) this.#used[page] ||= 2;
      }
      trunk = bytes.readUInt32BE(0);
    }
  }
}

function countRows({ rows, misfits }: ReadPage): number {
  return rows.length - misfits;
}

/** True if most of the rows of a page fit. An inner page of a table with rowid has none. */
function isMostly(page: ReadPage): boolean {
  return page.misfits <= page.rows.length / 2;
}
