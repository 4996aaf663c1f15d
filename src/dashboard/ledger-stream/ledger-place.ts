/** A reader's place in the ledger, and whether the ledger can still be read on from there. */
import { TallyError } from '../../counters/errors.js';
import { toEventId } from '../../http/event-stream.js';
import type { LedgerPosition } from '../../store/past-bounds.js';

/** All entries up to `revision` were sent, and of the next one the first `part.bytes` bytes. */
export interface LedgerPlace {
  readonly revision: number;
  readonly part?: PartialEntry;
}

/** An event that is sent in several pieces. `undoneBy` is kept, so that all pieces are of the same text. */
interface PartialEntry {
  readonly revision: number;
  readonly bytes: number;
  readonly undoneBy: number | undefined;
}

/** Place that a client names. Without an epoch (`?after=`) it is one of the present epoch. */
export interface NamedPlace {
  readonly epoch?: string;
  readonly revision: number;
}

/** The ledger that a place is compared with. */
export interface KeptLedger {
  readonly dashboard: string;
  readonly epoch: string;
  /** The newest revision. */
  readonly revision: number;
  readonly oldestEntry: Pick<LedgerPosition, 'revision'> | undefined;
}

/** Parses an event id. @throws TallyError `invalid-request` */
export function parseEventId(id: string): NamedPlace {
  const [, epoch, revision] = /^([^:]+):(\d{1,16})$/.exec(id) ?? [];
  if (epoch !== undefined && Number.isSafeInteger(Number(revision))) return { epoch, revision: Number(revision) };
  const detail = 'must be the id of an event of this stream: epoch:revision';
  throw new TallyError('invalid-request', `the header Last-Event-ID ${detail}`, {
    errors: [{ header: 'Last-Event-ID', detail }],
  });
}

/** True if every entry after `revision` is kept. */
export function isKept(revision: number, newest: number, { oldestEntry }: Pick<KeptLedger, 'oldestEntry'>): boolean {
  return oldestEntry ? oldestEntry.revision <= revision + 1 : revision >= newest;
}

/**
 * Checks that the ledger can be read on from a place.
 * @throws TallyError `ledger-gone`, which names the oldest entry
 */
export function assertPlaceKept(place: NamedPlace, ledger: KeptLedger): void {
  const { dashboard, epoch, revision } = ledger;
  if (place.epoch !== undefined && place.epoch !== epoch)
    throw createGoneError(`${dashboard} has begun another history since: its epoch is ${epoch}`, ledger);
  if (place.revision > revision)
    throw createGoneError(`${dashboard} has no revision ${place.revision}: its newest is ${revision}`, ledger);
  if (!isKept(place.revision, revision, ledger))
    throw createGoneError(
      `the entries of ${dashboard} after revision ${place.revision} are no longer all kept`,
      ledger,
    );
}

function createGoneError(reason: string, { epoch, revision, oldestEntry }: KeptLedger): TallyError {
  const oldest = oldestEntry?.revision ?? revision + 1;
  const where = oldestEntry ? `the oldest entry is ${toEventId(epoch, oldest)}` : `the next entry will be ${oldest}`;
  return new TallyError('ledger-gone', `${reason}; ${where}`, { oldest: { epoch, revision: oldest } });
}
