/** Rows of the activity, from entries of the ledger. */
import { canBeUndone, findBooking, foldEntries } from './activity-rows.js';
import type { LedgerEntry } from '../../src/client/client.js';

const NOW = Date.UTC(2025, 10, 29, 13, 3, 20);
const FOLD = { now: NOW, timeZone: 'Europe/Berlin', hasMore: false };

/** @param time of the day in Berlin, `HH:MM:SS` */
function createEntry(revision: number, time: string, members: Partial<LedgerEntry> = {}): LedgerEntry {
  const at = Date.parse(`2025-11-29T${time}+01:00`);
  return { revision, at, changes: [{ counter: 'orders', by: 1 }], who: 'web shop', ...members };
}

/** Shortens rows to what a reader sees. */
function summarize(entries: readonly LedgerEntry[], options = FOLD): string[] {
  return foldEntries(entries, options).map(({ changes, who, entries: folded, start, end }) => {
    const time = [start, end].map((ms) => new Date(ms).toISOString().slice(11, 19));
    return `${changes.map(({ counter, by }) => `${counter} ${by}`).join()} ${who} ${folded.length} ${time.join(' ')}`;
  });
}

it('like changes of one sender are one row: of a minute in the running hour, of an hour before', () => {
  expect(
    summarize([
      createEntry(9, '14:03:19'),
      createEntry(8, '14:02:51', { changes: [{ counter: 'orders', by: 2 }] }),
      createEntry(7, '14:02:50', { who: 'till 1' }),
      createEntry(6, '14:02:10'),
      createEntry(5, '13:59:59'),
      createEntry(4, '13:30:00', { changes: [{ counter: 'orders', by: -1 }] }),
      createEntry(3, '13:00:00'),
      createEntry(2, '12:59:59'),
    ]),
  ).toEqual([
    'orders 1 web shop 1 13:03:19 13:03:19',
    'orders 3 web shop 2 13:02:00 13:03:00',
    'orders 1 till 1 1 13:02:50 13:02:50',
    'orders 2 web shop 2 12:00:00 13:00:00',
    'orders -1 web shop 1 12:30:00 12:30:00',
    'orders 1 web shop 1 11:59:59 11:59:59',
  ]);
});

it('the same reason folds, another one does not', () => {
  const entries = ['visit', 'visit', undefined, 'order'].map((reason, index) =>
    createEntry(9 - index, '12:10:00', reason === undefined ? {} : { reason }),
  );
  expect(summarize(entries).map((row) => row.slice(0, 20))).toEqual([
    'orders 2 web shop 2 ',
    'orders 1 web shop 1 ',
    'orders 1 web shop 1 ',
  ]);
});

it('change sets stay together, and sums beyond 2^53 are exact', () => {
  const changes = [
    { counter: 'orders', by: 1 },
    { counter: 'revenue', by: Number.MAX_SAFE_INTEGER },
  ];
  expect(summarize([createEntry(3, '12:10:00', { changes }), createEntry(2, '12:05:00', { changes })])).toEqual([
    'orders 2,revenue 18014398509481982 web shop 2 11:00:00 12:00:00',
  ]);
});

it.each<[string, Partial<LedgerEntry>]>([
  ['an undo', { undoes: 1 }],
  ['an undone change', { undoneBy: 9 }],
  ['a value that was set', { changes: [{ counter: 'orders', to: 5, moved: 1 }] }],
])('%s stands alone', (_, members) => {
  expect(summarize([createEntry(4, '12:10:00', members), createEntry(3, '12:05:00', members)])).toHaveLength(2);
});

it('a row whose older entries are not loaded says from when on it counts', () => {
  const entries = [createEntry(4, '12:50:00'), createEntry(3, '12:40:00'), createEntry(2, '12:20:00')];
  expect(summarize(entries, { ...FOLD, hasMore: true })).toEqual(['orders 3 web shop 3 11:20:00 12:00:00']);
});

it('hours are those of the zone, also where it is half an hour off', () => {
  const entries = [createEntry(4, '12:40:00'), createEntry(3, '12:20:00')];
  expect(summarize(entries, { ...FOLD, timeZone: 'Asia/Kolkata' })).toHaveLength(2);
  expect(summarize(entries, { ...FOLD, timeZone: 'Asia/Kathmandu' })).toHaveLength(1);
});

const SET = { counter: 'orders', to: 0 };

it.each<[string, Partial<LedgerEntry>, string | undefined, boolean]>([
  ['a change', {}, undefined, true],
  ['a change of a deleted counter', { changes: [{ counter: 'gone', by: 1 }] }, undefined, false],
  ['an undone change', { undoneBy: 9 }, undefined, false],
  ['an undo', { undoes: 1 }, undefined, true],
  ['a value that moved nothing', { changes: [{ counter: 'orders', to: 5, moved: 0 }] }, undefined, false],
  ['a value of version 0.1', { changes: [SET] }, undefined, false],
  ['a value that moved more than 2^53', { changes: [{ ...SET, moved: '18014398509481982' }] }, undefined, true],
  ['a definition', { changes: [{ ...SET, moved: 1 }], reason: 'defined' }, 'defined', false],
  ['a reason of a person', { changes: [{ counter: 'orders', by: 1 }], reason: 'defined' }, undefined, true],
])('%s is recognised', (_, members, booking, isUndoable) => {
  const entry = createEntry(4, '12:10:00', members);
  expect(findBooking(entry)).toBe(booking);
  expect(canBeUndone(entry, (counter) => counter === 'orders')).toBe(isUndoable);
});
