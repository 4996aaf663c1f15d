/** Names of the keys in Redis. All keys of a dashboard share a slot: its name in braces is the hash tag. */
import { ROWS } from '../store.js';

export class RedisKeys {
  /** The index of dashboard names: a sorted set. It has no hash tag, so its slot does not depend on any dashboard. */
  readonly namesKey: string;

  /** The number of the data form. Its hash tag gives it the slot of `namesKey`, so that one script can read both. */
  readonly formKey: string;

  /** The index of dashboards that have, or had, documents: a sorted set. */
  readonly documentedKey: string;

  /** The time of day that instances believed last. In the slot of `formKey`. */
  readonly timeKey: string;

  /** Mark of a move to another data form, and the lock of the instance that moves. In the slot of `formKey`. */
  readonly movingKey: string;
  readonly moveLockKey: string;

  /**
   * @param prefix prefix of all keys; with different prefixes several services share a server
   * @param database number of the database
   */
  constructor(
    readonly prefix: string,
    private readonly database = 0,
  ) {
    this.namesKey = `${prefix}:names`;
    this.formKey = `${prefix}:form:{${this.namesKey}}`;
    this.movingKey = `${prefix}:moving:{${this.namesKey}}`;
    this.timeKey = `${prefix}:time:{${this.namesKey}}`;
    this.documentedKey = `${prefix}:documented:{${this.namesKey}}`;
    this.moveLockKey = `${prefix}:move-lock:{${this.namesKey}}`;
  }

  /** The hash of a dashboard. */
  toDashboardKey(name: string): string {
    return `${this.prefix}:{${name}}`;
  }

  /** The channel of a dashboard's patches. Databases of a server share their channels, so the name has the number. */
  toChannel(name: string): string {
    return `${this.toDashboardKey(name)}:patches:${this.database}`;
  }

  /** The ledger: a stream; ids are revisions. */
  toLedgerKey(name: string): string {
    return `${this.toDashboardKey(name)}:ledger`;
  }

  /** Idempotency keys: a hash from `owner NUL key` (owned-key.ts) to `fingerprint time end reply`. */
  toIdempotencyHashKey(name: string): string {
    return `${this.toDashboardKey(name)}:keys`;
  }

  /** The same keys by their end: a sorted set of the fields of the hash. */
  toIdempotencyExpiryKey(name: string): string {
    return `${this.toDashboardKey(name)}:expiry`;
  }

  /** The documents: a hash from names to values, and the version. */
  toDocumentsKey(name: string): string {
    return `${this.toDashboardKey(name)}:documents`;
  }

  /** The names of the documents: a sorted set, for their order. */
  toDocumentNamesKey(name: string): string {
    return `${this.toDashboardKey(name)}:document-names`;
  }

  /** What undid entries of the ledger: a sorted set of the revisions that did, by the revision that each undid. */
  toUndoneKey(name: string): string {
    return `${this.toDashboardKey(name)}:undone`;
  }

  /** The ended buckets of a counter for one kind of rows: a stream; ids are the start times. */
  toPointsKey(name: string, counter: string, stepMs: number): string {
    return `${this.toDashboardKey(name)}:points:${counter}:${stepMs / 1_000}`;
  }

  /** The keys of a call of `lua/change.lua`, in its order. */
  toScriptKeys(name: string, instance: string, counters: readonly string[]): string[] {
    const dashboard = this.toDashboardKey(name);
    return [
      dashboard,
      this.toIdempotencyHashKey(name),
      this.toIdempotencyExpiryKey(name),
      this.toLedgerKey(name),
      this.toUndoneKey(name),
      `${dashboard}:sent:${instance}`,
      ...counters.flatMap((counter) => ROWS.map(({ stepMs }) => this.toPointsKey(name, counter, stepMs))),
    ];
  }

  /** The keys of a call of `lua/move-dashboard.lua`, in its order. */
  toMoveKeys(name: string, counters: readonly string[]): string[] {
    const [dashboard, replies, expiry, ledger, _undone, ...points] = this.listDashboardKeys(name, counters);
    const ages = `${this.toDashboardKey(name)}:ages`;
    return [dashboard ?? '', replies ?? '', expiry ?? '', ages, ledger ?? '', ...points];
  }

  /** A key that an instance writes after a read, so that there is a write that WAIT can confirm. */
  toConfirmationKey(name: string, instance: string): string {
    return `${this.toDashboardKey(name)}:seen:${instance}`;
  }

  /** Every key of a dashboard, except those that single instances write. */
  listDashboardKeys(name: string, counters: Iterable<string>): string[] {
    const points = [...counters].flatMap((counter) =>
      ROWS.map(({ stepMs }) => this.toPointsKey(name, counter, stepMs)),
    );
    return [
      this.toDashboardKey(name),
      this.toIdempotencyHashKey(name),
      this.toIdempotencyExpiryKey(name),
      this.toLedgerKey(name),
      this.toUndoneKey(name),
      ...points,
    ];
  }

  /** The staged counterpart of a key of a dashboard during an import. */
  toStagedKey(name: string, key: string): string {
    const dashboard = this.toDashboardKey(name);
    return `${dashboard}:import${key.slice(dashboard.length)}`;
  }
}
