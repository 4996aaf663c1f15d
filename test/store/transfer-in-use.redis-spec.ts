/** Exports and imports on a Redis that is in use, and imports that are killed. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StoreEvent } from '../../src/store/store-events.js';
import { runCommand } from '../support/cli-process.js';
import { createTempDirectory } from '../support/temp-directory.js';
import { eventually } from '../support/cleanup.js';
import { openRedisStore, getSharedRedis } from '../support/redis-server.js';
import { createDatabaseFile } from '../support/sqlite-store.js';
import { killImport, takeLinesUpTo } from '../support/import-command.js';
import { dashboardText, exportText } from './transfer.contract.js';
import { exportToText, importText, createSqliteEndpoint } from '../support/sample-export.js';
import { createRedisEndpoint } from '../support/redis-endpoint.js';

import.meta.jest.setTimeout(60_000);

const order = (by: number, key?: string) => ({
  dashboard: 'main',
  changes: [{ counter: 'orders', by }],
  ...(key !== undefined && { key }),
});

/** An export in two halves, with work between them. */
async function* around(text: string, work: () => Promise<unknown>): AsyncGenerator<Buffer> {
  const half = text.indexOf('\n{"key"');
  yield Buffer.from(text.slice(0, half));
  await work();
  yield Buffer.from(text.slice(half));
}

describe('an import that was killed', () => {
  it('has changed nothing visible, and the next import completes it', async () => {
    const text = await exportToText(createSqliteEndpoint(await createDatabaseFile(1_800)));
    const [place, server, file] = [
      await createRedisEndpoint(),
      await getSharedRedis(),
      join(createTempDirectory(), 'export.ndjson'),
    ];
    writeFileSync(file, text);
    const args = ['--redis-url', place.url, '--redis-prefix', place.prefix];
    const staged = (key: string) => async () =>
      Boolean(await server.command('EXISTS', `${place.prefix}:{main}:import${key}`));
    await killImport(args, takeLinesUpTo(text, 'points', 1), staged(''));
    await killImport(args, takeLinesUpTo(text, 'ledger', 900), staged(':ledger'));
    await killImport(args, takeLinesUpTo(text, 'key', 1_000), staged(':keys'));
    const store = await openRedisStore(place.url, { prefix: place.prefix });
    expect([await store.readAllDashboards(), await store.listDashboards('', 10)]).toEqual([[], []]);
    expect(await runCommand(['import', file, ...args])).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^main: \d+ points, 1800 ledger entries, 1800 keys\n.* imported 1 dashboard,/m),
    });
    expect(await runCommand(['export', ...args])).toMatchObject({ code: 0, stdout: text });
    expect(await importText(place, text)).toMatchObject({ main: { kind: 'skipped' } });
    expect(await server.command('KEYS', `${place.prefix}:*import*`)).toEqual([]);
  });
});

describe('a dashboard on Redis that is in use', () => {
  it('stays as it is when it changes during its import, which is refused', async () => {
    const place = await createRedisEndpoint();
    await importText(place, exportText(dashboardText('main', 1)));
    const store = await openRedisStore(place.url, { prefix: place.prefix });
    const text = around(exportText(dashboardText('main', 3)), () => store.apply(order(1)));
    expect(await importText(place, text)).toMatchObject({
      main: { kind: 'refused', detail: expect.stringContaining('it was changed while it was being imported') },
    });
    expect(await store.readSnapshot('main')).toMatchObject({ revision: 2, counters: { orders: 3 } });
    const server = await getSharedRedis();
    expect(await server.command('KEYS', `${place.prefix}:*import*`)).toEqual([]);
  });

  it('is reloaded by its subscribers when an import replaces it', async () => {
    const place = await createRedisEndpoint();
    const store = await openRedisStore(place.url, { prefix: place.prefix });
    await store.define('main', { counters: { orders: {}, gone: {} } });
    await store.apply(order(9, 'k'));
    const heard: StoreEvent[] = [];
    store.events$.subscribe((one) => heard.push(one));
    await store.subscribe('main');
    await importText(place, exportText(dashboardText('main', 3)), { replace: true });
    await eventually(() => heard.some((one) => one.kind === 'reloaded' && one.dashboard.revision === 3));
    expect(await store.apply(order(1, 'k'))).toMatchObject({ revision: 4, counters: { orders: 7 } });
    expect(await exportToText(place)).not.toContain('gone');
  });

  it('is exported as of one revision, without keys of later changes', async () => {
    const place = await createRedisEndpoint();
    const store = await openRedisStore(place.url, { prefix: place.prefix });
    await store.define('main', { counters: { orders: {} } });
    for (let index = 1; index <= 20; index += 1) await store.apply(order(1, `k${index}`));
    const before = await exportToText(place);
    const source = await place.openExport();
    try {
      const departure = await source.readDashboard('main');
      await store.applyAll(Array.from({ length: 700 }, (_, index) => order(1, `later${index}`)));
      const pieces = [];
      for await (const some of departure?.readRecords() ?? []) pieces.push(...some);
      expect(pieces.filter(({ ledger }) => ledger).length).toBe(20);
      expect(pieces.filter(({ key }) => key).length).toBe(20);
      expect(before.match(/^\{"points"/gm)?.length).toBe(pieces.filter(({ points }) => points).length);
      await store.remove('main');
      await expect(
        (async () => {
          for await (const _ of departure?.readRecords() ?? []);
        })(),
      ).rejects.toThrow('was removed while it was being exported');
    } finally {
      await source.close();
    }
  });

  it('is exported with all unexpired keys, however many expire meanwhile', async () => {
    const place = await createRedisEndpoint();
    const server = await getSharedRedis();
    await importText(place, exportText(dashboardText('main', 1)));
    const [keys, ages] = [`${place.prefix}:{main}:keys`, `${place.prefix}:{main}:ages`];
    const nowMs = Date.now();
    const rows = Array.from(
      { length: 2_000 },
      (_, index) => [`k${String(index).padStart(4, '0')}`, nowMs - 2_000 + index] as const,
    );
    await server.command('DEL', keys, ages);
    await server.command('RPUSH', ages, ...rows.map(([key, at]) => `${at} ${key}`));
    await server.command('HSET', keys, ...rows.flatMap(([key, at]) => [key, `f ${at} [1,1,{}]`]));
    const source = await place.openExport();
    const seen: string[] = [];
    let forgotten = 0;
    try {
      const departure = await source.readDashboard('main');
      for await (const some of departure?.readRecords() ?? []) {
        const portion = some.flatMap(({ key }) => (key ? [key.key] : []));
        seen.push(...portion);
        if (portion.length === 0) continue;
        // The first time trims more than was read, later times less.
        const until = Number(seen.at(-1)?.slice(1)) + (forgotten === 0 ? 200 : -100);
        await server.command('LTRIM', ages, until - forgotten, -1);
        forgotten = until;
      }
    } finally {
      await source.close();
    }
    const missing = rows.map(([key]) => key).filter((key) => !seen.includes(key));
    expect(missing.length).toBeLessThan(200);
    expect(missing.every((key) => key >= 'k0999' && key < 'k1200')).toBe(true);
    expect(seen).toEqual(seen.toSorted());
    expect(forgotten).toBeGreaterThan(1_500);
  });
});
