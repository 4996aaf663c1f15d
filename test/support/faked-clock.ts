/**
 * A wall clock that a test can step while programs run. Those that are started with its environment read it through
 * libfaketime; their monotonic clocks are the real ones.
 */
import { existsSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTempDirectory } from './temp-directory.js';

/** Returns the path of libfaketime. @throws Error with installation instructions if there is none */
function findLibrary(): string {
  const files = readdirSync('/usr/lib').map((name) => join('/usr/lib', name, 'faketime/libfaketime.so.1'));
  const library = ['/usr/lib/faketime/libfaketime.so.1', ...files].find((file) => existsSync(file));
  if (library === undefined) throw new Error('libfaketime not found: apt-get install faketime');
  return library;
}

export class FakedClock {
  /** Variables of the programs that read this clock. */
  readonly env: Readonly<Record<string, string>>;
  /** Variables of a Redis server that reads this clock. */
  readonly redisEnv: Readonly<Record<string, string>>;
  readonly #file = join(createTempDirectory(), 'offset');
  #offsetMs = 0;

  constructor() {
    this.setOffset(0);
    this.env = {
      LD_PRELOAD: findLibrary(),
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
    // jemalloc reads the time in its first allocation, which libfaketime makes before it is ready. The allocator of
    // glibc takes its place.
    this.redisEnv = { ...this.env, LD_PRELOAD: `libc_malloc_debug.so.0 ${this.env['LD_PRELOAD']}` };
  }

  /** Offset to the real time, milliseconds. */
  get offsetMs(): number {
    return this.#offsetMs;
  }

  /** Time on this clock, milliseconds since the Unix epoch. */
  now(): number {
    return Date.now() + this.#offsetMs;
  }

  /** Steps the clock. @param offsetMs whole seconds, in milliseconds, from the real time */
  setOffset(offsetMs: number): void {
    this.#offsetMs = offsetMs;
    const seconds = offsetMs / 1_000;
    // Programs read the file at any moment.
    writeFileSync(`${this.#file}.new`, `${seconds < 0 ? '' : '+'}${seconds}\n`);
    renameSync(`${this.#file}.new`, this.#file);
  }
}
