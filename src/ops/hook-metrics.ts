/** Metrics of hooks: events by outcome, and whether HOOKS_FILE is in use as it is. */
import type { HookRegistry } from '../hooks/hook-registry.js';
import { HOOK_OUTCOMES, type HookEventHandled } from '../telemetry/events.js';
import { type MetricDefinition, type MetricSample, toSample } from './metric-definition.js';

export class HookStats {
  /** Events by hook, then by outcome. */
  readonly #counts = new Map<string, Map<string, number>>();

  record({ hook, outcome }: HookEventHandled): void {
    let counts = this.#counts.get(hook);
    if (!counts) this.#counts.set(hook, (counts = new Map()));
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  }

  /** Every outcome of a hook starts at 0: Prometheus misses the first increase of a series that begins at 1. */
  read(hooks: readonly string[]): MetricSample[] {
    return [...new Set([...hooks, ...this.#counts.keys()])].flatMap((hook) =>
      HOOK_OUTCOMES.map((outcome) => ({
        value: this.#counts.get(hook)?.get(outcome) ?? 0,
        labels: { hook, outcome },
      })),
    );
  }
}

export function createHookMetrics(stats: HookStats, registry: HookRegistry): readonly MetricDefinition[] {
  return [
    {
      name: 'tallyboard_hook_events_total',
      type: 'counter',
      help: 'Requests to hooks by outcome: counted, replayed (a redelivery), ignored (no rule matches), refused (by the minimum, the limit, or an amount that is none), unauthorized (signature), invalid (body), unavailable (store, or a missing dashboard or counter).',
      read: () => stats.read(registry.names),
    },
    {
      name: 'tallyboard_hooks_file_refused',
      type: 'gauge',
      help: '1 if HOOKS_FILE has changed to one that is faulty, so that the hooks are those of before, else 0.',
      read: () => toSample(Number(registry.isFaulty)),
    },
  ];
}
