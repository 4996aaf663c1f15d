/** A database file that cannot be written for a while. */
import { setTimeout } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { getDatabasePath, lockDatabase, openSqliteStore } from '../support/sqlite-store.js';
import { createTempDirectory } from '../support/temp-directory.js';

beforeAll(() => Logger.overrideLogger(false));

it('while another program locks the file, every call fails and changes nothing; afterwards all succeed', async () => {
  const directory = createTempDirectory();
  const store = await openSqliteStore(directory);
  for (const dashboard of ['main', 'other']) await store.define(dashboard, { title: 'T', counters: { a: {}, b: {} } });
  await store.apply({ dashboard: 'main', changes: [{ counter: 'a', by: 3 }] });
  const readEverything = async (): Promise<unknown> => [
    await store.readAllDashboards(),
    await store.readLedger('main', 0, 10),
    await store.readPoints('main', ['a', 'b'], 3_600_000, 0, Number.MAX_SAFE_INTEGER),
  ];
  const calls = [
    () => store.define('main', { title: 'New', counters: { a: { title: 'A' }, c: {}, d: {} } }),
    () => store.define('third', { counters: { a: {} } }),
    () => store.remove('main', 'a'),
    () => store.remove('other'),
    () => store.apply({ dashboard: 'main', changes: [{ counter: 'b', by: 1 }], key: 'k' }),
  ];
  const before = await readEverything();
  const release = lockDatabase(getDatabasePath(directory));
  const attempts = await Promise.allSettled(calls.map((call) => call()));
  expect(await readEverything()).toEqual(before);
  release();
  for (const attempt of attempts) expect(attempt).toMatchObject({ reason: { code: 'store-unavailable' } });
  expect(await readEverything()).toEqual(before);

  expect((await Promise.allSettled(calls.map((call) => call()))).map(({ status }) => status)).toEqual(
    calls.map(() => 'fulfilled'),
  );
  const [main, third] = await store.readAllDashboards();
  expect([main?.revision, [...(main?.counters.keys() ?? [])], third?.name]).toEqual([4, ['b', 'c', 'd'], 'third']);
});

it('a change that meets a lock which another program holds for a moment waits for it', async () => {
  const directory = createTempDirectory();
  const store = await openSqliteStore(directory);
  await store.define('main', { counters: { a: {} } });
  const release = lockDatabase(getDatabasePath(directory));
  const change = store.apply({ dashboard: 'main', changes: [{ counter: 'a', by: 1 }] });
  // Without a wait, the change would have failed by then.
  await setTimeout(50);
  release();
  expect(await change).toMatchObject({ revision: 1 });
});
