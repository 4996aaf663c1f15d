/** Says in words why the files of a store cannot be opened: access, or a file system without locks. */
import { accessSync, closeSync, constants, existsSync, openSync, readSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { StoreOpenError } from '../store-open.error.js';

const FILES = ['', 'tallyboard.db', 'tallyboard.db-wal', 'tallyboard.db-shm', 'tallyboard.lock'];

/** Offset of the version that a reader needs, in the header of a database. 2 means a write-ahead log. */
const READ_VERSION_OFFSET = 19;

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

/**
 * Asserts that this process may read a database, which may be in use. Does nothing if there is none.
 * @throws StoreOpenError with owner and mode of what it may not use, and with what to do
 */
export function assertReadable(file: string): void {
  const path = resolve(file);
  const root = dirname(path);
  const assert = (name: string, mode: number, purpose?: string): void => {
    try {
      accessSync(name, mode);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') return;
      throw new StoreOpenError(explainReadAccess(findBarrier(name), code, purpose));
    }
  };
  for (const end of ['', '-wal', '-shm']) assert(`${path}${end}`, constants.R_OK);
  if (existsSync(path) && !existsSync(`${path}-shm`) && hasWriteAheadLog(path))
    assert(root, constants.W_OK | constants.X_OK, `SQLite creates ${path}-shm there to read the database`);
}

/** Returns the outermost directory that this process may not search, else the path itself. */
function findBarrier(path: string): string {
  const parent = dirname(path);
  if (parent === path) return path;
  const barrier = findBarrier(parent);
  if (barrier !== parent) return barrier;
  try {
    accessSync(parent, constants.X_OK);
    return path;
  } catch {
    return parent;
  }
}

/** The header of a database says whether it has a write-ahead log while it is in use. */
function hasWriteAheadLog(path: string): boolean {
  const bytes = Buffer.alloc(1);
  const descriptor = openSync(path, 'r');
  try {
    return readSync(descriptor, bytes, 0, 1, READ_VERSION_OFFSET) === 1 && bytes[0] === 2;
  } finally {
    closeSync(descriptor);
  }
}

function explainReadAccess(path: string, code: string | undefined, purpose: string | undefined): string {
  if (code === 'EROFS')
    return `${path} is on a read-only file system${purpose === undefined ? '' : `, and ${purpose}`}: copy the files elsewhere`;
  const need = purpose === undefined ? 'read it' : `write to it, and ${purpose}`;
  const { uid } = statSync(path);
  const remedy =
    uid === process.getuid?.()
      ? `run \`chmod u+rwX ${path}\``
      : `run the command as user ${uid} (\`sudo -u '#${uid}' ...\`)`;
  return `${describeOwner(path)}, may not ${need}: ${remedy}`;
}

function explainAccess(path: string, root: string, code: string | undefined): string {
  if (code === 'EROFS') return `${path} is on a read-only file system: mount it for writing, or set DATA_DIR`;
  const { uid } = statSync(path);
  const me = process.getuid?.();
  const remedy =
    uid === me
      ? `run \`chmod -R u+rwX ${root}\``
      : `run \`chown -R ${me ?? 'USER'} ${root}\`, or run Tallyboard as user ${uid}`;
  return `${describeOwner(path)}, may not read and write it: ${remedy}`;
}

function describeOwner(path: string): string {
  const { uid, gid, mode } = statSync(path);
  const permissions = (mode & 0o7777).toString(8).padStart(3, '0');
  const me = process.getuid?.() ?? 'unknown';
  return `${path} belongs to user ${uid} and group ${gid} with mode ${permissions}, and this process, which runs as user ${me}`;
}

/** Why a lock cannot be had: somebody holds it, or the file system has no locks, which SQLite reports alike. */
export function explainBusyLock(directory: string, canLockOtherFile: boolean): string {
  const root = resolve(directory);
  return canLockOtherFile
    ? `data directory ${root} is in use by another Tallyboard process: stop that process, or set DATA_DIR to another directory`
    : `the file system of data directory ${root} does not support locks, as NFS without a lock service does: ` +
        'set DATA_DIR to a directory on a local disk, or use STORE=redis';
}
