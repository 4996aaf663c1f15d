/**
 * `POST /changes` at its limits: bounded memory, no lost or repeated change, and a fair share for concurrent streams.
 */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { startApi } from '../support/api-client.js';
import { createTempDirectory } from '../support/temp-directory.js';
import { eventually } from '../support/cleanup.js';
import { NDJSON_HEADERS, openBulkStream, createOrderLine, postBulkChanges } from '../support/bulk-client.js';
import { readSnapshot, startService } from '../support/service.js';

const KIB = 1_024;
const createKeyedLines = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => createOrderLine({ key: `k-${index}` }));
const changeOrders = (by: number) => ({ changes: [{ counter: 'orders', by }] });

describe('a line', () => {
  it('of 64 KiB is accepted; one byte more gets 413', async () => {
    const { url } = await startApi({ STORE: 'memory' });
    const line = createOrderLine().trim();
    const text = [64 * KIB, 64 * KIB + 1].map((bytes) => line.padEnd(bytes)).join('\n');
    expect((await postBulkChanges(url, text)).answers).toMatchObject([{ revision: 1 }, { status: 413, line: 2 }]);
  });

  it('with 1,000 changes is accepted; with 1,001 it gets a problem', async () => {
    const { url } = await startApi({ STORE: 'memory' });
    const changes = Array.from({ length: 1_000 }, () => ({ counter: 'orders', by: 1 }));
    const text = createOrderLine({ changes }) + createOrderLine({ changes: [...changes, ...changes.slice(999)] });
    expect((await postBulkChanges(url, text)).answers).toMatchObject([
      { counters: { orders: 1_000 } },
      { errors: [{ pointer: '/changes' }], line: 2 },
    ]);
  });

  it('that was refused is refused again, as a replay, when it is sent again with its key', async () => {
    const { url } = await startApi();
    const text = createOrderLine({ ...changeOrders(-1), key: 'k' }) + createOrderLine();
    const [first] = (await postBulkChanges(url, text)).answers;
    const [again] = (await postBulkChanges(url, text)).answers;
    expect(first).toMatchObject({ code: 'nothing-to-remove', line: 1 });
    expect(again).toEqual({ ...first, replayed: true });
  });

  it('without a key is recorded under the Idempotency-Key header and its line number', async () => {
    const { url, call } = await startApi();
    await postBulkChanges(url, `${createOrderLine()}\n${createOrderLine()}`, { 'Idempotency-Key': '"file-1"' });
    const { entries } = (await call('GET /dashboards/main/changes')).body;
    expect(entries.map(({ key }: { key: string }) => key)).toEqual(['file-1 1', 'file-1 3']);
  });
});

describe('concurrent streams', () => {
  it('with the same keys count once and get the same responses', async () => {
    const { url, dashboard } = await startApi();
    const text = createKeyedLines(2_000).join('');
    const streams = await Promise.all([1, 2, 3].map(() => postBulkChanges(url, text)));
    const revisions = streams.map(({ answers }) => answers.map(({ revision }) => revision).join());
    expect(new Set(revisions).size).toBe(1);
    expect(await dashboard()).toMatchObject({ revision: 2_000, counters: { orders: 2_000 } });
  });

  it('progress together: none waits for the end of another', async () => {
    const { url } = await startApi();
    const streams = await Promise.all([1, 2].map(() => postBulkChanges(url, createOrderLine().repeat(6_000))));
    const last = streams.map(({ answers }) => Number(answers.at(-1).revision));
    expect(Math.min(...last)).toBeGreaterThan(6_000);
  });

  it('wait instead of failing, however small MAX_WAITING_CHANGES is', async () => {
    const { url } = await startApi({ MAX_WAITING_CHANGES: 20 });
    const streams = await Promise.all([1, 2, 3].map(() => postBulkChanges(url, createOrderLine().repeat(500))));
    for (const { answers } of streams) expect(answers.filter(({ code }) => code !== undefined)).toEqual([]);
  });
});

describe('a broken connection', () => {
  it('inside a line does not apply that line, and every answered line is replayed later', async () => {
    const { url, dashboard } = await startApi();
    const lines = createKeyedLines(900);
    const { send, waitForAnswers, abort, answers } = await openBulkStream(url);
    send(lines.slice(0, 600).join(''));
    // This line is complete JSON, but its newline has not been sent.
    send((lines[600] ?? '').trim());
    await waitForAnswers(600);
    abort();
    const again = (await postBulkChanges(url, lines.join(''))).answers;
    expect(again.map(({ replayed }) => replayed)).toEqual(lines.map((_, index) => index < 600));
    expect(again.slice(0, 600)).toEqual(answers.map((answer) => ({ ...answer, replayed: true })));
    expect(await dashboard()).toMatchObject({ revision: 900, counters: { orders: 900 } });
  });

  it('20 times at different moments neither ends the service nor counts a line twice', async () => {
    const service = await startService({ DATA_DIR: createTempDirectory() });
    const lines = createKeyedLines(4_000);
    for (let moment = 0; moment < 20; moment += 1) {
      const { send, waitForAnswers, pause, abort } = await openBulkStream(service.url);
      if (moment % 2 === 1) pause();
      send(lines.join(''));
      if (moment % 4 === 0) await waitForAnswers(1 + moment * 100);
      abort();
    }
    const { answers } = await postBulkChanges(service.url, lines.join(''));
    expect(answers.map(({ revision }) => revision)).toEqual(lines.map((_, index) => index + 1));
    expect(await readSnapshot(service)).toMatchObject({ revision: 4_000, counters: { orders: 4_000 } });
    expect(await service.stop()).toBe(0);
    expect(service.output()).not.toMatch(/error/i);
  });
});

it('truncated gzip is answered as far as it decompresses, then with a problem', async () => {
  const { url, dashboard } = await startApi({ STORE: 'memory' });
  const gzipped = gzipSync(createOrderLine().repeat(3_000)).subarray(0, -12);
  const { answers } = await postBulkChanges(url, gzipped, { 'Content-Encoding': 'gzip' });
  const problem = answers.pop();
  expect(problem).toMatchObject({ code: 'invalid-request', line: answers.length + 1 });
  expect(answers.length).toBeGreaterThan(0);
  expect((await dashboard()).revision).toBe(answers.length);
});

it('a client that does not read responses is read from only up to a bound, and others are served', async () => {
  const { url, call } = await startApi({ STORE: 'memory' });
  const names = Array.from({ length: 100 }, (_, index) => `a-counter-of-so-long-a-name-that-answers-weigh-${index}`);
  await call('PUT /dashboards/wide', { counters: Object.fromEntries(names.map((name) => [name, {}])) });
  const line = createOrderLine({ dashboard: 'wide', changes: names.map((counter) => ({ counter, by: 1 })) });
  const total = 6_000;
  const { send, pause, resume, end, readAll } = await openBulkStream(url);
  pause();
  send(line.repeat(total));
  end();
  const revision = async (): Promise<number> => (await call('GET /dashboards/wide')).body.revision;
  let [last, unchanged] = [-1, 0];
  await eventually(async () => {
    const current = await revision();
    unchanged = current === last ? unchanged + 1 : 0;
    last = current;
    return unchanged > 40;
  });
  // Without backpressure there would be 30 MB of responses by now.
  expect(last).toBeLessThan(total / 2);
  expect((await call('POST /order')).status).toBe(200);
  resume();
  expect(await readAll()).toHaveLength(total);
  expect(await revision()).toBe(total);
});

it('a stream of any length takes bounded memory', async () => {
  const { url, child } = await startService({ STORE: 'memory' });
  const status = `/proc/${child.pid}/status`;
  const rssMiB = (): number => Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(status, 'latin1'))?.[1]) / 1_024;
  // Blank lines of the longest allowed length, and between them lines that are far too long.
  const blank = Buffer.alloc(64 * KIB, ' ').fill('\n', 64 * KIB - 1);
  const tooLong = Buffer.alloc(2 ** 20, 'x');
  const send = async (chunks: number): Promise<void> => {
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        chunks -= 1;
        if (chunks < 0) controller.close();
        else
          controller.enqueue(chunks % 2 === 0 ? tooLong : Buffer.concat([...Array<Buffer>(16).fill(blank), tooLong]));
      },
    });
    const response = await fetch(`${url}/changes`, { method: 'POST', body, duplex: 'half', headers: NDJSON_HEADERS });
    const answers = (await response.text()).trim().split('\n');
    expect(answers.filter((answer) => !answer.includes('body-too-large'))).toEqual([]);
  };
  await send(40);
  const before = rssMiB();
  await send(200);
  expect(rssMiB() - before).toBeLessThan(100);
});
