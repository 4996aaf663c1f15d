/** Rows of a database file that contradict other rows are named; what a store has written never is. */
import { createSampleExport, createSqliteEndpoint, exportToText, importText } from '../support/sample-export.js';
import { getDatabasePath, listFindings, openSqliteStore, withDatabase } from '../support/sqlite-store.js';
import { eventually } from '../support/cleanup.js';
import { SEED } from '../support/rounds.js';
import { startService } from '../support/service.js';
import { createTempDirectory } from '../support/temp-directory.js';
import { HOUR_MS, MINUTE_MS } from '../support/times.js';

/** A time of day that a test sets. It begins with a full hour. */
class SetClock {
  readonly isSettled = true;
  constructor(public nowMs = (Math.floor(Date.now() / HOUR_MS) - 3) * HOUR_MS) {}
  now = (): number => this.nowMs;
  nowForExpiry = (): number => this.nowMs;
  readonly trust = { timeMs: 0, stoodMs: 0 };
  recall(): void {}
}

/**
 * Creates a closed store in which `main` has 12 keyed changes, ten minutes apart, then one of all counters to 5 and one
 * without a key.
 */
async function createFile(): Promise<string> {
  const directory = createTempDirectory();
  const clock = new SetClock();
  const store = await openSqliteStore(directory, {}, { clock });
  await store.define('main', { title: 'Shop', counters: { orders: {}, customers: {}, queue: { kind: 'gauge' } } });
  for (let count = 1; count <= 12; count += 1) {
    clock.nowMs += 10 * MINUTE_MS;
    const changes = [
      { counter: 'orders', by: count % 4 ? 5 : -3 },
      { counter: 'queue', to: count % 3 },
    ];
    await store.apply({ dashboard: 'main', changes, key: `key-${count}`, reason: `reason ${count}` });
  }
  const changes = [...['orders', 'customers'].map((counter) => ({ counter, to: 5 })), { counter: 'queue', by: 7 }];
  await store.apply({ dashboard: 'main', changes, key: 'key-13' });
  await store.apply({ dashboard: 'main', changes: [{ counter: 'orders', by: 1 }] });
  await store.close();
  return directory;
}

const ENTRY = 'UPDATE ledger SET';
const KEY = 'UPDATE keys SET';
const FIRST_HOUR = 'WHERE counter = 1 AND step = 3600000 AND at = (SELECT min(at) FROM points WHERE step = 3600000)';
const LAST_MINUTE = 'WHERE counter = 1 AND step = 60000 AND at = (SELECT max(at) FROM points WHERE step = 60000)';

it.each([
  [`${ENTRY} at = at - 3000000 WHERE revision = 6`, /time of revision 5 or 6 .* time goes back/],
  [`${ENTRY} at = at - 60000 WHERE revision = 6`, /revision 6 .* contradicts key "key-6" .* the times differ/],
  [`${ENTRY} at = at + 60000 WHERE revision = 6`, /revision 6 .* contradicts key "key-6" .* the times differ/],
  [`${ENTRY} at = -at WHERE revision = 1`, /revision 1 .* is damaged: at is -/],
  [`${ENTRY} at = at + 1 WHERE revision = 14`, /revision 14 .* contradicts the row of the dashboard/],
  [
    'UPDATE dashboards SET at = at + 4096, day_end = day_end + 4096',
    /revision 14 .* contradicts the row of the dashboard/,
  ],
  [`${ENTRY} changes = replace(changes, '1', '0') WHERE revision = 14`, /revision 14 .*"by":0} is no change/],
  [
    `${ENTRY} changes = replace(changes, '1', '9007199254740992') WHERE revision = 14`,
    /revision 14 .* has an unknown shape/,
  ],
  [
    `${ENTRY} changes = replace(changes, ':5}', ':-9007199254740990}') WHERE revision = 13`,
    /revision 13 .* is no change/,
  ],
  [`${ENTRY} changes = replace(changes, '1', '1 ') WHERE revision = 14`, /revision 14 .* spelled differently/],
  [`${ENTRY} changes = replace(changes, '5', '7') WHERE revision = 3`, /revision 3 .* key "key-3" .* other changes or/],
  [`${ENTRY} changes = replace(changes, 'ord', 'orf') WHERE revision = 3`, /revision 3 .* other changes or another/],
  [`${ENTRY} reason = 'reason 4' WHERE revision = 3`, /revision 3 .* contradicts key "key-3" .* another reason/],
  [`${ENTRY} key = 'key-4' WHERE revision = 3`, /revision 3 .* contradicts key "key-3" .* has another key/],
  [`${ENTRY} key = NULL WHERE revision = 3`, /revision 3 .* contradicts key "key-3" .* has another key/],
  [`${KEY} key = 'key-0' WHERE key = 'key-3'`, /revision 3 .* contradicts key "key-0" .* has another key/],
  [`${KEY} fingerprint = replace(fingerprint, substr(fingerprint, 9, 1), '.') WHERE key = 'key-3'`, /key "key-3"/],
  [`${KEY} fingerprint = substr(fingerprint, 2) || '_' WHERE key = 'key-3'`, /key "key-3" .* other changes/],
  [`${KEY} reply = replace(reply, '[3,', '[2,') WHERE key = 'key-3'`, /revision 2 .* contradicts key "key-3"/],
  [`${KEY} reply = replace(reply, '[3,', '[99,') WHERE key = 'key-3'`, /key "key-3" .* the dashboard has 14/],
  [`${KEY} reply = replace(reply, '[1,', '[-1,') WHERE key = 'key-1'`, /key "key-1" .* its reply is impossible/],
  [`${KEY} reply = replace(reply, ':5', ':7') WHERE key = 'key-13'`, /key "key-13" .* the reply has other counters/],
  [`${KEY} reply = replace(reply, 'orders', 'customers') WHERE key = 'key-1'`, /"key-1" .* has other counters/],
  [`${KEY} keep_until = 5 WHERE key = 'key-3'`, /key "key-3" .* and ends at 5/],
  [`UPDATE points SET added = added + 1, removed = removed + 1 ${FIRST_HOUR}`, /contradict the totals of the counter/],
  [`UPDATE points SET removed = removed + 64 ${FIRST_HOUR}`, /contradict the totals of the counter/],
  [`UPDATE points SET added = 0, removed = 0 ${LAST_MINUTE}`, /3600000|60000 of counter 1 is damaged/],
  [`UPDATE points SET value = value + 1, added = added + 1 ${LAST_MINUTE}`, /its value contradicts its finer points/],
  ['UPDATE points SET step = 2000 WHERE step = 1000 AND at % 2000 = 0', /there is no such step/],
  ['UPDATE points SET added = -1 WHERE counter = 2 AND step = 1000', /its numbers are impossible/],
  [
    'UPDATE points SET removed = removed + 64, added = added + 64 WHERE step = 86400000',
    /contradict the totals of the/,
  ],
  ['UPDATE points SET added = added - 1 WHERE counter = 2 AND step = 86400000', /contradict those of the hours/],
  ['UPDATE points SET at = at + 1 WHERE step = 86400000', /at is no multiple of the step/],
  ['UPDATE levels SET value = value + 1, most = most + 1 WHERE step = 60000', /contradict its finer levels/],
  ['UPDATE levels SET most = value - 1 WHERE step = 1000', /level .* its numbers are impossible/],
  ['UPDATE levels SET least = 7, value = 7, most = 7 WHERE at = (SELECT max(at) FROM levels)', /level before it/],
  ['UPDATE counters SET value = 9 WHERE id = 3', /row 3 of counters .* is 9, the last level is 7/],
  ['UPDATE counters SET value = NULL WHERE id = 3', /row 3 of counters is damaged: value is not a number/],
  ['UPDATE counters SET value = 1 WHERE id = 1', /row 1 of counters is damaged: value is that of a gauge/],
  ["UPDATE counters SET definition = replace(definition, 'kind', 'kine')", /row 3 .* definition has an unknown shape/],
  ["UPDATE dashboards SET settings = replace(settings, 'title', 'tiule')", /row 1 .* settings has an unknown shape/],
  ['UPDATE dashboards SET day_end = day_start', /row 1 of dashboards is damaged: .* is not in the day from/],
])('%s', async (sql, finding) => {
  const directory = await createFile();
  const file = getDatabasePath(directory);
  expect(listFindings(file)).toEqual([]);
  withDatabase(file, (database) => expect(database.prepare(sql).run().changes).toBeGreaterThan(0));
  expect(listFindings(file).join('\n')).toMatch(finding);
});

it('the check beside the service names them too', async () => {
  const directory = await createFile();
  withDatabase(getDatabasePath(directory), (database) => database.exec(`${ENTRY} reason = 'x' WHERE revision = 3`));
  const service = await startService({ DATA_DIR: directory });
  await eventually(() => service.output().includes('revision 3 in the ledger of dashboard main contradicts key'));
});

describe('nothing is found in', () => {
  it('keys of several owners, reused ones and refusals, and counters that are deleted and defined again', async () => {
    const directory = createTempDirectory();
    const clock = new SetClock();
    const store = await openSqliteStore(directory, { keyTtlMs: MINUTE_MS }, { clock });
    await store.define('main', { counters: { orders: {}, customers: {} } });
    const add = { dashboard: 'main', key: 'k', changes: [{ counter: 'orders', by: 2 }] };
    for (const owner of ['', 'token:till', 'jwt:x']) await store.apply({ ...add, owner });
    clock.nowMs += 2 * MINUTE_MS;
    await store.apply({ ...add, reason: 'again' });
    const refused = { dashboard: 'main', key: 'r', changes: [{ counter: 'orders', by: -100 }] };
    await expect(store.apply(refused)).rejects.toMatchObject({ code: 'nothing-to-remove' });
    await store.remove('main', 'orders');
    await store.define('main', { counters: { orders: {}, more: {} } });
    const changes = [
      { counter: 'orders', to: 9 },
      { counter: 'orders', by: -1 },
      { counter: 'more', to: 0 },
    ];
    await store.apply({ dashboard: 'main', key: 'k2', changes });
    expect(listFindings(getDatabasePath(directory))).toEqual([]);
  });

  it('a history whose finer points have expired', async () => {
    const directory = createTempDirectory();
    const clock = new SetClock();
    const store = await openSqliteStore(directory, {}, { clock });
    await store.define('main', { counters: { orders: {} } });
    for (let count = 0; count < 40; count += 1) {
      clock.nowMs += 7 * MINUTE_MS + 13_000;
      await store.apply({ dashboard: 'main', changes: [{ counter: 'orders', by: count % 3 ? 4 : -1 }] }).catch(() => 0);
    }
    const count = (): number =>
      withDatabase(
        getDatabasePath(directory),
        (database) => (database.prepare('SELECT count(*) AS n FROM points WHERE step = 1000').get() as { n: number }).n,
      );
    await eventually(() => count() < 30);
    expect(listFindings(getDatabasePath(directory))).toEqual([]);
  });

  it.each([MINUTE_MS, 3 * HOUR_MS, 4 * 365 * 24 * HOUR_MS])(
    'a dashboard that was booked %d ms and more ahead of the clock, and dated to now',
    async (leadMs) => {
      const directory = createTempDirectory();
      const clock = new SetClock();
      const store = await openSqliteStore(directory, {}, { clock });
      await store.define('main', { counters: { orders: {} } });
      const add = async (key: string): Promise<unknown> =>
        store.apply({ dashboard: 'main', key, changes: [{ counter: 'orders', by: 3 }] });
      const startMs = clock.nowMs;
      for (let count = 0; count < 5; count += 1) {
        await add(`before-${count}`);
        clock.nowMs += 20_000;
      }
      clock.nowMs += leadMs;
      for (let count = 0; count < 5; count += 1) {
        await add(`ahead-${count}`);
        clock.nowMs += count * HOUR_MS;
      }
      clock.nowMs = startMs + 90_000;
      await eventually(async () => (await store.readDashboard('main')).at === clock.nowMs);
      await add('after');
      expect(listFindings(getDatabasePath(directory))).toEqual([]);
      await store.close();
      expect(listFindings(getDatabasePath(directory))).toEqual([]);
      const target = createSqliteEndpoint();
      const text = await exportToText(createSqliteEndpoint(directory));
      expect(await importText(target, text)).toMatchObject({ main: { kind: 'imported' } });
      expect(listFindings(getDatabasePath(target.directory))).toEqual([]);
    },
  );

  it('imports', async () => {
    for (let seed = SEED; seed < SEED + 20; seed += 1) {
      const endpoint = createSqliteEndpoint();
      const { given, expected } = createSampleExport(seed);
      for (const text of [given, expected]) {
        await importText(endpoint, text, { replace: true });
        expect([seed, listFindings(getDatabasePath(endpoint.directory))]).toEqual([seed, []]);
      }
    }
  });
});
