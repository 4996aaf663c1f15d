/**
 * Repairs the ledger of a dashboard: leaves out entries that cannot be decoded, settles the last revision, and puts an
 * entry without changes in the place of each lost one, since revisions follow each other.
 */
import type { LedgerEntry } from '../../../counters/ledger-entry.js';
import type { Database } from '../database.js';
import { LEDGER_COLUMNS, type LedgerRow, parseLedgerRow } from '../row-types.js';
import { isDamage } from '../text-decoder.js';
import type { RepairLog } from './repair-log.js';

/** Lost entries in one place that are replaced at most. Beyond it, the entries before the place are left out. */
const MAX_REPLACED_ENTRIES = 1_000_000;

/** State of a counter after the ledger was replayed. */
export interface ReplayedCounter {
  value: bigint;
  /** Undefined unless the ledger has every change of the counter. */
  totals: { added: bigint; removed: bigint } | undefined;
}

export interface RepairedLedger {
  readonly revision: number;
  /** Time of the last entry, milliseconds since the Unix epoch. Undefined if the ledger is empty. */
  readonly at: number | undefined;
  /** Counters whose value follows from the ledger. */
  readonly counters: ReadonlyMap<string, ReplayedCounter>;
}

interface LedgerOwner {
  readonly id: number;
  readonly name: string;
  /** As the row of the dashboard has them. */
  readonly revision: number | undefined;
  readonly at: number | undefined;
}

export class LedgerRepair {
  constructor(
    private readonly database: Database.Database,
    private readonly log: RepairLog,
  ) {}

  /**
   * @param isDamaged true if pages of the ledger could not be read, so that its end may be lost
   * @param lastKeyRevision the last revision that an idempotency key knows
   */
  repair(owner: LedgerOwner, isDamaged: boolean, lastKeyRevision: number | undefined): RepairedLedger {
    const { id, name } = owner;
    this.#correctLastRevision(owner);
    const replay = new LedgerReplay();
    const gaps: { from: number; to: number; at: number }[] = [];
    const unreadable: number[] = [];
    let first: number | undefined;
    let last: { readonly revision: number; readonly at: number } | undefined;
    const select = this.database.prepare(
      `SELECT ${LEDGER_COLUMNS} FROM ledger WHERE dashboard = ? ORDER BY ledger.revision`,
    );
    for (const row of select.iterate(id) as Iterable<LedgerRow>) {
      const entry = this.#parse(name, row);
      if (!entry) {
        unreadable.push(row.revision ?? 0);
        continue;
      }
      if (last && entry.revision !== last.revision + 1) {
        gaps.push({ from: last.revision + 1, to: entry.revision - 1, at: last.at });
        replay.clear();
      } else if (!last && entry.revision > 1) replay.clear();
      replay.add(entry);
      first ??= entry.revision;
      last = entry;
    }
    for (const revision of unreadable)
      this.database.prepare('DELETE FROM ledger WHERE dashboard = ? AND revision = ?').run(id, revision);
    const revision = this.#settleRevision(owner, last?.revision, isDamaged || unreadable.length > 0, lastKeyRevision);
    if (isDamaged && (first ?? revision + 1) > 1)
      this.log.recordLoss(
        `revisions up to ${(first ?? revision + 1) - 1} in the ledger of dashboard ${name}, unless they expired`,
      );
    const isEndLost = last !== undefined && revision > last.revision;
    const endAt = last && isEndLost ? Math.max(last.at, owner.at ?? 0) : last?.at;
    if (last && endAt !== undefined && isEndLost) gaps.push({ from: last.revision + 1, to: revision, at: endAt });
    for (const gap of gaps) this.#fill(owner, gap);
    return { revision, at: endAt, counters: isEndLost ? new Map() : replay.counters };
  }

  #parse(name: string, row: LedgerRow): LedgerEntry | undefined {
    try {
      return parseLedgerRow(name, row);
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.log.recordLoss(error.message);
      return undefined;
    }
  }

  /** Moves the last entry back to its place if a bit of its revision has changed: the row of the dashboard tells. */
  #correctLastRevision({ id, name, revision }: LedgerOwner): void {
    const select = this.database.prepare(
      'SELECT revision FROM ledger WHERE dashboard = ? ORDER BY revision DESC LIMIT 2',
    );
    const [last, before] = (select.all(id) as { revision: number }[]).map((row) => row.revision);
    if (last === undefined || before === undefined || revision === undefined) return;
    if (last === revision || before + 1 !== revision) return;
    this.database
      .prepare('UPDATE ledger SET revision = ? WHERE dashboard = ? AND revision = ?')
      .run(revision, id, last);
    this.log.recordRepair(`revision ${revision} in the ledger of dashboard ${name} was numbered ${last}`);
  }

  #settleRevision(
    { name, revision }: LedgerOwner,
    last: number | undefined,
    isDamaged: boolean,
    lastKeyRevision = 0,
  ): number {
    if (last === undefined) {
      const settled = revision ?? lastKeyRevision;
      if (revision === undefined)
        this.log.recordLoss(
          `the revision of dashboard ${name}, which is ${settled} now: no entry of its ledger is left`,
        );
      return settled;
    }
    const isEnd = (end: number): boolean => end > last && end - last <= MAX_REPLACED_ENTRIES;
    const ends = [revision ?? 0, lastKeyRevision].filter((end) => isDamaged && isEnd(end));
    const settled = Math.max(last, ...ends);
    if (settled !== revision)
      this.log.recordRepair(
        `the revision of dashboard ${name} is ${settled}: its row has ${revision ?? 'none'}, its ledger ends with ${last}`,
      );
    return settled;
  }

  #fill({ id, name }: LedgerOwner, { from, to, at }: { from: number; to: number; at: number }): void {
    const range = from === to ? `revision ${from}` : `revisions ${from} to ${to}`;
    if (to - from >= MAX_REPLACED_ENTRIES) {
      this.database.prepare('DELETE FROM ledger WHERE dashboard = ? AND revision < ?').run(id, from);
      this.log.recordLoss(`revisions up to ${to} in the ledger of dashboard ${name}`);
      return;
    }
    this.log.recordLoss(
      `${range} in the ledger of dashboard ${name}: an entry without changes takes the place of each`,
    );
    this.database
      .prepare(
        `WITH RECURSIVE lost (revision) AS (VALUES (?2) UNION ALL SELECT revision + 1 FROM lost WHERE revision < ?3)
         INSERT INTO ledger (dashboard, revision, at, changes, reason, who)
         SELECT ?1, revision, ?4, '[]', 'lost', 'tallyboard repair' FROM lost`,
      )
      .run(id, from, to, at);
  }
}

/** Replays changes. Without the first entries, only values after a recount are known, and no totals. */
class LedgerReplay {
  readonly counters = new Map<string, ReplayedCounter>();
  #isComplete = true;

  clear(): void {
    this.counters.clear();
    this.#isComplete = false;
  }

  add({ changes, reason }: LedgerEntry): void {
    for (const change of changes) {
      // The booking of a removal. A counter that is defined again starts at 0.
      if ('to' in change && change.to === 0 && reason === 'deleted') {
        this.counters.delete(change.counter);
        continue;
      }
      const counter = this.counters.get(change.counter) ?? this.#create(change);
      if (!counter) continue;
      const by = 'by' in change ? BigInt(change.by) : BigInt(change.to) - counter.value;
      counter.value += by;
      if (counter.totals && by > 0n) counter.totals.added += by;
      if (counter.totals && by < 0n) counter.totals.removed -= by;
    }
  }

  #create(change: LedgerEntry['changes'][number]): ReplayedCounter | undefined {
    const isKnown = this.#isComplete || 'to' in change;
    if (!isKnown) return undefined;
    const counter = { value: 0n, totals: this.#isComplete ? { added: 0n, removed: 0n } : undefined };
    this.counters.set(change.counter, counter);
    return counter;
  }
}
