/** `POST /changes` that is interrupted: no acknowledged change is lost or counted twice, and no one is delayed. */
import { startApp } from '../support/app.js';
import { createTempDirectory } from '../support/temp-directory.js';
import { eventually } from '../support/cleanup.js';
import { openBulkStream, createOrderLine, postBulkChanges } from '../support/bulk-client.js';
import { readSnapshot, startService } from '../support/service.js';

describe('a stream that is sent again', () => {
  it('with its keys, after the service was killed, counts each line exactly once', async () => {
    const DATA_DIR = createTempDirectory();
    const first = await startService({ DATA_DIR });
    const lines = Array.from({ length: 20_000 }, (_, index) => createOrderLine({ key: `k-${index}` }));
    const { send, waitForAnswers, abort, answers } = await openBulkStream(first.url);
    send(lines.slice(0, 10_000).join(''));
    await waitForAnswers(1_000);
    abort();
    const acknowledged = answers.length;
    await first.kill();
    const second = await startService({ DATA_DIR });
    const again = await postBulkChanges(second.url, lines.join(''));
    expect(again.answers.map(({ revision }) => revision)).toEqual(lines.map((_, index) => index + 1));
    expect(again.answers.slice(0, acknowledged).every(({ replayed }) => replayed === true)).toBe(true);
    const third = await postBulkChanges(second.url, lines.join(''));
    expect(third.answers.every(({ replayed }) => replayed === true)).toBe(true);
    expect((await readSnapshot(second)).counters['orders']).toBe(20_000);
  });

  it('with an Idempotency-Key counts each line once by its number, unless the line has a key', async () => {
    const { url, dashboard } = await startApp();
    const text = `${createOrderLine()}\n${createOrderLine()}${createOrderLine({ key: 'mine' })}`;
    const key = { 'Idempotency-Key': 'file-1' };
    const first = await postBulkChanges(url, text, key);
    expect(first.answers.map(({ replayed }) => replayed)).toEqual([false, false, false]);
    const again = await postBulkChanges(url, text, key);
    expect(again.answers).toEqual(first.answers.map((answer) => ({ ...answer, replayed: true })));
    expect((await postBulkChanges(url, createOrderLine({ reason: 'other' }), key)).answers).toMatchObject([
      { status: 422 },
    ]);
    expect(
      (await postBulkChanges(url, createOrderLine({ key: 'mine' }), { 'Idempotency-Key': 'file-2' })).answers,
    ).toMatchObject([{ replayed: true }]);
    expect((await dashboard()).counters['orders']).toBe(3);
  });
});

describe('a client', () => {
  it('that does not read responses is not read further, and loses nothing', async () => {
    const { url, dashboard } = await startApp({ STORE: 'memory' });
    const { send, pause, resume, end, readAll } = await openBulkStream(url);
    pause();
    const chunk = createOrderLine().repeat(1_000);
    let sent = 0;
    const push = (): void => {
      while (sent < 1_000_000 && send(chunk)) sent += 1_000;
    };
    // A write that returns false is buffered and sent later, so it counts too.
    for (let turn = 0; turn < 400; turn += 1) {
      push();
      await new Promise((resolve) => setImmediate(resolve));
    }
    const readOrders = async (): Promise<number> => (await dashboard()).counters['orders'] ?? 0;
    let before = -1;
    await eventually(async () => {
      const current = await readOrders();
      const isUnchanged = current === before;
      before = current;
      return isUnchanged;
    });
    expect(before).toBeLessThan(1_000_000);
    resume();
    end();
    const answers = await readAll();
    expect(answers.length).toBeGreaterThanOrEqual(sent);
    expect(await readOrders()).toBe(answers.length);
  });

  it('that disconnects does not stop lines that were read from being counted', async () => {
    const { url, dashboard } = await startApp();
    const { send, waitForAnswers, abort, answers } = await openBulkStream(url);
    send(createOrderLine().repeat(5_000));
    await waitForAnswers(10);
    abort();
    const acknowledged = answers.length;
    const nextRevision = async (): Promise<number> =>
      (await postBulkChanges(url, createOrderLine())).answers[0].revision;
    await eventually(async () => (await nextRevision()) + 1 === (await nextRevision()));
    const { revision, counters } = await dashboard();
    expect(counters['orders']).toBe(revision);
    expect(revision).toBeGreaterThan(acknowledged);
  });
});

describe('shutdown', () => {
  it('during a stream answers the lines that were read, then sends a problem and exits with 0', async () => {
    const DATA_DIR = createTempDirectory();
    const service = await startService({ DATA_DIR });
    const { send, waitForAnswers, readAll, end } = await openBulkStream(service.url);
    send(createOrderLine().repeat(3_000));
    await waitForAnswers(1);
    const stopped = service.stop();
    const answers = (await readAll()) as { status?: number; code?: string; revision?: number }[];
    end();
    expect(await stopped).toBe(0);
    const outcomes = answers.slice(0, -1);
    expect(outcomes.map(({ revision }) => revision)).toEqual(outcomes.map((_, index) => index + 1));
    expect(answers.at(-1)).toMatchObject({ status: 503, code: 'stopping' });
    const again = await startService({ DATA_DIR });
    expect((await readSnapshot(again)).counters['orders']).toBe(outcomes.length);
  });

  it('does not wait for a client that sends but does not read', async () => {
    const service = await startService({ STORE: 'memory' });
    const { send, pause } = await openBulkStream(service.url);
    pause();
    for (let turn = 0; turn < 50; turn += 1) {
      send(createOrderLine().repeat(1_000));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await service.stop()).toBe(0);
  });
});
