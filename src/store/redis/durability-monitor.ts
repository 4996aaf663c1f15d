/**
 * Reads how durable acknowledged changes are on the connected Redis, and logs it at the start and whenever it changes.
 */
import { Logger } from '@nestjs/common';
import type { Durability } from '../durability.js';
import type { RedisClient } from './client-factory.js';
import { type AcknowledgementRequirements, describeDurability } from './durability-report.js';
import { readPersistenceSettings } from './persistence-settings.js';

export class DurabilityMonitor {
  readonly #logger = new Logger(DurabilityMonitor.name);
  #isRefreshing = false;
  #latest: Durability;
  #logged = '';

  constructor(private readonly requirements: AcknowledgementRequirements) {
    const { waitReplicas, waitAof } = requirements;
    const acknowledged = 'unknown: Redis has not been reached yet';
    this.#latest = { acknowledged, survives: 'unknown', waitReplicas, waitAof, warnings: [] };
  }

  /** Result of the last refresh. */
  get latest(): Durability {
    return this.#latest;
  }

  /** Reads the settings again. Never throws: a failed refresh is repeated after the next connection or ping. */
  async refresh(client: RedisClient): Promise<void> {
    if (this.#isRefreshing) return;
    this.#isRefreshing = true;
    try {
      this.#latest = describeDurability(await readPersistenceSettings(client), this.requirements);
      this.#logIfChanged();
    } catch {
      // The connection is lost; the next one triggers a refresh.
    } finally {
      this.#isRefreshing = false;
    }
  }

  #logIfChanged(): void {
    const { acknowledged, warnings } = this.#latest;
    const text = JSON.stringify([acknowledged, warnings]);
    if (text === this.#logged) return;
    this.#logged = text;
    this.#logger.log(`an acknowledged change is ${acknowledged}`);
    for (const warning of warnings) this.#logger.warn(warning);
  }
}
