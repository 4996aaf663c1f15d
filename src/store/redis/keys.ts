/** Where everything is in Redis. All that belongs to a dashboard is in one slot: its name in braces is the hash tag. */
import { BUCKETS } from '../store.js';

export class RedisKeys {
  /** All names of dashboards: a sorted set in the order of the alphabet, in a slot of its own. */
  readonly names: string;

  /** @param prefix what all keys begin with, so that several services can share a server */
  constructor(private readonly prefix: string) {
    this.names = `${prefix}:names`;
  }

  /** A dashboard: a hash. And the channel on which its patches are published. */
  dashboard(name: string): string {
    return `${this.prefix}:{${name}}`;
  }

  /** The ledger: a stream whose ids are revisions. */
  ledger(name: string): string {
    return `${this.dashboard(name)}:ledger`;
  }

  /** Idempotency keys: a hash of key to fingerprint, time and reply. */
  remembered(name: string): string {
    return `${this.dashboard(name)}:keys`;
  }

  /** The same keys with their times, in the order of age: a list. */
  ages(name: string): string {
    return `${this.dashboard(name)}:ages`;
  }

  /** The ended buckets of a counter, for one step: a stream whose ids are the starts of the buckets. */
  points(name: string, counter: string, stepMs: number): string {
    return `${this.dashboard(name)}:points:${counter}:${stepMs / 1_000}`;
  }

  /** The keys of the step (redis.lua.ts). */
  step(name: string, instance: string, counters: readonly string[]): string[] {
    const dashboard = this.dashboard(name);
    return [
      dashboard,
      this.remembered(name),
      this.ages(name),
      this.ledger(name),
      `${dashboard}:sent:${instance}`,
      ...counters.flatMap((counter) => BUCKETS.map(({ stepMs }) => this.points(name, counter, stepMs))),
    ];
  }

  /** What an instance writes after it has read a dashboard, so that there is something to wait for. */
  seen(name: string, instance: string): string {
    return `${this.dashboard(name)}:seen:${instance}`;
  }

  /** All that belongs to a dashboard but what was sent to it. */
  all(name: string, counters: Iterable<string>): string[] {
    const points = [...counters].flatMap((counter) => BUCKETS.map(({ stepMs }) => this.points(name, counter, stepMs)));
    return [this.dashboard(name), this.remembered(name), this.ages(name), this.ledger(name), ...points];
  }

  /** Where one of them is while the dashboard is being imported. */
  staged(name: string, key: string): string {
    const dashboard = this.dashboard(name);
    return `${dashboard}:import${key.slice(dashboard.length)}`;
  }
}
