/** `POST /changes` with many invalid lines: a stream of nothing else ends early, and every other one is read whole. */
import { gzipSync } from 'node:zlib';
import { startApi } from '../support/api-client.js';
import { createOrderLine, openBulkStream, postBulkChanges } from '../support/bulk-client.js';

const ORDER = createOrderLine();
const WIDE_LINE = `${JSON.stringify(Object.fromEntries(Array.from({ length: 3_000 }, (_, at) => [`field-${at}`, at])))}\n`;
const UNKNOWN = createOrderLine({ dashboard: 'nowhere' });

const MEMORY = { STORE: 'memory' } as const;
const isApplied = ({ code }: { code?: string }): boolean => code === undefined;

it.each([
  ['short lines', 'x\n'.repeat(500_000), 1_000],
  [
    'lines that are too long to parse, by their length',
    WIDE_LINE.repeat(200),
    Math.ceil(1_000 / Math.ceil(WIDE_LINE.length / 1_024)),
  ],
  ['lines with refused ones in between', `${'{}\n'.repeat(600)}${UNKNOWN}`.repeat(3), 1_001],
])('a gzipped stream of %s ends with the first line that was not read', async (_, text, read) => {
  const api = await startApi(MEMORY);
  const gzipped = gzipSync(text);
  const { status, answers } = await postBulkChanges(api.url, gzipped, { 'Content-Encoding': 'gzip' });
  expect(status).toBe(200);
  expect(answers).toHaveLength(read + 1);
  expect(answers.at(-1)).toMatchObject({ code: 'too-many-invalid-lines', status: 400, line: read + 1 });
  expect((await api.call('POST /order')).status).toBe(200);
});

it('the response ends while the client has more to send', async () => {
  const api = await startApi(MEMORY);
  const { send, readAll } = await openBulkStream(api.url);
  send('x\n'.repeat(1_001));
  expect((await readAll()).at(-1)).toMatchObject({ code: 'too-many-invalid-lines', line: 1_001 });
});

it.each([
  ['with 1,000 invalid lines and blank ones after them', `${'x\n'.repeat(1_000)}\n \n`, 1_000, 0],
  ['with an applied line before each 1,000th invalid one', `${'x\n'.repeat(999)}${ORDER}`.repeat(4), 4_000, 4],
  ['that is refused line by line, but valid', UNKNOWN.repeat(3_000) + ORDER, 3_001, 1],
])('a stream %s is read whole', async (_, text, lineCount, appliedCount) => {
  const api = await startApi(MEMORY);
  const { answers } = await postBulkChanges(api.url, text);
  expect(answers).toHaveLength(lineCount);
  expect(answers.filter(isApplied)).toHaveLength(appliedCount);
  expect(answers.some(({ code }) => code === 'too-many-invalid-lines')).toBe(false);
});

it('a stream that has ended early counts each line once when it is sent again with its invalid lines blanked', async () => {
  const api = await startApi(MEMORY);
  const key = { 'Idempotency-Key': 'file-1' };
  const ended = await postBulkChanges(api.url, ORDER.repeat(10) + 'x\n'.repeat(1_100) + ORDER.repeat(10), key);
  expect(ended.answers.filter(isApplied)).toHaveLength(10);
  expect(ended.answers.at(-1)).toMatchObject({ code: 'too-many-invalid-lines', line: 1_011 });
  const again = await postBulkChanges(api.url, ORDER.repeat(10) + '\n'.repeat(1_100) + ORDER.repeat(10), key);
  expect(again.answers.map(({ replayed }) => replayed)).toEqual([...Array(10).fill(true), ...Array(10).fill(false)]);
  expect((await api.dashboard()).counters['orders']).toBe(20);
});
