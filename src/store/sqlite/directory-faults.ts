/** Says in words why the files of a store cannot be opened: access, or a file system without locks. */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { StoreOpenError } from '../store-open.error.js';

const FILES = ['', 'tallyboard.db', 'tallyboard.db-wal', 'tallyboard.db-shm', 'tallyboard.lock'];

/**
 * Asserts that this process may read and write the files of a store.
 * @throws StoreOpenError with owner and mode of the first file that it may not use, and with what to do
 */
export function assertAccess(directory: string): void {
  const root = resolve(directory);
  for (const name of FILES) {
    const path = name === '' ? root : `${root}/${name}`;
    if (!existsSync(path)) continue;
    try {
      accessSync(path, constants.R_OK | constants.W_OK | (name === '' ? constants.X_OK : 0));
    } catch (error) {
      throw new StoreOpenError(explainAccess(path, root, (error as NodeJS.ErrnoException).code));
    }
  }
}

function explainAccess(path: string, root: string, code: string | undefined): string {
  if (code === 'EROFS') return `${path} is on a read-only file system: mount it for writing, or set DATA_DIR`;
  const { uid, gid, mode } = statSync(path);
  const permissions = (mode & 0o7777).toString(8).padStart(3, '0');
  const me = process.getuid?.();
  const remedy =
    uid === me
      ? `run \`chmod -R u+rwX ${root}\``
      : `run \`chown -R ${me ?? 'USER'} ${root}\`, or run Tallyboard as user ${uid}`;
  return (
    `${path} belongs to user ${uid} and group ${gid} with mode ${permissions}, and this process, which runs as user ` +
    `${me ?? 'unknown'}, may not read and write it: ${remedy}`
  );
}

/** Why a lock cannot be had: somebody holds it, or the file system has no locks, which SQLite reports alike. */
export function explainBusyLock(directory: string, canLockOtherFile: boolean): string {
  const root = resolve(directory);
  return canLockOtherFile
    ? `data directory ${root} is in use by another Tallyboard process: stop that process, or set DATA_DIR to another directory`
    : `the file system of data directory ${root} does not support locks, as NFS without a lock service does: ` +
        'set DATA_DIR to a directory on a local disk, or use STORE=redis';
}
