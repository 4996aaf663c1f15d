/** Many rules of one dashboard that fire again and again. */
import { NotifyAllow } from '../../src/config/notify-allow.js';
import { createCaller, startShop } from '../support/api-client.js';
import { afterTest, eventually } from '../support/cleanup.js';
import { startReceiver } from '../support/notification-receiver.js';
import { startService } from '../support/service.js';
import { createTempDirectory } from '../support/temp-directory.js';

it('rules can be read, changed and deleted while notifications of many others are delivered', async () => {
  const receiver = await startReceiver();
  const { url } = await startService({ DATA_DIR: createTempDirectory(), NOTIFY_ALLOW: receiver.host });
  const call = createCaller(url);
  const notify = [{ url: receiver.url, format: 'slack' }];
  const names = Array.from({ length: 150 }, (_, index) => `rule-${index}`);
  for (const name of names)
    await call(`PUT /dashboards/main/rules/${name}`, { when: { of: 'orders', above: 0 }, notify });
  for (let round = 0; round < 40; round += 1) await call(`${round % 2 === 0 ? 'POST' : 'DELETE'} /order`);
  await eventually(() => receiver.bodies.length > 100);
  expect((await call('DELETE /dashboards/main/rules/rule-0')).status).toBe(204);
  expect((await call('PUT /dashboards/main/rules/rule-1', { when: { of: 'orders', above: 9 }, notify })).status).toBe(
    200,
  );
  const { rules } = (await call('GET /dashboards/main/rules')).body;
  expect(rules).toHaveLength(149);
  // None of the requests had to wait until all was delivered.
  expect(rules.some(({ state }: { state: { waiting: number } }) => state.waiting > 10)).toBe(true);
}, 60_000);

it('many receivers that fail at once cause no warning about leaks', async () => {
  const warnings: string[] = [];
  const listener = ({ message }: Error): void => void warnings.push(message);
  process.on('warning', listener);
  afterTest(() => void process.off('warning', listener));
  const receiver = await startReceiver();
  receiver.answerWith(503);
  const { call } = await startShop({ NOTIFY_ALLOW: NotifyAllow.parse('127.0.0.1') });
  const notify = Array.from({ length: 4 }, () => ({ url: receiver.url, format: 'slack' }));
  for (const name of ['a', 'b', 'c'])
    await call(`PUT /dashboards/shop/rules/${name}`, { when: { of: 'sales', above: 0 }, notify });
  await call('POST /dashboards/shop/changes', { changes: [{ counter: 'sales', by: 1 }] });
  await eventually(() => receiver.attempts() === 12);
  expect(warnings).toEqual([]);
}, 60_000);
