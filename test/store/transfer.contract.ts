/** What an import promises, whatever store it goes to: a dashboard comes whole or not at all, and takes no other's place unasked. */
import { exportToText, importText, type TransferEndpoint } from '../support/sample-export.js';

/** The last full minute: all of these exports are of one past. */
const NOW_MS = Math.floor(Date.now() / 60_000) * 60_000;
const EPOCH = '3c1f6d0e-5a5b-4a4e-9a2f-0a5f6f1f2d10';
const KEPT = 'f'.repeat(22);

/** A dashboard of one counter that has had `revision` changes of 2 each, a second apart. */
export function dashboardText(name: string, revision: number, more: { epoch?: string; by?: number } = {}): string {
  const { epoch = EPOCH, by = 2 } = more;
  const revisions = Array.from({ length: revision }, (_, index) => index + 1);
  const timeOf = (index: number): number => NOW_MS - 70_000 + index * 1_000 + by;
  const at = timeOf(revision);
  const total = String(by * revision);
  const rows = revisions.map((index) => [Math.floor(timeOf(index) / 1_000) * 1_000, String(by * index), '0']);
  const wide = (stepMs: number) => [[Math.floor(at / stepMs) * stepMs, total, '0']];
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
    ...[[1, rows] as const, [60, wide(60_000)] as const, [3600, wide(3_600_000)] as const]
      .filter(() => revision > 0)
      .map(([step, of]) => ({ points: { counter: 'orders', step, from: ['0', '0'], rows: of } })),
    ...revisions.map((index) => ({
      ledger: { revision: index, at: timeOf(index), changes: [{ counter: 'orders', by }], key: `k${index}` },
    })),
    ...revisions.map((index) => ({
      key: {
        key: `k${index}`,
        at: timeOf(index),
        fingerprint: KEPT,
        outcome: { revision: index, at: timeOf(index), counters: { orders: by * index } },
      },
    })),
    { end: { dashboard: name, points: revision > 0 ? revision + 2 : 0, ledger: revision, keys: revision } },
  ];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

export function exportText(...dashboards: readonly string[]): string {
  return `{"tallyboard":"export","version":1}\n${dashboards.join('')}{"finished":{"dashboards":${dashboards.length}}}\n`;
}

export function describeImport(store: string, makePlace: () => Promise<TransferEndpoint>): void {
  describe(`an import into ${store}`, () => {
    const [main, shop] = [dashboardText('main', 2), dashboardText('shop', 3)];
    const both = exportText(main, shop);

    it('that breaks off anywhere is no import of the dashboard that it was in, and is made good by another', async () => {
      const place = await makePlace();
      const lines = both.split(/(?<=\n)/);
      for (let count = 0; count < lines.length; count += 1) {
        const torn = lines.slice(0, count).join('');
        await expect(importText(place, torn)).rejects.toThrow(`the export breaks off after line ${count}`);
        const whole = [main, shop].filter((text) => torn.includes(text));
        expect(await exportToText(place)).toBe(exportText(...whole));
      }
      const half = both.slice(0, -20);
      await expect(importText(place, half)).rejects.toThrow(/line \d+: it is no JSON/);
      expect(await importText(place, both)).toMatchObject({ main: { kind: 'skipped' }, shop: { kind: 'skipped' } });
      expect(await exportToText(place)).toBe(both);
    });

    it('brings what is wanted', async () => {
      const place = await makePlace();
      await importText(place, both, { names: ['shop'] });
      expect(await exportToText(place)).toBe(exportText(shop));
      await expect(importText(place, both, { names: ['shops'] })).rejects.toThrow('has no dashboard named shops');
      await expect(exportToText(place, undefined, ['shops'])).rejects.toThrow('there is no dashboard named shops');
    });

    it('brings a dashboard up to date that has gone on where it came from', async () => {
      const place = await makePlace();
      for (const revision of [0, 2, 5]) await importText(place, exportText(dashboardText('main', revision)));
      expect(await exportToText(place)).toBe(exportText(dashboardText('main', 5)));
    });

    it.each([
      ['has gone further', {}, 1, 'one at revision 2 is there, and this one is at 1'],
      ['has another epoch', { epoch: 'other' }, 3, 'another one is there, at revision 2 of another epoch'],
      ['has had other changes', { by: 7 }, 3, 'has had other changes, up to revision 2'],
      ['has had as many other changes', { by: 7 }, 2, 'one at revision 2 is there'],
    ])('refuses a dashboard where one is that %s, unless it is to be replaced', async (_, more, revision, said) => {
      const place = await makePlace();
      await importText(place, exportText(main));
      const text = exportText(dashboardText('main', revision, more), shop);
      const fates = await importText(place, text);
      expect(fates).toMatchObject({ main: { kind: 'refused', detail: expect.stringContaining(said) } });
      expect(await exportToText(place)).toBe(both);
      expect(await importText(place, text, { replace: true })).toMatchObject({ main: { kind: 'imported' } });
      const replaced = await exportToText(place);
      // Revisions of one epoch never go back, and mean one thing.
      if ('epoch' in more) expect(replaced).toBe(text);
      else expect(replaced).not.toContain(`"name":"main","epoch":"${EPOCH}"`);
      expect(replaced.replace(/("name":"main","epoch":)"[^"]*"/, `$1"${EPOCH}"`)).toBe(
        text.replace(/("name":"main","epoch":)"[^"]*"/, `$1"${EPOCH}"`),
      );
    });

    it('remembers keys as long as they would have been', async () => {
      const place = await makePlace();
      await importText(place, both);
      const younger = { keyTtlMs: 1_000, ledgerRetentionMs: 86_400_000, maxLedgerEntries: 1 };
      const text = await exportToText(place, younger);
      expect([text.match(/^\{"key"/gm), text.match(/^\{"ledger":\{"revision":\d/gm)]).toEqual([
        null,
        ['{"ledger":{"revision":2', '{"ledger":{"revision":3'],
      ]);
    });
  });
}
