/** How the embedded store fares: said once when changes are refused, once when they are committed again, and to those who watch. */
import type { Logger } from '@nestjs/common';
import type { Heard } from '../store-events.js';
import { messageOf } from '../store-open.error.js';

export class SqliteHealth {
  #failing = false;
  #lost = false;
  #isBehind = false;

  /** @param tell is told whether what is shown may be behind */
  constructor(
    private readonly logger: Logger,
    private readonly tell: (heard: Heard) => void,
  ) {}

  /** Whether the last commit failed. */
  get isFailing(): boolean {
    return this.#failing;
  }

  /** Whether the thread was lost, and the file is not read again yet. */
  get isLost(): boolean {
    return this.#lost;
  }

  /** Takes note of how a commit went. */
  note(failure?: unknown): void {
    if (failure === undefined && this.#failing) this.logger.log('changes are committed again');
    if (failure !== undefined && !this.#failing) this.logger.error(`changes are refused: ${messageOf(failure)}`);
    this.#failing = failure !== undefined;
    this.#tellIfNew();
  }

  noteLost(): void {
    this.#lost = true;
    this.#tellIfNew();
  }

  /** The file was opened and read again: it takes changes, until one of them shows otherwise. */
  noteFound(): void {
    this.#lost = false;
    this.note();
  }

  #tellIfNew(): void {
    const isBehind = this.#failing || this.#lost;
    if (isBehind === this.#isBehind) return;
    this.#isBehind = isBehind;
    this.tell({ kind: 'behind', ...(isBehind && { sinceMs: Date.now() }) });
  }
}
