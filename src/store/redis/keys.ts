/** Names of the keys in Redis. All keys of a dashboard share a slot: its name in braces is the hash tag. */
import { BUCKETS } from '../store.js';

export class RedisKeys {
  /** The index of dashboard names: a sorted set. It has no hash tag, so its slot does not depend on any dashboard. */
  readonly namesKey: string;

  /** @param prefix prefix of all keys; with different prefixes several services share a server */
  constructor(readonly prefix: string) {
    this.namesKey = `${prefix}:names`;
  }

  /** The hash of a dashboard. */
  toDashboardKey(name: string): string {
    return `${this.prefix}:{${name}}`;
  }

  /** The channel of a dashboard's patches. */
  toChannel(name: string): string {
    return this.toDashboardKey(name);
  }

  /** The ledger: a stream; ids are revisions. */
  toLedgerKey(name: string): string {
    return `${this.toDashboardKey(name)}:ledger`;
  }

  /** Idempotency keys: a hash from key to `fingerprint time reply`. */
  toIdempotencyHashKey(name: string): string {
    return `${this.toDashboardKey(name)}:keys`;
  }

  /** The same keys in order of age: a list of `time key`. */
  toIdempotencyAgesKey(name: string): string {
    return `${this.toDashboardKey(name)}:ages`;
  }

  /** The ended buckets of a counter for one step: a stream; ids are the start times. */
  toPointsKey(name: string, counter: string, stepMs: number): string {
    return `${this.toDashboardKey(name)}:points:${counter}:${stepMs / 1_000}`;
  }

  /** The keys of a call of `lua/change.lua`, in its order. */
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

  /** A key that an instance writes after a read, so that there is a write that WAIT can confirm. */
  toConfirmationKey(name: string, instance: string): string {
    return `${this.toDashboardKey(name)}:seen:${instance}`;
  }

  /** Every key of a dashboard, except those that single instances write. */
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

  /** The staged counterpart of a key of a dashboard during an import. */
  toStagedKey(name: string, key: string): string {
    const dashboard = this.toDashboardKey(name);
    return `${dashboard}:import${key.slice(dashboard.length)}`;
  }
}
