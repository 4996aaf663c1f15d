/** Metrics of rules: what fired, what came of each attempt, and what waits. */
import { NotifyAllow } from '../../src/config/notify-allow.js';
import { startShop } from '../support/api-client.js';
import { eventually } from '../support/cleanup.js';
import { RECEIVER_SECRET, startReceiver } from '../support/notification-receiver.js';
import { scrape } from '../support/prometheus-scrape.js';

it('metrics count what fires and each attempt, and show what waits and who is not told any more', async () => {
  const { call, ownerUrl } = await startShop({ NOTIFY_ALLOW: NotifyAllow.parse('127.0.0.1') });
  const receiver = await startReceiver(RECEIVER_SECRET);
  const sell = (by: number) => call('POST /dashboards/shop/changes', { changes: [{ counter: 'sales', by }] });
  const readMetrics = async (): Promise<Readonly<Record<string, number>>> => {
    const { samples } = await scrape(ownerUrl);
    const own = samples.filter(({ name, value }) => /^tallyboard_(rule|notify)_/.test(name) && value !== 0);
    return Object.fromEntries(
      own.map(({ name, labels, value }) => [
        [name.slice('tallyboard_'.length), ...Object.values(labels)].join(' '),
        value,
      ]),
    );
  };
  expect(await readMetrics()).toEqual({});
  const notify = [{ url: receiver.url, secret: RECEIVER_SECRET }];
  await call('PUT /dashboards/shop/rules/ten', { when: { of: 'sales', above: 10 }, notify });
  await sell(11);
  await eventually(async () => (await readMetrics())['notify_attempts_total delivered'] === 1);
  receiver.answerWith(503);
  for (const by of [-1, 1, -1]) await sell(by);
  await eventually(async () => (await readMetrics())['notify_attempts_total failed'] === 1);
  await eventually(async () => (await readMetrics())['notify_waiting'] === 3);
  receiver.answerWith(410);
  await eventually(async () => (await readMetrics())['notify_disabled_targets'] === 1);
  expect(await readMetrics()).toEqual({
    'rule_events_total fired': 2,
    'rule_events_total cleared': 2,
    'notify_attempts_total delivered': 1,
    'notify_attempts_total failed': 1,
    'notify_attempts_total disabled': 1,
    notify_disabled_targets: 1,
  });
}, 60_000);
