/** Writes files that appear under their name only when they are complete and on disk. */
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';

/** The target exists. Files are never replaced: it may be the only backup or export that there is. */
export class FileExistsError extends Error {
  override readonly name = 'FileExistsError';

  constructor(file: string) {
    super(`${file} already exists: choose another file, or move that one away`);
  }
}

/**
 * Content is written to a file beside the target, which is renamed when all of it is on disk. Readers, and a crash
 * at any moment, find either no file of the target's name or the complete one.
 */
export class PartFile {
  /** Where to write the content: in the target's directory, since a rename is atomic within a file system only. */
  readonly path: string;

  /** @throws FileExistsError */
  constructor(private readonly target: string) {
    assertAbsent(target);
    this.path = `${target}.${process.pid}.part`;
  }

  /**
   * Syncs the content to disk and renames it to the target.
   * @throws FileExistsError, or the error of the file system
   */
  commit(): void {
    syncToDisk(this.path);
    assertAbsent(this.target);
    renameSync(this.path, this.target);
    // Windows cannot open a directory, and keeps its entries in a journal of its own.
    if (process.platform !== 'win32') syncToDisk(dirname(this.target));
  }

  /** Deletes what has been written, unless it was committed. */
  discard(): void {
    if (existsSync(this.path)) rmSync(this.path);
  }
}

function assertAbsent(file: string): void {
  if (existsSync(file)) throw new FileExistsError(file);
}

/** Writes what the system holds of a file or a directory to disk. */
export function syncToDisk(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
