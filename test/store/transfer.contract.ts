/**
 * Import contract for every store: a dashboard is imported completely or not at all, and replaces another one only on
 * request.
 */
import { exportToText, importText, type TransferEndpoint } from '../support/sample-export.js';

/** The last full minute, so that all exports have the same times. */
const NOW_MS = Math.floor(Date.now() / 60_000) * 60_000;
const EPOCH = '3c1f6d0e-5a5b-4a4e-9a2f-0a5f6f1f2d10';
const FINGERPRINT = 'f'.repeat(22);

/** Lines of a dashboard with one counter and `revision` changes, each by `by` and a second apart. */
export function dashboardText(name: string, revision: number, more: { epoch?: string; by?: number } = {}): string {
  const { epoch = EPOCH, by = 2 } = more;
  const revisions = Array.from({ length: revision }, (_, index) => index + 1);
  const computeTime = (index: number): number => NOW_MS - 70_000 + index * 1_000 + by;
  const at = computeTime(revision);
  const total = String(by * revision);
  const rows = revisions.map((index) => [Math.floor(computeTime(index) / 1_000) * 1_000, String(by * index), '0']);
  const createTotalsRow = (stepMs: number) => [[Math.floor(at / stepMs) * stepMs, total, '0']];
  const lines = [
    {
      dashboard: {
        name,
        epoch,
        revision,
        at,
        counters: [{ name: 'orders', unit: 'order', added: total, removed: '0' }],
      },
    },
    ...[[1, rows] as const, [60, createTotalsRow(60_000)] as const, [3600, createTotalsRow(3_600_000)] as const]
      .filter(() => revision > 0)
      .map(([step, of]) => ({ points: { counter: 'orders', step, from: ['0', '0'], rows: of } })),
    ...revisions.map((index) => ({
      ledger: { revision: index, at: computeTime(index), changes: [{ counter: 'orders', by }], key: `k${index}` },
    })),
    ...revisions.map((index) => ({
      key: {
        key: `k${index}`,
        at: computeTime(index),
        fingerprint: FINGERPRINT,
        outcome: { revision: index, at: computeTime(index), counters: { orders: by * index } },
      },
    })),
    { end: { dashboard: name, points: revision > 0 ? revision + 2 : 0, ledger: revision, keys: revision } },
  ];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

export function exportText(...dashboards: readonly string[]): string {
  return `{"tallyboard":"export","version":1}\n${dashboards.join('')}{"finished":{"dashboards":${dashboards.length}}}\n`;
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
      else expect(replaced).not.toContain(`"name":"main","epoch":"${EPOCH}"`);
      expect(replaced.replace(/("name":"main","epoch":)"[^"]*"/, `$1"${EPOCH}"`)).toBe(
        text.replace(/("name":"main","epoch":)"[^"]*"/, `$1"${EPOCH}"`),
      );
    });

    it('keeps ledger entries and keys only as long as the retention says', async () => {
      const endpoint = await createEndpoint();
      await importText(endpoint, both);
      const shorter = { keyTtlMs: 0, ledgerRetentionMs: 86_400_000, maxLedgerEntries: 1 };
      const text = await exportToText(endpoint, shorter);
      expect([text.match(/^\{"key"/gm), text.match(/^\{"ledger":\{"revision":\d/gm)]).toEqual([
        null,
        ['{"ledger":{"revision":2', '{"ledger":{"revision":3'],
      ]);
    });
  });
}
