/** Exports and imports on a Redis that is in use, and imports that are killed. */
import { DAY_MS } from '../support/times.js';
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

const order = (by: number, key?: string) => ({
  dashboard: 'main',
  changes: [{ counter: 'orders', by }],
  ...(key !== undefined && { key }),
});

/** An export in two halves, with work between them. */
async function* interruptExport(text: string, work: () => Promise<unknown>): AsyncGenerator<Buffer> {
  const half = text.indexOf('\n{"key"');
  yield Buffer.from(text.slice(0, half));
  await work();
  yield Buffer.from(text.slice(half));
}

describe('an import that was killed', () => {
  it('has changed nothing visible, and the next import completes it', async () => {
    const text = await exportToText(createSqliteEndpoint(await createDatabaseFile(1_800)));
    const [endpoint, server, file] = [
      await createRedisEndpoint(),
      await getSharedRedis(),
      join(createTempDirectory(), 'export.ndjson'),
    ];
    writeFileSync(file, text);
    const args = ['--redis-url', endpoint.url, '--redis-prefix', endpoint.prefix];
    const isStaged = (key: string) => async () =>
      Boolean(await server.command('EXISTS', `${endpoint.prefix}:{main}:import${key}`));
    await killImport(args, takeLinesUpTo(text, 'points', 1), isStaged(''));
    await killImport(args, takeLinesUpTo(text, 'ledger', 900), isStaged(':ledger'));
    await killImport(args, takeLinesUpTo(text, 'key', 1_000), isStaged(':keys'));
    const store = await openRedisStore(endpoint.url, { prefix: endpoint.prefix });
    expect([await store.readAllDashboards(), await store.listDashboards('', 10)]).toEqual([[], []]);
    expect(await runCommand(['import', file, ...args])).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^main: \d+ points, 1800 ledger entries, 1800 keys\n.* imported 1 dashboard,/m),
    });
    expect(await runCommand(['export', ...args])).toMatchObject({ code: 0, stdout: text });
    expect(await importText(endpoint, text)).toMatchObject({ main: { kind: 'skipped' } });
    expect(await server.command('KEYS', `${endpoint.prefix}:*import*`)).toEqual([]);
  });
});

describe('a dashboard on Redis that is in use', () => {
  it('stays as it is when it changes during its import, which is refused', async () => {
    const endpoint = await createRedisEndpoint();
    await importText(endpoint, exportText(dashboardText('main', 1)));
    const store = await openRedisStore(endpoint.url, { prefix: endpoint.prefix });
    const text = interruptExport(exportText(dashboardText('main', 3)), () => store.apply(order(1)));
    expect(await importText(endpoint, text)).toMatchObject({
      main: { kind: 'refused', detail: expect.stringContaining('it changed during the import') },
    });
    expect(await store.readSnapshot('main')).toMatchObject({ revision: 2, counters: { orders: 3 } });
    const server = await getSharedRedis();
    expect(await server.command('KEYS', `${endpoint.prefix}:*import*`)).toEqual([]);
  });

  it('is reloaded by its subscribers when an import replaces it', async () => {
    const endpoint = await createRedisEndpoint();
    const store = await openRedisStore(endpoint.url, { prefix: endpoint.prefix });
    await store.define('main', { counters: { orders: {}, gone: {} } });
    await store.apply(order(9, 'k'));
    const events: StoreEvent[] = [];
    store.events$.subscribe((event) => events.push(event));
    await store.subscribe('main');
    await importText(endpoint, exportText(dashboardText('main', 3)), { replace: true });
    await eventually(() => events.some((event) => event.kind === 'reloaded' && event.dashboard.revision === 3));
    expect(await store.apply(order(1, 'k'))).toMatchObject({ revision: 4, counters: { orders: 7 } });
    expect(await exportToText(endpoint)).not.toContain('gone');
  });

  it('is exported as of one revision, without keys of later changes', async () => {
    const endpoint = await createRedisEndpoint();
    const store = await openRedisStore(endpoint.url, { prefix: endpoint.prefix });
    await store.define('main', { counters: { orders: {} } });
    for (let index = 1; index <= 20; index += 1) await store.apply(order(1, `k${index}`));
    const before = await exportToText(endpoint);
    const source = await endpoint.openExport();
    try {
      const dashboardExport = await source.readDashboard('main');
      await store.applyAll(Array.from({ length: 700 }, (_, index) => order(1, `later${index}`)));
      const records = [];
      for await (const batch of dashboardExport?.readRecords() ?? []) records.push(...batch);
      expect(records.filter(({ ledger }) => ledger).length).toBe(20);
      expect(records.filter(({ key }) => key).length).toBe(20);
      expect(before.match(/^\{"points"/gm)?.length).toBe(records.filter(({ points }) => points).length);
      await store.remove('main');
      await expect(
        (async () => {
          for await (const _ of dashboardExport?.readRecords() ?? []);
        })(),
      ).rejects.toThrow('was removed while it was being exported');
    } finally {
      await source.close();
    }
  });

  it('is exported with all unexpired keys, however many expire meanwhile', async () => {
    const endpoint = await createRedisEndpoint();
    const server = await getSharedRedis();
    await importText(endpoint, exportText(dashboardText('main', 1)));
    const [keys, expiry] = [`${endpoint.prefix}:{main}:keys`, `${endpoint.prefix}:{main}:expiry`];
    const nowMs = Date.now();
    const rows = Array.from(
      { length: 2_000 },
      (_, index) => [`k${String(index).padStart(4, '0')}`, nowMs - 2_000 + index] as const,
    );
    await server.command('DEL', keys, expiry);
    await server.command('ZADD', expiry, ...rows.flatMap(([key, at]) => [at + DAY_MS, `\0${key}`]));
    await server.command('HSET', keys, ...rows.flatMap(([key, at]) => [`\0${key}`, `f ${at} ${at + DAY_MS} [1,1,{}]`]));
    const source = await endpoint.openExport();
    const exportedKeys: string[] = [];
    let trimmed = 0;
    try {
      const dashboardExport = await source.readDashboard('main');
      for await (const batch of dashboardExport?.readRecords() ?? []) {
        const batchKeys = batch.flatMap(({ key }) => (key ? [key.key] : []));
        exportedKeys.push(...batchKeys);
        if (batchKeys.length === 0) continue;
        // The first time trims more than was read, later times less.
        const until = Number(exportedKeys.at(-1)?.slice(1)) + (trimmed === 0 ? 200 : -100);
        await server.command('ZREMRANGEBYRANK', expiry, 0, until - trimmed - 1);
        trimmed = until;
      }
    } finally {
      await source.close();
    }
    const missing = rows.map(([key]) => key).filter((key) => !exportedKeys.includes(key));
    expect(missing.length).toBeLessThan(200);
    expect(missing.every((key) => key >= 'k0999' && key < 'k1200')).toBe(true);
    expect(exportedKeys).toEqual(exportedKeys.toSorted());
    expect(trimmed).toBeGreaterThan(1_500);
  });
});
