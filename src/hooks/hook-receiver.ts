/** Receives events of providers: reads, verifies and books each, once, and publishes what became of it. */
import type { IncomingMessage } from 'node:http';
import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { Config } from '../config/config.js';
import type { Change } from '../counters/counters.js';
import { TallyError } from '../counters/errors.js';
import { DashboardService } from '../dashboard/dashboard.service.js';
import { events, type HookEventHandled } from '../telemetry/events.js';
import { BodyBudget, MAX_HELD_BYTES } from './body-budget.js';
import { toHookOwner } from './event-key.js';
import type { Hook } from './hook.js';
import { readRawBody } from './raw-body.js';
import { assertJson, type ReceivedEvent, verifyEvent } from './received-event.js';

/** Outcomes that are answered with 200. */
export type HookOutcome = 'counted' | 'replayed' | 'ignored' | 'refused';

/** Body of an answer. */
export interface HookAnswer {
  readonly outcome: HookOutcome;
}

@Injectable()
export class HookReceiver {
  readonly #logger = new Logger('Hooks');
  readonly #budget = new BodyBudget(MAX_HELD_BYTES);
  /** Hooks whose dashboard or counter does not exist, with the line that was logged last. */
  readonly #missingTargets = new Map<string, string>();

  constructor(
    private readonly dashboards: DashboardService,
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  /**
   * Handles a request. Its event is durable when this resolves with `counted`.
   * @throws TallyError `signature-invalid`, `invalid-request`, `body-too-large`, `unsupported-media-type`,
   *   `request-timeout`, `hook-target-missing`, `overloaded`, `store-unavailable`, `data-damaged`
   */
  async receive(hook: Hook, request: IncomingMessage): Promise<HookOutcome> {
    try {
      const { key, result } = await this.#verify(hook, request);
      if (result.kind !== 'changes')
        return publish({ hook: hook.name, key, outcome: result.kind, ...pickDetail(result) });
      return await this.#book(hook, key, result.changes);
    } catch (error) {
      publish({ hook: hook.name, outcome: classify(error) });
      throw error;
    }
  }

  /** Holds the body only until the event has been read. */
  async #verify(hook: Hook, request: IncomingMessage): Promise<ReceivedEvent> {
    assertJson(hook, request.headers);
    const { maxBytes } = hook;
    const timeoutMs = this.config.BODY_TIMEOUT_MS;
    const { bytes, release } = await readRawBody(request, { maxBytes, timeoutMs, budget: this.#budget });
    try {
      return verifyEvent(hook, { headers: request.headers, body: bytes }, this.clock.now());
    } finally {
      release();
    }
  }

  async #book({ name, dashboard }: Hook, key: string, changes: readonly Change[]): Promise<HookOutcome> {
    const owner = toHookOwner(name);
    const keyTtlMs = this.config.HOOK_KEY_TTL_S * 1_000;
    try {
      const changeSet = { dashboard, changes, key, owner, keyTtlMs, keyDecides: true, who: owner };
      const { replayed } = await this.dashboards.apply(changeSet);
      this.#missingTargets.delete(name);
      return publish({ hook: name, key, outcome: replayed ? 'replayed' : 'counted' });
    } catch (error) {
      if (!(error instanceof TallyError)) throw error;
      const { code, message, definition } = error;
      if (code === 'unknown-dashboard' || code === 'unknown-counter') throw this.#reportMissing(name, message);
      if (definition.status >= 500) throw error;
      return publish({ hook: name, key, outcome: 'refused', detail: message });
    }
  }

  /** Logs once. The provider delivers again once the dashboard or the counter has been made. */
  #reportMissing(hook: string, detail: string): TallyError {
    if (this.#missingTargets.get(hook) !== detail) {
      this.#missingTargets.set(hook, detail);
      this.#logger.error(`hook ${hook} cannot count: ${detail}. Its provider gets 503 and delivers again`);
    }
    return new TallyError('hook-target-missing', detail);
  }
}

function pickDetail(result: ReceivedEvent['result']): Pick<HookEventHandled, 'detail'> {
  return result.kind === 'refused' ? { detail: result.detail } : {};
}

function publish<T extends HookEventHandled>(handled: T): T['outcome'] {
  if (events.hookEventHandled.hasSubscribers) events.hookEventHandled.publish(handled);
  return handled.outcome;
}

function classify(error: unknown): HookEventHandled['outcome'] {
  if (!(error instanceof TallyError)) return 'unavailable';
  if (error.code === 'signature-invalid') return 'unauthorized';
  return error.definition.status >= 500 ? 'unavailable' : 'invalid';
}
