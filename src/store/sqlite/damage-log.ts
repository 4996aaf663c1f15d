/** Counts and logs the damage that was found in the database file, each finding once. */
import type { Logger } from '@nestjs/common';

/** Findings that are logged; further ones are only counted. */
const MAX_LOGGED_FINDINGS = 100;
/** Findings that are told apart. Bounds the memory; the count stops there. */
const MAX_KNOWN_FINDINGS = 10_000;

export class DamageLog {
  readonly #known = new Set<string>();

  constructor(private readonly logger: Logger) {}

  /** Number of different findings, up to 10,000. */
  get findings(): number {
    return this.#known.size;
  }

  /** @param finding describes a damaged place. Logged the first time */
  record(finding: string): void {
    if (this.#known.has(finding) || this.#known.size >= MAX_KNOWN_FINDINGS) return;
    this.#known.add(finding);
    const excess = this.#known.size - MAX_LOGGED_FINDINGS;
    if (excess <= 0)
      this.logger.error(`${finding}: restore a backup, or stop the service and run \`tallyboard repair\``);
    if (excess === 0) this.logger.error(`${MAX_LOGGED_FINDINGS} damaged places found: further ones are only counted`);
  }
}
