/** Data in the forms of released versions (test/fixtures/forms), and checks that a version reads all of it. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { createCaller } from './api-client.js';
import { createTempDirectory } from './temp-directory.js';
import { authorizeWith } from './token-service.js';

const FIXTURES = fileURLToPath(new URL('../fixtures/forms/', import.meta.url));

/** Secrets of the tokens that sent the requests. */
const SECRETS = { till1: 'till1-0123456789abcdef', till2: 'till2-0123456789abcdef', admin: 'admin-0123456789abcdef' };
/** Variables of a service that accepts the tokens. */
export const TOKEN_VARIABLES = {
  WRITE_TOKENS: `till1:${SECRETS.till1},till2:${SECRETS.till2}`,
  ADMIN_TOKENS: `admin:${SECRETS.admin}`,
};

interface KeptRequest {
  readonly who: 'till1' | 'till2';
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly key: string;
  readonly status: number;
  readonly answer: Readonly<Record<string, unknown>>;
}

interface Recording {
  /** Time after the last request. */
  readonly at: number;
  readonly requests: readonly KeptRequest[];
  /** Answers by path and query. */
  readonly reads: Readonly<Record<string, object>>;
}

/** Lists the folders: `5-3-2` is SQLite schema 5, Redis data form 3 and export format 2. */
export function listKeptForms(): string[] {
  return readdirSync(FIXTURES);
}

export function readKeptFile(form: string, name: string): Buffer {
  return readFileSync(join(FIXTURES, form, name));
}

export function readKeptRecording(form: string, store: 'embedded' | 'redis'): Recording {
  return JSON.parse(readKeptFile(form, `${store}.json`).toString()) as Recording;
}

/** Unpacks a data directory whose changes are in the write-ahead log, as after a crash. @returns its path */
export function unpackKeptDirectory(form: string): string {
  const directory = createTempDirectory();
  for (const name of ['tallyboard.db', 'tallyboard.db-wal'])
    writeFileSync(join(directory, name), gunzipSync(readKeptFile(form, `${name}.gz`)));
  return directory;
}

/** Reads numbers, definitions, ledgers and periods. A later version may add members to each. */
export async function expectKeptReads(url: string, { reads }: Recording): Promise<void> {
  const call = createCaller(url);
  for (const [path, expected] of Object.entries(reads)) {
    const { status, body } = await call(`GET ${path}`, undefined, authorizeWith(SECRETS.admin));
    expect([path, status, body]).toMatchObject([path, 200, expected]);
  }
}

/** Sends every request with a key again: each gets its first answer. */
export async function expectKeptReplays(url: string, { requests }: Recording): Promise<void> {
  const call = createCaller(url);
  for (const { who, method, path, body, key, status, answer } of requests) {
    const headers = { ...authorizeWith(SECRETS[who]), 'Idempotency-Key': key, Accept: 'application/json' };
    const response = await call(`${method} ${path}`, body, headers);
    expect([key, response.status, response.headers.get('idempotent-replayed')]).toEqual([key, status, 'true']);
    expect(response.body).toMatchObject(status < 400 ? { ...answer, replayed: true } : answer);
  }
}
