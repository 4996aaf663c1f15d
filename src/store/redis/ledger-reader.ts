/** Reads the ledger of a dashboard, in either direction. Entries never change, so several reads are consistent. */
import { createTallyError, createUnknownDashboardRefusal } from '../in-process/decide.js';
import { LedgerCollector, type LedgerRange } from '../in-process/ledger-collector.js';
import type { LedgerMatches, LedgerSearch } from '../ledger-search.js';
import type { LedgerEntry } from '../../counters/ledger-entry.js';
import type { RedisConnection } from './connection.js';
import type { RedisKeys } from './keys.js';
import { decodeLedgerEntry, LEDGER_ENTRIES_PER_READ, type StreamEntry } from './stream-codec.js';

/** Size of a reply that is no burden for the server, bytes. Small entries are read in longer chunks up to it. */
const CHUNK_BYTES = 256 * 1_024;
const MAX_ENTRIES_PER_READ = 512;

export class LedgerReader {
  constructor(
    private readonly connection: RedisConnection,
    private readonly keys: RedisKeys,
  ) {}

  /** As `searchLedger` of the port. */
  async search(dashboard: string, search: LedgerSearch): Promise<LedgerMatches> {
    if (!(await this.connection.reads.exists(this.keys.toDashboardKey(dashboard))))
      throw createTallyError(createUnknownDashboardRefusal(dashboard));
    const collector = new LedgerCollector(search);
    for (let chunkSize = LEDGER_ENTRIES_PER_READ; ;) {
      const count = Math.min(chunkSize, collector.needed);
      const found = await this.#readChunk(dashboard, search.newestFirst ?? false, collector.range, count);
      const isGoingOn = found.every((entry) => collector.add(decodeLedgerEntry(entry), measureEntry(entry)));
      if (!isGoingOn || found.length < count)
        return collector.finish(isGoingOn, await this.#findUndos(dashboard, collector.matches));
      const bytes = found.reduce((sum, entry) => sum + measureEntry(entry), 0);
      const fitting = Math.floor((CHUNK_BYTES * count) / Math.max(1, bytes));
      chunkSize = Math.min(MAX_ENTRIES_PER_READ, Math.max(LEDGER_ENTRIES_PER_READ, fitting));
    }
  }
  async #readChunk(
    dashboard: string,
    newestFirst: boolean,
    { after, before }: LedgerRange,
    count: number,
  ): Promise<StreamEntry[]> {
    const { reads } = this.connection;
    const key = this.keys.toLedgerKey(dashboard);
    const [from, to] = [`(${after}-0`, `(${before}-0`];
    return newestFirst ? reads.xrevrange(key, to, from, 'COUNT', count) : reads.xrange(key, from, to, 'COUNT', count);
  }

  /**
   * Finds the revisions that undid matches. The set of them may have some that undo nothing (lua/undo.lua), so each is
   * held against its own entry.
   */
  async #findUndos(dashboard: string, matches: readonly LedgerEntry[]): Promise<ReadonlyMap<number, number>> {
    const { reads } = this.connection;
    const known = new Map(matches.map((entry) => [entry.revision, entry]));
    const [first = 0, last = 0] = [matches[0]?.revision, matches.at(-1)?.revision].toSorted((a = 0, b = 0) => a - b);
    const listed = matches.length === 0 ? [] : await this.#listUndos(dashboard, first, last);
    const undos = new Map<number, number>();
    const read = async (undo: number): Promise<LedgerEntry | undefined> => {
      const [found] = await reads.xrange(this.keys.toLedgerKey(dashboard), `${undo}-0`, `${undo}-0`);
      return found && decodeLedgerEntry(found);
    };
    const check = async ([undone, undo]: readonly [number, number]): Promise<void> => {
      const entry = known.get(undo) ?? (await read(undo));
      if (entry?.undoes === undone) undos.set(undone, undo);
    };
    await Promise.all(listed.filter(([undone]) => known.has(undone)).map(check));
    return undos;
  }

  /** Lists the set of undone revisions from `first` to `last`, each with the one that undid it. */
  async #listUndos(dashboard: string, first: number, last: number): Promise<[undone: number, undo: number][]> {
    const key = this.keys.toUndoneKey(dashboard);
    const pairs = await this.connection.reads.zrange(key, String(first), String(last), 'BYSCORE', 'WITHSCORES');
    return Array.from({ length: pairs.length / 2 }, (_, index) => [
      Number(pairs[2 * index + 1]),
      Number(pairs[2 * index]),
    ]);
  }
}

/** Returns the size of an entry as it is stored, bytes. */
function measureEntry([, [, , , text = '']]: StreamEntry): number {
  return text.length;
}
