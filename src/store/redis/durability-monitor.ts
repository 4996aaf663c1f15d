/** Asks Redis what an acknowledgement means there: after every connection and then now and again. Logs it when it changes. */
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
    const acknowledged = 'not known: Redis has not been reached yet';
    this.#latest = { acknowledged, survives: 'unknown', waitReplicas, waitAof, warnings: [] };
  }

  /** As it was when Redis was last asked. */
  get latest(): Durability {
    return this.#latest;
  }

  /** Asks, and says what is new. Never throws: who does not answer is asked again. */
  async refresh(client: RedisClient): Promise<void> {
    if (this.#isRefreshing) return;
    this.#isRefreshing = true;
    try {
      this.#latest = describeDurability(await readPersistenceSettings(client), this.requirements);
      this.#logIfChanged();
    } catch {
      // The connection is lost: it is asked after the next one.
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
