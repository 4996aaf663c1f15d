/** `POST /changes` with many invalid lines: a stream with 1,000 more invalid lines than applied ones ends early. */
import { gzipSync } from 'node:zlib';
import { startApi } from '../support/api-client.js';
import { createOrderLine, openBulkStream, postBulkChanges } from '../support/bulk-client.js';

const ORDER = createOrderLine();
const WIDE_LINE = `${JSON.stringify(Object.fromEntries(Array.from({ length: 3_000 }, (_, at) => [`field-${at}`, at])))}\n`;
const WIDE_LINE_WEIGHT = Math.ceil(WIDE_LINE.length / 1_024);
const WIDE_LINES = Math.ceil(1_000 / WIDE_LINE_WEIGHT);
const UNKNOWN = createOrderLine({ dashboard: 'nowhere' });

const MEMORY = { STORE: 'memory' } as const;
const isApplied = ({ code }: { code?: string }): boolean => code === undefined;

it.each([
  ['short lines', 'x\n'.repeat(500_000), 1_000, 1_000],
  ['long lines, by their length', WIDE_LINE.repeat(200), WIDE_LINES, WIDE_LINES * WIDE_LINE_WEIGHT],
  ['lines with refused ones in between', `${'{}\n'.repeat(600)}${UNKNOWN}`.repeat(3), 1_001, 1_000],
  ['lines with an applied one after each 999', `${'x\n'.repeat(999)}${ORDER}`.repeat(500), 1_101, 1_099],
  [
    'lines with a replayed one after each 9',
    `${'x\n'.repeat(9)}${createOrderLine({ key: 'once' })}`.repeat(5_000),
    1_333,
    1_067,
  ],
])('a gzipped stream of invalid %s ends with the first line that was not read', async (_, text, read, balance) => {
  const api = await startApi(MEMORY);
  const gzipped = gzipSync(text);
  const { status, answers } = await postBulkChanges(api.url, gzipped, { 'Content-Encoding': 'gzip' });
  expect(status).toBe(200);
  expect(answers).toHaveLength(read + 1);
  expect(answers.at(-1)).toMatchObject({
    code: 'too-many-invalid-lines',
    status: 400,
    detail: expect.stringContaining(
      `by ${balance} in the last part of the body, where an invalid line counts once for`,
    ),
    line: read + 1,
  });
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
  ['with 999 more invalid lines than applied ones', 'x\n'.repeat(999) + `${ORDER}x\n`.repeat(1_000), 2_999, 1_000],
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
