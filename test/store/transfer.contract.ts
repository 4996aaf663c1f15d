/**
 * Import contract for every store: a dashboard is imported completely or not at all, and replaces another one only on
 * request.
 */
import { getPeriodAt } from '../../src/measures/periods.js';
import {
  exportToText,
  importText,
  readExportFixture,
  RETENTION,
  type TransferEndpoint,
} from '../support/sample-export.js';
import { DAY_MS } from '../support/times.js';

/** The last full minute, so that all exports have the same times. */
const NOW_MS = Math.floor(Date.now() / 60_000) * 60_000;
const EPOCH = '3c1f6d0e-5a5b-4a4e-9a2f-0a5f6f1f2d10';
const FINGERPRINT = 'f'.repeat(22);

const RECKONING = { timeZone: 'Asia/Kathmandu', dayStartsAt: '04:00', weekStartsOn: 'monday' } as const;

/**
 * Lines of a dashboard with a counter and a gauge, and `revision` changes, each by `by` and a second apart. The gauge
 * goes down by 1 with each.
 */
export function dashboardText(name: string, revision: number, more: { epoch?: string; by?: number } = {}): string {
  const { epoch = EPOCH, by = 2 } = more;
  const revisions = Array.from({ length: revision }, (_, index) => index + 1);
  // The second is the key of a bulk request with the number of the line.
  const formatKey = (index: number): string => (index === 2 ? 'sales 2' : `k${index}`);
  const computeTime = (index: number): number => NOW_MS - 70_000 + index * 1_000 + by;
  const at = computeTime(revision);
  const day = getPeriodAt(RECKONING, 'day', at);
  const total = String(by * revision);
  // The times of all changes are in the same minute.
  const wideRows = [
    [60, at - (at % 60_000)] as const,
    [3_600, at - (at % 3_600_000)] as const,
    [86_400, day.start] as const,
  ];
  const toSecond = (index: number): number => Math.floor(computeTime(index) / 1_000) * 1_000;
  const points = [
    { step: 1, rows: revisions.map((index) => [toSecond(index), String(by * index), '0']) },
    ...wideRows.map(([step, start]) => ({ step, rows: [[start, total, '0']] })),
  ];
  const levels = [
    { step: 1, rows: revisions.map((index) => [toSecond(index), -index, -index, 1 - index]) },
    ...wideRows.map(([step, start]) => ({ step, rows: [[start, -revision, -revision, 0]] })),
  ];
  const lines = [
    {
      dashboard: {
        name,
        settings: { title: name, timeZone: RECKONING.timeZone, dayStartsAt: RECKONING.dayStartsAt },
        version: 3,
        epoch,
        revision,
        at,
        ...(revision > 0 && { day: { start: day.start, end: day.end } }),
        counters: [
          { name: 'orders', definition: { singular: 'order' }, added: total, removed: '0' },
          { name: 'queue', definition: { kind: 'gauge', min: null }, value: 0 - revision },
        ],
        rules: {
          quiet: {
            when: { of: 'queue', silentFor: 'PT30M', between: '09:00-18:00', on: ['mon', 'fri'] },
            notify: [{ host: 'hooks.slack.com', format: 'slack' }],
          },
          ten: {
            when: { of: 'orders', in: 'day', above: 10 },
            clearsAt: 5,
            notify: [{ host: 'example.com:8443', format: 'cloudevents' }],
          },
        },
      },
    },
    ...points
      .filter(() => revision > 0)
      .map(({ step, rows }) => ({ points: { counter: 'orders', step, from: ['0', '0'], rows } })),
    ...levels.filter(() => revision > 0).map(({ step, rows }) => ({ levels: { counter: 'queue', step, rows } })),
    ...revisions.map((index) => ({
      ledger: {
        revision: index,
        at: computeTime(index),
        changes: [
          { counter: 'orders', by },
          { counter: 'queue', to: -index, moved: -1 },
        ],
        key: formatKey(index),
      },
    })),
    ...revisions.map((index) => ({
      key: {
        key: formatKey(index),
        // Keys of everybody, of anonymous senders and of a token.
        ...(index % 3 > 0 && { owner: index % 3 === 1 ? 'token:till' : '' }),
        at: computeTime(index),
        keepUntil: computeTime(index) + DAY_MS,
        fingerprint: FINGERPRINT,
        outcome: { revision: index, at: computeTime(index), counters: { orders: by * index, queue: -index } },
      },
    })),
    { end: { dashboard: name, points: revision > 0 ? 2 * revision + 6 : 0, ledger: revision, keys: revision } },
  ];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

export function exportText(...dashboards: readonly string[]): string {
  return `{"tallyboard":"export","version":3}\n${dashboards.join('')}{"finished":{"dashboards":${dashboards.length}}}\n`;
}

export function describeImport(store: string, createEndpoint: () => Promise<TransferEndpoint>): void {
  describe(`an import into ${store}`, () => {
    const [main, shop] = [dashboardText('main', 2), dashboardText('shop', 3)];
    const both = exportText(main, shop);

    it('that ends early imports only the complete dashboards before that, and can be repeated', async () => {
      const endpoint = await createEndpoint();
      const lines = both.split(/(?<=\n)/);
      for (let count = 0; count < lines.length; count += 1) {
        const truncated = lines.slice(0, count).join('');
        await expect(importText(endpoint, truncated)).rejects.toThrow(
          `the export is incomplete: it ends after line ${count}`,
        );
        const complete = [main, shop].filter((text) => truncated.includes(text));
        expect(await exportToText(endpoint)).toBe(exportText(...complete));
      }
      const half = both.slice(0, -20);
      await expect(importText(endpoint, half)).rejects.toThrow(/line \d+: not valid JSON/);
      expect(await importText(endpoint, both)).toMatchObject({ main: { kind: 'skipped' }, shop: { kind: 'skipped' } });
      expect(await exportToText(endpoint)).toBe(both);
    });

    it('imports only the requested dashboards', async () => {
      const endpoint = await createEndpoint();
      await importText(endpoint, both, { names: ['shop'] });
      expect(await exportToText(endpoint)).toBe(exportText(shop));
      await expect(importText(endpoint, both, { names: ['shops'] })).rejects.toThrow('has no dashboard named shops');
      await expect(exportToText(endpoint, undefined, ['shops'])).rejects.toThrow('there is no dashboard named shops');
    });

    it('updates a dashboard from a later export of the same epoch', async () => {
      const endpoint = await createEndpoint();
      for (const revision of [0, 2, 5]) await importText(endpoint, exportText(dashboardText('main', revision)));
      expect(await exportToText(endpoint)).toBe(exportText(dashboardText('main', 5)));
    });

    it.each([
      ['has a higher revision', {}, 1, 'the store has changes that the export does not contain, up to revision 2'],
      [
        'has another epoch',
        { epoch: 'other' },
        3,
        'the store has other data under this name, at revision 2 of another epoch',
      ],
      ['has other changes', { by: 7 }, 3, 'the store has changes that the export does not contain, up to revision 2'],
      [
        'has as many other changes',
        { by: 7 },
        2,
        'the store has changes that the export does not contain, up to revision 2',
      ],
    ])('refuses to replace a dashboard that %s, unless asked to', async (_, more, revision, message) => {
      const endpoint = await createEndpoint();
      await importText(endpoint, exportText(main));
      const text = exportText(dashboardText('main', revision, more), shop);
      const results = await importText(endpoint, text);
      expect(results).toMatchObject({ main: { kind: 'refused', detail: expect.stringContaining(message) } });
      expect(await exportToText(endpoint)).toBe(both);
      expect(await importText(endpoint, text, { replace: true })).toMatchObject({ main: { kind: 'imported' } });
      const replaced = await exportToText(endpoint);
      // Within an epoch a revision always means the same state, so the imported dashboard gets a new epoch.
      if ('epoch' in more) expect(replaced).toBe(text);
      else expect(replaced).not.toMatch(new RegExp(`"name":"main".*"epoch":"${EPOCH}"`));
      const setEpoch = (lines: string): string => lines.replace(/("name":"main".*?"epoch":)"[^"]*"/, `$1"${EPOCH}"`);
      expect(setEpoch(replaced)).toBe(setEpoch(text));
    });

    it('keeps ledger entries as long as the retention says, and keys until their end', async () => {
      const endpoint = await createEndpoint();
      await importText(endpoint, both.replaceAll(/"at":(\d+),"keepUntil":\d+/g, '"at":$1,"keepUntil":$1'));
      const text = await exportToText(endpoint, { ...RETENTION, maxLedgerEntries: 1 });
      expect([text.match(/^\{"key"/gm), text.match(/^\{"ledger":\{"revision":\d/gm)]).toEqual([
        null,
        ['{"ledger":{"revision":2', '{"ledger":{"revision":3'],
      ]);
    });

    it('gives keys without owner and end to everybody, as exports of earlier versions have them', async () => {
      const endpoint = await createEndpoint();
      const earlier = both.replaceAll(/"owner":"[^"]*",|"keepUntil":\d+,/g, '');
      expect(earlier).not.toBe(both);
      await importText(endpoint, earlier);
      const text = await exportToText(endpoint);
      expect(text.match(/"owner"/g)).toBeNull();
      expect(text.replaceAll(/"keepUntil":\d+,/g, '')).toBe(earlier);
      const ends = [...text.matchAll(/"at":(\d+),"keepUntil":(\d+)/g)].map(([, at, end]) => Number(end) - Number(at));
      expect(ends).toEqual(Array(5).fill(RETENTION.keyTtlMs));
    });

    it('reads an export of version 1, and makes the days of its hours', async () => {
      const endpoint = await createEndpoint();
      await importText(endpoint, readExportFixture('version-1'));
      expect(await exportToText(endpoint)).toBe(readExportFixture('version-1-as-2'));
    });
  });
}
