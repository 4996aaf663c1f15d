/** Where everything is in Redis. All that belongs to a dashboard is in one slot: its name in braces is the hash tag. */
import { BUCKETS } from '../store.js';

export class RedisKeys {
  /** All names of dashboards: a sorted set in the order of the alphabet, in a slot of its own. */
  readonly namesKey: string;

  /** @param prefix what all keys begin with, so that several services can share a server */
  constructor(private readonly prefix: string) {
    this.namesKey = `${prefix}:names`;
  }

  /** A dashboard: a hash. And the channel on which its patches are published. */
  toDashboardKey(name: string): string {
    return `${this.prefix}:{${name}}`;
  }

  /** The ledger: a stream whose ids are revisions. */
  toLedgerKey(name: string): string {
    return `${this.toDashboardKey(name)}:ledger`;
  }

  /** Idempotency keys: a hash of key to fingerprint, time and reply. */
  toIdempotencyHashKey(name: string): string {
    return `${this.toDashboardKey(name)}:keys`;
  }

  /** The same keys with their times, in the order of age: a list. */
  toIdempotencyAgesKey(name: string): string {
    return `${this.toDashboardKey(name)}:ages`;
  }

  /** The ended buckets of a counter, for one step: a stream whose ids are the starts of the buckets. */
  toPointsKey(name: string, counter: string, stepMs: number): string {
    return `${this.toDashboardKey(name)}:points:${counter}:${stepMs / 1_000}`;
  }

  /** The keys of `lua/change.lua`. */
  toScriptKeys(name: string, instance: string, counters: readonly string[]): string[] {
    const dashboard = this.toDashboardKey(name);
    return [
      dashboard,
      this.toIdempotencyHashKey(name),
      this.toIdempotencyAgesKey(name),
      this.toLedgerKey(name),
      `${dashboard}:sent:${instance}`,
      ...counters.flatMap((counter) => BUCKETS.map(({ stepMs }) => this.toPointsKey(name, counter, stepMs))),
    ];
  }

  /** What an instance writes after it has read a dashboard, so that there is something to wait for. */
  toConfirmationKey(name: string, instance: string): string {
    return `${this.toDashboardKey(name)}:seen:${instance}`;
  }

  /** All that belongs to a dashboard but what was sent to it. */
  listDashboardKeys(name: string, counters: Iterable<string>): string[] {
    const points = [...counters].flatMap((counter) =>
      BUCKETS.map(({ stepMs }) => this.toPointsKey(name, counter, stepMs)),
    );
    return [
      this.toDashboardKey(name),
      this.toIdempotencyHashKey(name),
      this.toIdempotencyAgesKey(name),
      this.toLedgerKey(name),
      ...points,
    ];
  }

  /** Where one of them is while the dashboard is being imported. */
  toStagedKey(name: string, key: string): string {
    const dashboard = this.toDashboardKey(name);
    return `${dashboard}:import${key.slice(dashboard.length)}`;
  }
}
