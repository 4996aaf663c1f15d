/**
 * Reads pages of a damaged database file with its write-ahead log, without the database driver: a page that cannot be
 * read does not stop the others.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { errorMessage } from '../../../counters/errors.js';
import { type LogPages, type PageCopy, readLogPages } from './log-pages.js';
import type { RepairLog } from './repair-log.js';
import { isPageSize } from '../wal-format.js';

export interface PageVersion {
  readonly bytes: Buffer;
  /** True if the copy is from a frame of the log whose checksum is wrong. */
  readonly isSuspect: boolean;
}

/** Page size of all databases that Tallyboard creates, bytes. */
const DEFAULT_PAGE_BYTES = 4_096;
const HEADER_BYTES = 100;

export class DamagedFile {
  readonly pageBytes: number;
  /** The part of a page that SQLite uses: all of it in files of Tallyboard. */
  readonly usableBytes: number;
  readonly pageCount: number;
  readonly #descriptor: number;
  readonly #logPages: LogPages;

  /**
   * @param log receives what cannot be read
   * @throws Error of `node:fs` if the file cannot be opened
   */
  constructor(
    file: string,
    private readonly log: RepairLog,
  ) {
    this.#descriptor = openSync(file, 'r');
    const header = Buffer.alloc(HEADER_BYTES);
    this.#read(this.#descriptor, header, 0, 'the header of the file');
    const declared = header.readUInt16BE(16) === 1 ? 65_536 : header.readUInt16BE(16);
    this.#logPages = readLogPages(file, isPageSize(declared) ? declared : DEFAULT_PAGE_BYTES, log);
    this.pageBytes = this.#logPages.pageBytes;
    this.usableBytes = this.pageBytes;
    const filePages = Math.ceil(fstatSync(this.#descriptor).size / this.pageBytes);
    this.pageCount = this.#logPages.databasePages ?? filePages;
  }

  /** Returns the copies of a page, the one to prefer first. */
  *readVersions(page: number): Generator<PageVersion> {
    for (const copy of this.#logPages.copies.get(page) ?? []) {
      const bytes = this.#readCopy(copy, page);
      if (bytes) yield { bytes, isSuspect: copy.isSuspect };
    }
    const bytes = Buffer.alloc(this.pageBytes);
    if (this.#read(this.#descriptor, bytes, (page - 1) * this.pageBytes, `page ${page}`))
      yield { bytes, isSuspect: false };
  }

  /** Returns the newest copy of a page. */
  readPage(page: number): Buffer | undefined {
    if (page < 1 || page > this.pageCount) return undefined;
    for (const { bytes } of this.readVersions(page)) return bytes;
    return undefined;
  }

  close(): void {
    closeSync(this.#descriptor);
    if (this.#logPages.descriptor !== undefined) closeSync(this.#logPages.descriptor);
  }

  #readCopy({ offset }: PageCopy, page: number): Buffer | undefined {
    const bytes = Buffer.alloc(this.pageBytes);
    const { descriptor } = this.#logPages;
    if (descriptor === undefined || !this.#read(descriptor, bytes, offset, `page ${page} in the log`)) return undefined;
    return bytes;
  }

  #read(descriptor: number, bytes: Buffer, offset: number, name: string): boolean {
    try {
      return readSync(descriptor, bytes, 0, bytes.length, offset) === bytes.length;
    } catch (error) {
      this.log.recordDamage(`${name} cannot be read: ${errorMessage(error)}`);
      return false;
    }
  }
}
