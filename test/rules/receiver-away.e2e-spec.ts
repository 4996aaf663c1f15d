/** A receiver that is away for a day gets everything afterwards, in order. */
import { createCaller } from '../support/api-client.js';
import { eventually } from '../support/cleanup.js';
import { CLOCK_ENV } from '../support/clock-scenario.js';
import { FakedClock } from '../support/faked-clock.js';
import { RECEIVER_SECRET, startReceiver } from '../support/notification-receiver.js';
import { startService } from '../support/service.js';
import { createTempDirectory } from '../support/temp-directory.js';

const CROSSINGS = 60;
const DAY_MS = 86_400_000;

it('what a receiver has missed in a day waits, and is sent in order', async () => {
  const clock = new FakedClock();
  const receiver = await startReceiver(RECEIVER_SECRET, () => clock.now());
  const env = { DATA_DIR: createTempDirectory(), NOTIFY_ALLOW: receiver.host, ...CLOCK_ENV, ...clock.env };
  let service = await startService(env);
  const call = createCaller(service.url);
  const notify = [{ url: receiver.url, secret: RECEIVER_SECRET }];
  await call('PUT /dashboards/main/rules/one', { when: { of: 'orders', above: 0 }, notify });
  receiver.answerWith(503);
  for (let crossing = 0; crossing < CROSSINGS; crossing += 1) {
    await call('POST /order');
    await call('DELETE /order');
  }
  await eventually(() => receiver.attempts() >= 2);
  const read = async () => (await createCaller(service.url)('GET /dashboards/main/rules/one')).body;
  await eventually(async () => (await read()).state.waiting === 2 * CROSSINGS);
  expect(await service.stop()).toBe(0);
  clock.setOffset(DAY_MS);
  receiver.answerWith(200);
  service = await startService({ ...env, PORT: String(service.port) });
  await eventually(() => receiver.events.length === 2 * CROSSINGS);
  const revisions = receiver.events.map(({ data }) => data.revision);
  expect(revisions).toEqual(revisions.toSorted((a, b) => a - b));
  expect(new Set(receiver.events.map(({ id }) => id)).size).toBe(2 * CROSSINGS);
  await eventually(async () => (await read()).state.waiting === 0);
  expect((await read()).state).toMatchObject({ givenUp: 0, dropped: 0 });
  expect(await service.stop()).toBe(0);
});
