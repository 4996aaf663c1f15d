/**
 * Encodes replies as JSON: for the other thread, and for the `keys.reply` column. Compact, because every change has
 * one.
 */
import { type ChangeSet, type FreshOutcome, NAME_PATTERN, type Outcome, type Total } from '../../counters/counters.js';
import { ERROR_CATALOG } from '../../counters/error-catalog.js';
import type { Reply, StoredReply } from '../in-process/decide.js';
import { EVERYBODY, type OwnedKey } from '../owned-key.js';
import type { KeyRow } from './row-types.js';
import { decodeInteger, decodeJson, decodeLossily, decodeRow, decodeText } from './text-decoder.js';

const FINGERPRINT_PATTERN = /^[\w-]{1,64}$/;

/** An outcome in the `keys.reply` column. Its dashboard is in the row already. */
type OutcomeTuple = readonly [revision: number, at: number, counters: Outcome['counters']];
/**
 * Totals in the order of the counters: decimal text beyond the safe integers, null for a gauge. Without names they are
 * half as long as in an object.
 */
type EncodedTotals = readonly (number | string | null)[];
/** A new outcome on its way to the other thread. A replayed one is sent as an {@link OutcomeTuple}. */
type FreshOutcomeTuple = readonly [...OutcomeTuple, added: EncodedTotals, removed: EncodedTotals];
type RefusedReply = Extract<Reply, { readonly outcome?: undefined }>;

/** An outcome becomes an array; a refusal stays an object. */
export function encodeReplyColumn(reply: Reply<Outcome>): string {
  return JSON.stringify(reply.outcome ? toOutcomeTuple(reply.outcome) : reply);
}

/** @throws TallyError `data-damaged` that names the key */
export function parseKeyRow(dashboard: string, row: KeyRow): StoredReply & OwnedKey {
  return decodeRow(
    () => `key ${JSON.stringify(decodeLossily(row.key))} of dashboard ${dashboard}`,
    () => {
      const reply = decodeJson('reply', row.reply, isStoredReply);
      return {
        ...parseOwnedKey(row),
        at: decodeInteger('at', row.at),
        keepUntil: decodeInteger('keep_until', row.keepUntil),
        fingerprint: decodeText('fingerprint', row.fingerprint, FINGERPRINT_PATTERN),
        reply: isTuple(reply) ? toOutcomeReply(dashboard, reply) : reply,
      };
    },
  );
}

/** Parses key and owner alone. @throws DecodeError if they cannot be decoded; rows that a look-up has found can */
export function parseOwnedKey(row: Pick<KeyRow, 'key' | 'owner'>): OwnedKey {
  const [key, owner] = [decodeText('key', row.key), decodeText('owner', row.owner)];
  return owner === EVERYBODY ? { key } : { key, owner };
}

function toOutcomeReply(dashboard: string, [revision, at, counters]: OutcomeTuple): Reply<Outcome> {
  return { outcome: { dashboard, revision, at, counters, replayed: false } };
}

/** A tuple, a refusal or, in older files, a complete outcome. */
function isStoredReply(value: unknown): value is OutcomeTuple | Reply<Outcome> {
  if (Array.isArray(value)) return isOutcome(value[0], value[1], value[2]);
  if (!isObject(value)) return false;
  const { refusal, outcome } = value;
  if (isObject(outcome)) return isOutcome(outcome['revision'], outcome['at'], outcome['counters']);
  return isObject(refusal) && isErrorCode(refusal['code']) && typeof refusal['detail'] === 'string';
}

function isOutcome(revision: unknown, at: unknown, counters: unknown): boolean {
  if (!Number.isSafeInteger(revision) || !Number.isSafeInteger(at) || !isObject(counters)) return false;
  return Object.entries(counters).every(([name, value]) => NAME_PATTERN.test(name) && Number.isSafeInteger(value));
}

function isErrorCode(code: unknown): boolean {
  return typeof code === 'string' && Object.hasOwn(ERROR_CATALOG, code);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Encodes the replies to a group of change sets for the other thread. */
export function encodeReplies(replies: readonly Reply[]): string {
  return JSON.stringify(replies.map(encodeThreadReply));
}

/** @param changeSets the group, in the order of the replies */
export function decodeReplies(changeSets: readonly ChangeSet[], text: string): Reply[] {
  const encoded = JSON.parse(text) as (OutcomeTuple | FreshOutcomeTuple | RefusedReply)[];
  return encoded.map((reply, index) => decodeThreadReply(changeSets[index]?.dashboard ?? '', reply));
}

function toOutcomeTuple({ revision, at, counters }: Outcome): OutcomeTuple {
  return [revision, at, counters];
}

function encodeThreadReply(reply: Reply): OutcomeTuple | FreshOutcomeTuple | RefusedReply {
  const { outcome } = reply;
  if (!outcome) return reply;
  if (outcome.replayed) return toOutcomeTuple(outcome);
  const { revision, at, counters, added, removed } = outcome;
  return [revision, at, counters, encodeTotals(counters, added), encodeTotals(counters, removed)];
}

function decodeThreadReply(dashboard: string, reply: OutcomeTuple | FreshOutcomeTuple | RefusedReply): Reply {
  if (!isTuple(reply)) return reply;
  const [revision, at, counters, added, removed] = reply;
  if (!added || !removed) return { outcome: { dashboard, revision, at, counters, replayed: true } };
  const totals = { added: decodeTotals(counters, added), removed: decodeTotals(counters, removed) };
  return { outcome: { dashboard, revision, at, counters, ...totals, replayed: false } };
}

function encodeTotals(counters: Outcome['counters'], totals: FreshOutcome['added']): EncodedTotals {
  const encoded: (number | string | null)[] = [];
  for (const name of Object.keys(counters)) {
    const total = totals[name];
    encoded.push(typeof total === 'bigint' ? total.toString() : (total ?? null));
  }
  return encoded;
}

function decodeTotals(counters: Outcome['counters'], encoded: EncodedTotals): FreshOutcome['added'] {
  const totals: Record<string, Total> = {};
  let index = 0;
  for (const name of Object.keys(counters)) {
    const total = encoded[index] ?? null;
    if (total !== null) totals[name] = typeof total === 'string' ? BigInt(total) : total;
    index += 1;
  }
  return totals;
}

function isTuple<T extends readonly unknown[]>(reply: T | Reply<Outcome>): reply is T {
  return Array.isArray(reply);
}
