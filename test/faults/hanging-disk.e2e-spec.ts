/** A disk that does not respond: changes are refused in time, viewers know, and the process can be stopped. */
import { createCaller } from '../support/api-client.js';
import { eventually } from '../support/cleanup.js';
import { runServiceThatHangsAtStart, startKillableService } from '../support/killable-service.js';
import { listStatuses } from '../support/recording-viewer.js';
import { watchV1 } from '../support/websocket-viewer.js';

const MAY_HAVE_BEEN_COUNTED = /has not responded for 2000 ms; the change may have been counted: retry with the same/;
const NOT_COUNTED = /has not responded for 2000 ms; nothing was counted/;

it('a disk that hangs: changes get 503 in time, viewers are degraded, and each key counts once afterwards', async () => {
  const { url, output, hangThread, stop } = await startKillableService({ COMMIT_TIMEOUT_MS: '2000' });
  const call = createCaller(url);
  const order = (key: string) => call('POST /order', undefined, { 'Idempotency-Key': key });
  const viewer = await watchV1(url);
  expect((await order('before')).status).toBe(200);
  const resume = hangThread('writer');
  let status = 200;
  let key = 0;
  // The thread hangs from its next turn on.
  for (; status === 200; key += 1) ({ status } = await order(`key-${key}`));
  const lastKey = `key-${key - 1}`;
  const refused = await Promise.all([order('late-1'), order('late-2'), call('PUT /dashboards/shop', { counters: {} })]);
  for (const response of refused) {
    expect([response.status, response.body.code]).toEqual([503, 'store-unavailable']);
    expect(response.body.detail).toMatch(NOT_COUNTED);
  }
  await viewer.waitFor(({ frames }) => listStatuses(frames).at(-1) === true);
  expect((await call('GET /health/ready')).status).toBe(503);
  expect((await call('GET /health/live')).status).toBe(200);

  resume();
  await eventually(async () => (await order(lastKey)).status === 200);
  await viewer.waitFor(({ frames }) => listStatuses(frames).at(-1) === false);
  for (const late of ['late-1', 'late-2', lastKey]) expect((await order(late)).status).toBe(200);
  // `before`, the keys and both late ones.
  await viewer.waitForValues({ orders: key + 3 });
  expect(await stop()).toBe(0);
  expect(output().match(/store unavailable: .*/g)).toEqual([expect.stringMatching(MAY_HAVE_BEEN_COUNTED)]);
});

it('a disk that hangs for reads: history and ledger get 503 in time, further reads at once, and changes go on', async () => {
  const { url, output, hangThread, stop } = await startKillableService({ COMMIT_TIMEOUT_MS: '3000' });
  const call = createCaller(url);
  const readLedger = () => call('GET /dashboards/main/changes');
  expect([(await call('POST /order')).status, (await readLedger()).status]).toEqual([200, 200]);
  const resume = hangThread('reader');
  let response = await readLedger();
  // The thread hangs from its next turn on.
  while (response.status === 200) response = await readLedger();
  const refused = [response, await readLedger(), await call('GET /dashboards/main/history?from=0')];
  for (const { status, body } of refused) {
    expect([status, body.code]).toEqual([503, 'store-unavailable']);
    expect(body.detail).toBe('the disk has not responded to a read for 3000 ms: history and ledger are unavailable');
  }
  expect((await call('POST /order')).status).toBe(200);
  resume();
  await eventually(async () => (await readLedger()).status === 200);
  expect((await call('GET /dashboards/main/history?from=0')).status).toBe(200);
  expect(await stop()).toBe(0);
  const lines = output().match(/(the disk has not responded to a read|reads of history and ledger).*/g);
  expect(lines).toEqual([expect.stringContaining('3000 ms'), expect.stringMatching(/are answered again after \d+ s/)]);
});

it('STOP_DEADLINE_MS ends the process while the disk hangs', async () => {
  const { hangThread, url, output, stop } = await startKillableService({
    COMMIT_TIMEOUT_MS: '2000',
    STOP_DEADLINE_MS: '5000',
  });
  hangThread('writer');
  let status = 200;
  while (status === 200) ({ status } = await createCaller(url)('POST /order'));
  expect(await stop()).toBeNull();
  expect(output()).toContain('not shut down after 5000 ms');
});

it('SIGTERM ends a start that hangs on the disk', async () => {
  const service = await runServiceThatHangsAtStart();
  expect(await service.stop('SIGTERM')).toBeNull();
});
