/** Redis dumps of released forms are read by this version, and newer data is refused unchanged. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { RedisUrl } from '../../src/config/redis-url.js';
import { TokenList } from '../../src/config/token-list.js';
import { DATA_FORM } from '../../src/store/redis/data-form.js';
import { RedisKeys } from '../../src/store/redis/keys.js';
import { startApp } from '../support/app.js';
import { runCommand } from '../support/cli-process.js';
import {
  expectKeptReads,
  expectKeptReplays,
  listKeptForms,
  readKeptFile,
  readKeptRecording,
  TOKEN_VARIABLES,
} from '../support/kept-data.js';
import { createRedisEndpoint, getRedisEndpoint } from '../support/redis-endpoint.js';
import { startRedis } from '../support/redis-server.js';
import { exportToText, importText } from '../support/sample-export.js';
import { runService } from '../support/service.js';
import { createTempDirectory } from '../support/temp-directory.js';
import { DAY_MS } from '../support/times.js';

/** So that nothing of the recording ever expires. */
const CENTURY_S = 36_500 * 86_400;
const RETENTION = { keyTtlMs: 36_500 * DAY_MS, ledgerRetentionMs: 36_500 * DAY_MS, maxLedgerEntries: 1_000_000 };
const PREFIX = 'tallyboard';

beforeAll(() => Logger.overrideLogger(false));

async function startOnDump(form: string) {
  const directory = join(createTempDirectory(), 'data');
  mkdirSync(directory);
  writeFileSync(join(directory, 'dump.rdb'), readKeptFile(form, 'redis.rdb'));
  return startRedis({ args: ['--appendonly', 'no', '--dir', directory] });
}

describe.each(listKeptForms())('data in the forms %s', (form) => {
  it('a Redis is opened, with all numbers, ledgers, definitions, periods and keys', async () => {
    const server = await startOnDump(form);
    const { url } = await startApp({
      STORE: 'redis',
      REDIS_URL: RedisUrl.parse(server.url),
      WRITE_TOKENS: TokenList.parse(TOKEN_VARIABLES.WRITE_TOKENS),
      ADMIN_TOKENS: TokenList.parse(TOKEN_VARIABLES.ADMIN_TOKENS),
      IDEMPOTENCY_KEY_TTL_S: CENTURY_S,
      LEDGER_RETENTION_S: CENTURY_S,
    });
    const recording = readKeptRecording(form, 'redis');
    await expectKeptReads(url, recording);
    await expectKeptReplays(url, recording);
    await expectKeptReads(url, recording);
    // An export has the rows of periods too, as far as they are still kept.
    const expected = await createRedisEndpoint(server.url);
    await importText(expected, readKeptFile(form, 'redis.ndjson').toString());
    const text = await exportToText(getRedisEndpoint(server.url, PREFIX), RETENTION);
    expect(text).toBe(await exportToText(expected, RETENTION));
  });
});

it('a Redis of a newer version is refused by the service and by commands, and is not changed', async () => {
  const [form = ''] = listKeptForms().toReversed();
  const server = await startOnDump(form);
  const newer = DATA_FORM + 1;
  const keys = new RedisKeys(PREFIX);
  await server.command('SET', keys.formKey, newer);
  const dump = async () => {
    const names = ((await server.command('KEYS', '*')) as string[]).toSorted();
    return Promise.all(names.map(async (name) => [name, await server.command('DUMP', name)]));
  };
  const before = await dump();
  const message = `the prefix ${PREFIX} has data form ${newer}, this version has form ${DATA_FORM}: run the same version on all instances, or set another REDIS_PREFIX`;
  const service = runService({ STORE: 'redis', REDIS_URL: server.url });
  expect([await service.ended, service.output()]).toEqual([1, expect.stringContaining(message)]);
  const file = join(createTempDirectory(), 'export.ndjson');
  writeFileSync(file, readKeptFile(form, 'redis.ndjson'));
  for (const command of [['export'], ['import', file, '--replace']]) {
    const { code, stderr } = await runCommand([...command, '--redis-url', server.url]);
    expect([command[0], code, stderr]).toEqual([command[0], 1, expect.stringContaining(message)]);
  }
  expect(await dump()).toEqual(before);
});
