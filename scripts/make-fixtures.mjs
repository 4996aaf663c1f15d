/**
 * Keeps data in the forms of this version for the tests of all later ones: `npm run fixtures`. It writes
 * `test/fixtures/forms/SCHEMA-FORM-FORMAT` with the built service: a data directory, a Redis dump, and an export of each.
 * A folder that is there is never written again. See test/fixtures/README.md.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Redis } from 'ioredis';
import { format, resolveConfig } from 'prettier';
import { createApp } from '../dist/app.js';
import { Config } from '../dist/config/config.js';
import { RedisUrl } from '../dist/config/redis-url.js';
import { TokenList } from '../dist/config/token-list.js';
import { EXPORT_VERSION } from '../dist/export-format/line-format.js';
import { DATA_FORM } from '../dist/store/redis/data-form.js';
import { MIGRATIONS } from '../dist/store/sqlite/schema.js';
import { createSettings, recordData } from './kept-data.mjs';
import { ROOT } from './tools.mjs';

const NAME = `${MIGRATIONS.length}-${DATA_FORM}-${EXPORT_VERSION}`;
const TARGET = `${ROOT}test/fixtures/forms/${NAME}`;

/** Runs the service in this process while `work` needs it. */
async function withService(settings, work) {
  const config = Object.assign(new Config(), createSettings(TokenList), { PORT: 0, LOG_LEVEL: 'error' }, settings);
  const app = await createApp(config);
  await app.listen(0, '127.0.0.1');
  try {
    return await work(`http://127.0.0.1:${app.getHttpServer().address().port}`);
  } finally {
    await app.close();
  }
}

async function withRedis(directory, work) {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  const args = ['--port', port, '--bind', '127.0.0.1', '--dir', directory, '--save', ''];
  const server = spawn('redis-server', args.map(String), { stdio: 'ignore' });
  const client = new Redis({ port, retryStrategy: () => 50, maxRetriesPerRequest: null });
  client.on('error', () => {});
  try {
    await client.ping();
    return await work(client, `redis://127.0.0.1:${port}`);
  } finally {
    client.disconnect();
    server.kill();
    await once(server, 'close');
  }
}

async function exportData(args) {
  const child = spawn(process.execPath, ['dist/cli/tallyboard.js', 'export', ...args], {
    cwd: ROOT,
    env: {},
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const text = (await child.stdout.setEncoding('utf8').toArray()).join('');
  if (!text.includes('"end"')) throw new Error('the export is empty');
  return text;
}

async function save(name, content) {
  const path = join(TARGET, name);
  const options = { ...(await resolveConfig(path)), parser: 'json' };
  writeFileSync(path, name.endsWith('.json') ? await format(JSON.stringify(content), options) : content);
}

/** The files are read while the service runs, so that all changes are in the write-ahead log, as after a crash. */
async function keepDataDirectory(directory) {
  await withService({ DATA_DIR: directory }, async (url) => {
    await save('embedded.json', await recordData(url, { timed: true }));
    for (const name of ['tallyboard.db', 'tallyboard.db-wal'])
      await save(`${name}.gz`, gzipSync(readFileSync(join(directory, name)), { level: 9 }));
  });
  await save('embedded.ndjson', await exportData(['--data-dir', directory]));
}

/** Without expiry, so that a server does not drop keys when it loads the dump later. */
async function keepRedis(directory) {
  await withRedis(directory, async (client, url) => {
    await withService({ STORE: 'redis', REDIS_URL: RedisUrl.parse(url) }, async (service) =>
      save('redis.json', await recordData(service, { timed: false })),
    );
    await save('redis.ndjson', await exportData(['--redis-url', url]));
    const passing = await client.keys('*:seen:*');
    if (passing.length > 0) await client.del(passing);
    for (const key of await client.keys('*')) await client.persist(key);
    await client.save();
  });
  await save('redis.rdb', readFileSync(join(directory, 'dump.rdb')));
}

if (existsSync(TARGET)) {
  process.stdout.write(`data in the forms of this version is kept already: test/fixtures/forms/${NAME}\n`);
} else {
  const [data, dump] = ['data', 'dump'].map((name) => mkdtempSync(join(tmpdir(), `tallyboard-fixtures-${name}-`)));
  mkdirSync(TARGET, { recursive: true });
  try {
    await keepDataDirectory(data);
    await keepRedis(dump);
    process.stdout.write(`wrote test/fixtures/forms/${NAME}\n`);
  } catch (error) {
    rmSync(TARGET, { recursive: true });
    throw error;
  } finally {
    for (const directory of [data, dump]) rmSync(directory, { recursive: true });
  }
}
