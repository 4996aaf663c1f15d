/** A stream of change sets that is cut, retried, stopped, left unread, or long: nothing lost, nothing twice, nothing held. */
import { readFileSync } from 'node:fs';
import { startApi } from './api.fixture.js';
import { makeDirectory } from './directory.fixture.js';
import { eventually } from './lifetime.fixture.js';
import { shown, startService } from './service.fixture.js';
import { keyedLines, NDJSON, openStream, orderLine, postStream } from './stream.fixture.js';

describe('a stream that is sent again', () => {
  it('with keys on its lines changes nothing: each outcome and refusal comes again, as a replay', async () => {
    const { url, dashboard } = await startApi();
    const lines = [...keyedLines(1_500), orderLine({ key: 'refused' }, -2_000), orderLine({ key: 'k-0' }, 7)];
    const first = (await postStream(url, lines)).answers;
    const again = (await postStream(url, lines)).answers;
    expect(first.slice(0, 1_500).every(({ replayed }) => replayed === false)).toBe(true);
    expect(again.slice(0, -1)).toEqual(first.slice(0, -1).map((answer) => ({ ...answer, replayed: true })));
    expect([first.at(-1).code, again.at(-1).code]).toEqual(['key-reused', 'key-reused']);
    expect(await dashboard()).toMatchObject({ revision: 1_500, counters: { orders: 1_500 } });
  });

  it('with one key in its header changes nothing, and lines with a key of their own keep it', async () => {
    const { url, call, dashboard } = await startApi();
    const lines = [orderLine(), '', 'broken', orderLine({ key: 'own' }), orderLine()];
    const header = { 'Idempotency-Key': '"file-1"' };
    const first = (await postStream(url, lines, header)).answers;
    const again = (await postStream(url, lines, header)).answers;
    expect(first.map(({ replayed, code }) => replayed ?? code)).toEqual([false, 'invalid-request', false, false]);
    expect(again.map(({ replayed, code }) => replayed ?? code)).toEqual([true, 'invalid-request', true, true]);
    expect((await dashboard()).revision).toBe(3);
    // The same lines under another key are other change sets, and a line that changed is refused under the same.
    expect((await postStream(url, lines, { 'Idempotency-Key': 'file-2' })).answers.at(-1)).toMatchObject({
      revision: 5,
    });
    const changed = (await postStream(url, [orderLine({}, 2)], header)).answers;
    expect(changed).toEqual([expect.objectContaining({ code: 'key-reused', line: 1 })]);
    const { entries } = (await call('GET /dashboards/main/changes')).body;
    expect(entries.map(({ key }: { key: string }) => key).slice(0, 3)).toEqual(['file-1 1', 'own', 'file-1 5']);
  });

  it('with a key that is already in flight on another stream counts once', async () => {
    const { url, dashboard } = await startApi();
    const lines = keyedLines(2_000);
    const streams = await Promise.all([1, 2, 3].map(() => postStream(url, lines)));
    const revisions = streams.map(({ answers }) => answers.map(({ revision }) => revision));
    expect(new Set(revisions.map(String)).size).toBe(1);
    expect(await dashboard()).toMatchObject({ revision: 2_000, counters: { orders: 2_000 } });
  });
});

describe('a connection that is cut', () => {
  it('in the middle of a line loses nothing that was read, and takes no half line for a whole one', async () => {
    const { url, port, dashboard } = await startApi();
    const lines = keyedLines(900);
    const stream = await openStream(port);
    stream.send(lines.slice(0, 600));
    // Without its end this line is as good as whole, but nobody has said so.
    stream.request.write(lines[600] ?? '');
    await stream.answered(600);
    stream.request.destroy();
    const { answers } = await postStream(url, lines);
    expect(answers.map(({ replayed }) => replayed)).toEqual(lines.map((_, index) => index < 600));
    expect(answers.slice(0, 600)).toEqual(stream.answers.map((answer) => ({ ...answer, replayed: true })));
    expect(await dashboard()).toMatchObject({ revision: 900, counters: { orders: 900 } });
  });

  it('again and again, at any moment, does not end the service, and the whole file counts once', async () => {
    const service = await startService({ DATA_DIR: makeDirectory() });
    const lines = keyedLines(4_000);
    for (let moment = 0; moment < 20; moment += 1) {
      const stream = await openStream(service.port, { reading: moment % 2 === 0 });
      stream.send(lines);
      if (moment % 4 < 2) await stream.answered(moment % 2 === 0 ? moment * 100 : 0);
      stream.request.destroy();
    }
    const { answers } = await postStream(service.url, lines);
    expect(answers.map(({ revision }) => revision)).toEqual(lines.map((_, index) => index + 1));
    expect(await shown(service)).toMatchObject({ revision: 4_000, counters: { orders: 4_000 } });
    expect(await service.stop()).toBe(0);
    expect(service.output()).not.toMatch(/error/i);
  }, 60_000);

  it('by the death of the service loses nothing that was answered', async () => {
    const env = { DATA_DIR: makeDirectory() };
    const lines = keyedLines(30_000);
    const service = await startService(env);
    const stream = await openStream(service.port);
    stream.send(lines);
    await stream.answered(3_000);
    await service.kill();
    await stream.ended();
    const acknowledged = stream.answers.length;
    const again = await startService(env);
    expect((await shown(again)).revision).toBeGreaterThanOrEqual(acknowledged);
    const { answers } = await postStream(again.url, lines);
    expect(answers.slice(0, acknowledged)).toEqual(stream.answers.map((answer) => ({ ...answer, replayed: true })));
    expect(await shown(again)).toMatchObject({ revision: 30_000, counters: { orders: 30_000 } });
  }, 60_000);
});

describe('a client that does not read', () => {
  it('is read from no further than a bounded bit, until it reads: then all is answered in order', async () => {
    const { port, call, dashboard } = await startApi({ STORE: 'memory' });
    const names = Array.from(
      { length: 100 },
      (_, index) => `a-counter-of-a-very-long-name-so-that-answers-weigh-${index}`,
    );
    await call('PUT /dashboards/wide', { counters: Object.fromEntries(names.map((name) => [name, {}])) });
    const line = JSON.stringify({ dashboard: 'wide', changes: names.map((counter) => ({ counter, by: 1 })) });
    const total = 6_000;
    const stream = await openStream(port, { reading: false });
    stream.send(Array<string>(total).fill(line));
    stream.request.end();
    const revision = async (): Promise<number> => (await call('GET /dashboards/wide')).body.revision;
    let [last, quiet] = [-1, 0];
    await eventually(async () => {
      const now = await revision();
      quiet = now === last ? quiet + 1 : 0;
      last = now;
      return quiet > 40;
    });
    // Thirty megabytes of answers would have been made by now, were they made without a taker. Others are served meanwhile.
    expect(last).toBeLessThan(total / 2);
    expect((await dashboard()).revision).toBe(0);
    stream.read();
    await stream.ended();
    expect(stream.answers.map((answer) => answer.revision)).toEqual(
      Array.from({ length: total }, (_, index) => index + 1),
    );
    expect(await revision()).toBe(total);
  }, 60_000);

  it('does not hold up a stop', async () => {
    const { port, stop } = await startService({ STORE: 'memory' });
    const stream = await openStream(port, { reading: false });
    stream.send(Array<string>(200_000).fill(orderLine()));
    expect(await stop()).toBe(0);
  }, 20_000);
});

describe('two streams at once', () => {
  it('are each answered in order, and share what there is', async () => {
    const { url, dashboard } = await startApi();
    const lines = Array<string>(6_000).fill(orderLine());
    const streams = await Promise.all([1, 2].map(() => postStream(url, lines)));
    const revisions = streams.map(({ answers }) => answers.map(({ revision }) => Number(revision)));
    for (const some of revisions) expect(some).toEqual(some.toSorted((one, other) => one - other));
    expect(new Set(revisions.flat()).size).toBe(12_000);
    // Neither waited for the other's end.
    expect(Math.min(...revisions.map((some) => some.at(-1) ?? 0))).toBeGreaterThan(6_000);
    expect(await dashboard()).toMatchObject({ revision: 12_000, counters: { orders: 12_000 } });
  }, 20_000);

  it('hold back rather than be refused, however few change sets may wait', async () => {
    const { url } = await startApi({ MAX_WAITING_CHANGES: 20 });
    const streams = await Promise.all([1, 2, 3].map(() => postStream(url, Array<string>(500).fill(orderLine()))));
    for (const { answers } of streams) expect(answers.filter(({ code }) => code !== undefined)).toEqual([]);
  }, 20_000);
});

it('a stop in the middle of a stream answers what was taken, says so, and ends it', async () => {
  const env = { DATA_DIR: makeDirectory() };
  const service = await startService(env);
  const stream = await openStream(service.port);
  let sending = true;
  const send = (): void => {
    if (sending) stream.request.write(`${orderLine()}\n`.repeat(200), send);
  };
  send();
  await stream.answered(2_000);
  const stopped = service.stop();
  await stream.ended();
  sending = false;
  expect([stream.end, await stopped]).toEqual(['whole', 0]);
  const problem = stream.answers.pop();
  expect(problem).toMatchObject({ code: 'stopping', status: 503, line: stream.answers.length + 1 });
  expect(stream.answers.map(({ revision }) => revision)).toEqual(stream.answers.map((_, index) => index + 1));
  expect((await shown(await startService(env))).revision).toBe(stream.answers.length);
}, 30_000);

it('a stream of any length is held nowhere', async () => {
  const { url, child } = await startService({ STORE: 'memory' });
  const rssMiB = (): number =>
    Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'latin1'))?.[1]) / 1_024;
  // Lines as long as they may be, of which all but one are blank, and then one that never ends.
  const blank = Buffer.alloc(64 * 1_024, ' ').fill('\n', 64 * 1_024 - 1);
  const send = async (count: number): Promise<void> => {
    const piece = Buffer.alloc(2 ** 20, 'x');
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        count -= 1;
        if (count < 0) controller.close();
        else controller.enqueue(count % 2 === 0 ? piece : Buffer.concat([...Array<Buffer>(16).fill(blank), piece]));
      },
    });
    const response = await fetch(`${url}/changes`, {
      method: 'POST',
      body,
      duplex: 'half',
      headers: { 'Content-Type': NDJSON },
    });
    expect(
      (await response.text())
        .split('\n')
        .slice(0, -1)
        .every((line) => line.includes('body-too-large')),
    ).toBe(true);
  };
  await send(40);
  const before = rssMiB();
  await send(200);
  expect(rssMiB() - before).toBeLessThan(100);
}, 60_000);
