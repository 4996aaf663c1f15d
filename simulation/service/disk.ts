/**
 * The simulated disk: a directory of real files in memory, which survives processes. It is slow, refuses commits, and
 * is cut off in the middle of one.
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Life } from '../world/life.js';
import type { World } from '../world/world.js';

/** Files that are there after a crash. The index of the log (`-shm`) is made anew. */
const FILES = ['tallyboard.db', 'tallyboard.db-wal'];

/** A fault of the next commit. `crash-torn`: part of what the commit writes reaches the disk. */
export type CommitFault = 'fails' | 'crash-before' | 'crash-torn' | 'crash-after';

/** The process has ended in the middle of a statement. Nobody sees it: what it runs into is thrown away. */
class CrashError extends Error {
  override readonly name = 'CrashError';
}

interface Connection {
  readonly life: Life;
  close(): unknown;
}

export class Disk {
  /** Connections of the processes that run. */
  readonly connections = new Set<Connection>();
  /** Drawn by the faults. */
  nextCommit: CommitFault | undefined;
  failsUntilMs = 0;
  slowUntilMs = 0;
  /** Time that an access takes at most while the disk is slow, milliseconds. */
  slowMs = 0;
  /** Ends the process that writes. */
  onCrash: () => void = () => undefined;
  readonly #kept: string;

  constructor(
    readonly directory: string,
    private readonly world: World,
  ) {
    this.#kept = `${directory}-kept`;
    for (const path of [directory, this.#kept]) {
      rmSync(path, { recursive: true, force: true });
      mkdirSync(path, { recursive: true });
    }
  }

  /** Draws the time of an access, milliseconds. */
  drawMs(world: World): number {
    if (world.nowMs < this.slowUntilMs) return world.between(0, this.slowMs);
    return world.chance(0.01) ? world.between(0, 100) : world.between(0.05, 2);
  }

  /** Runs the commit of a transaction, or what is left of it. */
  commit(run: () => void): void {
    const { world, nextCommit } = this;
    this.nextCommit = undefined;
    if (nextCommit === 'fails' || world.nowMs < this.failsUntilMs) {
      world.trace.event('the disk refuses a commit');
      throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
    }
    if (nextCommit === undefined) return run();
    world.trace.event(`the machine stops: ${nextCommit} a commit`);
    if (nextCommit === 'crash-torn') this.#tear(run);
    else {
      if (nextCommit === 'crash-after') run();
      this.keepFiles();
    }
    this.onCrash();
    throw new CrashError('the machine has stopped');
  }

  /** Keeps the files as they are at this moment, before connections close them in order. */
  keepFiles(): void {
    for (const file of FILES) {
      const [source, target] = [join(this.directory, file), join(this.#kept, file)];
      if (existsSync(source)) copyFileSync(source, target);
      else rmSync(target, { force: true });
    }
  }

  /**
   * Closes the files of a process that has ended, and puts new ones in place with what was kept. A connection lives on
   * until its last statement is collected, so the new process must not share files with it.
   */
  release(): void {
    const open = [...this.connections];
    this.connections.clear();
    for (const connection of open) connection.close();
    rmSync(this.directory, { recursive: true });
    mkdirSync(this.directory);
    for (const file of FILES) {
      const source = join(this.#kept, file);
      if (existsSync(source)) copyFileSync(source, join(this.directory, file));
    }
  }

  /** Closes the files of a thread that has ended. */
  releaseOf(life: Life): void {
    for (const connection of this.connections) if (connection.life === life) connection.close();
  }

  /** Removes everything. */
  remove(): void {
    for (const connection of this.connections) connection.close();
    for (const path of [this.directory, this.#kept]) rmSync(path, { recursive: true, force: true });
  }

  /** Lets a part of what the commit appends to the log reach the disk, up to any byte. */
  #tear(run: () => void): void {
    const log = join(this.directory, 'tallyboard.db-wal');
    const before = readFileSync(log);
    this.keepFiles();
    run();
    const after = readFileSync(log);
    let start = 0;
    while (start < before.length && before[start] === after[start]) start += 1;
    const cut = start + this.world.draw(after.length - start + 1);
    writeFileSync(join(this.#kept, 'tallyboard.db-wal'), Buffer.concat([after.subarray(0, cut), before.subarray(cut)]));
  }
}

/** Disks by machine. Threads find theirs by the machine that they run on. */
const disks = new WeakMap<object, Disk>();

export function setDisk(machine: object, disk: Disk): void {
  disks.set(machine, disk);
}

export function findDisk(machine: object): Disk | undefined {
  return disks.get(machine);
}
