/** Rules of a dashboard that is restored, exported and imported tell nothing twice. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NotifyAllow } from '../../src/config/notify-allow.js';
import { backupDatabase } from '../../src/store/sqlite/backup.js';
import { startApi } from '../support/api-client.js';
import { eventually } from '../support/cleanup.js';
import { runCommand } from '../support/cli-process.js';
import { RECEIVER_SECRET, startReceiver } from '../support/notification-receiver.js';
import { createTempDirectory } from '../support/temp-directory.js';

const NOTIFY_ALLOW = NotifyAllow.parse('127.0.0.1');

/** Starts a service with a rule that has fired, once told and once waiting for the receiver. */
async function startFired() {
  const DATA_DIR = createTempDirectory();
  const receiver = await startReceiver(RECEIVER_SECRET);
  const { call, close } = await startApi({ DATA_DIR, NOTIFY_ALLOW });
  const rule = { when: { of: 'orders', above: 1 }, notify: [{ url: receiver.url, secret: RECEIVER_SECRET }] };
  await call('PUT /dashboards/main/rules/two', rule);
  const count = (by: number) => call('POST /dashboards/main/changes', { changes: [{ counter: 'orders', by }] });
  await count(2);
  await eventually(() => receiver.events.length === 1);
  receiver.answerWith(500);
  await count(-1);
  await eventually(() => receiver.attempts() === 2);
  return { DATA_DIR, receiver, call, close, rule };
}

it('a restored backup does not send what waited when it was made, and tells the next crossing', async () => {
  const { DATA_DIR, receiver, close } = await startFired();
  const backup = join(createTempDirectory(), 'backup.db');
  backupDatabase(DATA_DIR, backup);
  await close();
  const directory = createTempDirectory();
  expect((await runCommand(['restore', backup, '--data-dir', directory])).code).toBe(0);
  receiver.answerWith(200);
  const { call } = await startApi({ DATA_DIR: directory, NOTIFY_ALLOW });
  await call('POST /dashboards/main/changes', { changes: [{ counter: 'orders', by: 4 }] });
  await eventually(() => receiver.events.length === 2);
  expect(receiver.events.map(({ data }) => data.text)).toEqual(['Orders: 2, above 1', 'Orders: 5, above 1']);
  const readState = async () => (await call('GET /dashboards/main/rules/two')).body.state;
  await eventually(async () => (await readState()).waiting === 0);
  expect((await readState()).holds).toBe(true);
});

it('an export has no addresses and no secrets, and an imported rule waits until it has some', async () => {
  const { DATA_DIR, receiver, close, rule } = await startFired();
  await close();
  const file = join(createTempDirectory(), 'export.ndjson');
  const directory = createTempDirectory();
  expect((await runCommand(['export', '--data-dir', DATA_DIR, file])).code).toBe(0);
  const text = readFileSync(file, 'utf8');
  expect(text).toContain('"rules":{"two":');
  for (const secret of [RECEIVER_SECRET, 'secret-path']) expect(text).not.toContain(secret);
  const imported = await runCommand(['import', file, '--data-dir', directory]);
  expect(imported.code).toBe(0);
  receiver.answerWith(200);
  const { call } = await startApi({ DATA_DIR: directory, NOTIFY_ALLOW });
  const read = async () => (await call('GET /dashboards/main/rules/two')).body;
  expect(await read()).toMatchObject({
    when: rule.when,
    notify: [{ host: receiver.host, format: 'cloudevents' }],
    state: { paused: true, waiting: 0 },
  });
  expect((await call('POST /dashboards/main/rules/two/test')).body.code).toBe('rule-paused');
  const count = (by: number) => call('POST /dashboards/main/changes', { changes: [{ counter: 'orders', by }] });
  await count(3);
  expect((await call('PUT /dashboards/main/rules/two', rule)).status).toBe(200);
  await count(-4);
  await count(2);
  await eventually(() => receiver.events.length === 2);
  expect(receiver.events.map(({ data }) => data.text)).toEqual(['Orders: 2, above 1', 'Orders: 2, above 1']);
});
