/** The hooks that hold now. The files are looked at once a second, and read again when one has changed. */
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Config } from '../config/config.js';
import { TallyError } from '../counters/errors.js';
import type { Hook } from './hook.js';
import { type LoadedHooks, loadHooks, readFileVersions } from './hooks-file.js';

const CHECK_INTERVAL_MS = 1_000;

@Injectable()
export class HookRegistry implements OnModuleInit, OnApplicationShutdown {
  readonly #logger = new Logger('Hooks');
  #hooks: ReadonlyMap<string, Hook> = new Map();
  #isFaulty = false;
  #paths: readonly string[] = [];
  #versions = '';
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(private readonly config: Config) {}

  /** Names of the hooks, in the order of the file. */
  get names(): readonly string[] {
    return [...this.#hooks.keys()];
  }

  /** True if the file has been changed to one that is faulty: the hooks are those of the file before. */
  get isFaulty(): boolean {
    return this.#isFaulty;
  }

  /** @throws TallyError `unknown-hook`, without similar names: strangers need not know them */
  get(name: string): Hook {
    const hook = this.#hooks.get(name);
    if (!hook) throw new TallyError('unknown-hook', 'HOOKS_FILE has no hook of this name');
    return hook;
  }

  /** @throws Error that names each fault of the file */
  async onModuleInit(): Promise<void> {
    if (this.config.HOOKS_FILE === '') return;
    this.#paths = [this.config.HOOKS_FILE];
    const faults = await this.#load();
    if (faults.length > 0) throw new Error(`HOOKS_FILE=${this.config.HOOKS_FILE}: ${faults.join('; ')}`);
    this.#scheduleCheck();
  }

  onApplicationShutdown(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  /** Each check starts after the one before has ended: a file system can be slow. */
  #scheduleCheck(): void {
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => void this.#check().finally(() => this.#scheduleCheck()), CHECK_INTERVAL_MS).unref();
  }

  async #check(): Promise<void> {
    if ((await readFileVersions(this.#paths)) === this.#versions) return;
    const faults = await this.#load();
    this.#isFaulty = faults.length > 0;
    if (faults.length === 0) this.#logger.log(`HOOKS_FILE has been read again: hooks ${this.names.join(', ')}`);
    else
      this.#logger.error(
        `HOOKS_FILE=${this.config.HOOKS_FILE} has changed and is refused, and the hooks stay as they were: ${faults.join('; ')}`,
      );
  }

  /** @returns the faults. The hooks stay as they are if there are any */
  async #load(): Promise<readonly string[]> {
    let loaded: LoadedHooks;
    let isComplete: boolean;
    do {
      // Before the files are read, so that a change in between shows at the next check. That takes a second round if
      // the file names others than before.
      this.#versions = await readFileVersions(this.#paths);
      loaded = await loadHooks(this.config.HOOKS_FILE);
      isComplete = loaded.paths.join('\n') === this.#paths.join('\n');
      this.#paths = loaded.paths;
    } while (!isComplete);
    if (loaded.faults.length === 0) this.#hooks = loaded.hooks;
    return loaded.faults;
  }
}
