/** Rules of a dashboard: what they tell, when, and to whom. */
import { NotifyAllow } from '../../src/config/notify-allow.js';
import { startShop } from '../support/api-client.js';
import { eventually } from '../support/cleanup.js';
import { RECEIVER_SECRET, type ReceivedEvent, startReceiver } from '../support/notification-receiver.js';
import { authorizeWith, SECRETS, TOKEN_CONFIG } from '../support/token-service.js';
import { startApi } from '../support/api-client.js';

const NOTIFY_ALLOW = NotifyAllow.parse('127.0.0.1');

const describeEvent = ({ type, data: { rule, value, text } }: ReceivedEvent): string =>
  `${rule} ${type.split('.').at(-1)} ${value}: ${text}`;

/** Starts a shop, a receiver, and calls that add sales and define a rule that tells the receiver. */
async function startRuledShop() {
  const shop = await startShop({ NOTIFY_ALLOW });
  const receiver = await startReceiver(RECEIVER_SECRET);
  const notify = [{ url: receiver.url, secret: RECEIVER_SECRET }];
  const define = (name: string, rule: object) => shop.call(`PUT /dashboards/shop/rules/${name}`, { notify, ...rule });
  const change = (...changes: readonly object[]) => shop.call('POST /dashboards/shop/changes', { changes });
  const sell = (by: number) => change({ counter: 'sales', by });
  const listTold = (): string[] => receiver.events.map(describeEvent);
  const expectTold = async (...expected: readonly string[]) => {
    await eventually(() => receiver.events.length >= expected.length);
    expect(listTold()).toEqual(expected);
  };
  return { ...shop, receiver, define, change, sell, listTold, expectTold };
}

it('a rule tells once that it begins to hold, and once that it clears', async () => {
  const { define, sell, expectTold, call, epoch, receiver } = await startRuledShop();
  const defined = await define('ten', { when: { of: 'sales', above: 10 }, clearsAt: 5 });
  expect([defined.status, defined.body]).toEqual([
    201,
    {
      rule: 'ten',
      when: { of: 'sales', above: 10 },
      clearsAt: 5,
      notify: [{ host: receiver.host, format: 'cloudevents' }],
      state: { holds: false, paused: false, waiting: 0, givenUp: 0, dropped: 0 },
    },
  ]);
  for (const by of [10, 1, 3, -8, -1, -1, 7]) await sell(by);
  await expectTold(
    'ten fired 11: Sales: 11, above 10',
    'ten cleared 5: Sales: 5, no longer above 5',
    'ten fired 11: Sales: 11, above 10',
  );
  expect(receiver.events[0]).toMatchObject({
    source: '/dashboards/shop/rules/ten',
    type: 'tallyboard.rule.fired',
    subject: 'sales',
    data: { dashboard: 'shop', rule: 'ten', of: 'sales', value: 11, limit: 10, epoch, revision: 2 },
  });
  // The receiver has the notification a moment before the service knows.
  const readState = async () => (await call('GET /dashboards/shop/rules/ten')).body.state;
  await eventually(async () => (await readState()).waiting === 0);
  expect(await readState()).toMatchObject({ holds: true });
});

it('a change set counts as a whole, and an undo and a recount as any other change', async () => {
  const { define, change, expectTold, call } = await startRuledShop();
  await define('ten', { when: { of: 'sales', above: 10 } });
  await change({ counter: 'sales', by: 20 }, { counter: 'sales', by: -15 });
  const { body } = await change({ counter: 'sales', to: 30 });
  await change({ counter: 'sales', to: 30 });
  await call('POST /dashboards/shop/changes', { undoes: body.revision });
  await expectTold('ten fired 30: Sales: 30, above 10', 'ten cleared 5: Sales: 5, no longer above 10');
});

it('a new rule, and a changed one, take their state from what is there, and tell nothing', async () => {
  const { define, sell, expectTold, call } = await startRuledShop();
  await sell(20);
  expect((await define('ten', { when: { of: 'sales', above: 10 } })).body.state.holds).toBe(true);
  await sell(1);
  // Nobody was told that it holds, so nobody is told that it clears.
  await sell(-15);
  await sell(10);
  expect((await define('ten', { when: { of: 'sales', above: 12 } })).status).toBe(200);
  await sell(-10);
  await sell(8);
  await expectTold('ten fired 16: Sales: 16, above 10', 'ten fired 14: Sales: 14, above 12');
  expect((await call('GET /dashboards/shop/rules/ten')).body.when).toEqual({ of: 'sales', above: 12 });
});

it('a rule about a period tells once a period, and one about a measure tells its decimals', async () => {
  const { define, sell, change, expectTold, call } = await startRuledShop();
  const measures = { rate: { ratio: ['sales', 'visits'], percent: true } };
  await call('PUT /dashboards/shop', { title: 'Shop', measures, counters: { sales: { title: 'Sales' } } });
  await sell(100);
  await define('day', { when: { of: 'sales', in: 'day', above: 105 } });
  await define('rate', { when: { of: 'rate', in: 'month', below: 4.5 } });
  for (const by of [6, -6, 6, -6]) await sell(by);
  await change({ counter: 'visits', by: 1_000 });
  await expectTold(
    'day fired 106: Sales today: 106, above 105',
    'day cleared 100: Sales today: 100, no longer above 105',
  );
  await change({ counter: 'visits', by: 1_500 });
  await expectTold(
    'day fired 106: Sales today: 106, above 105',
    'day cleared 100: Sales today: 100, no longer above 105',
    'rate fired 4: rate this month: 4.0%, below 4.5%',
  );
});

it('what waits is sent in order once the receiver takes it, and 410 ends it', async () => {
  const { define, sell, receiver, call, listTold } = await startRuledShop();
  await define('one', { when: { of: 'sales', above: 0 } });
  receiver.answerWith(503);
  for (const by of [1, -1, 1]) await sell(by);
  await eventually(() => receiver.attempts() === 1);
  const read = async (path = '') => (await call(`GET /dashboards/shop/rules/one${path}`)).body;
  await eventually(async () => (await read('/deliveries')).deliveries[2]?.targets[0].attempts === 1);
  expect((await read()).state).toMatchObject({ waiting: 3 });
  expect((await read('/deliveries')).deliveries[2].targets).toEqual([
    {
      host: receiver.host,
      status: 'waiting',
      attempts: 1,
      attemptedAt: expect.any(Number),
      answer: 503,
      nextAt: expect.any(Number),
    },
  ]);
  receiver.answerWith(200);
  await eventually(() => receiver.events.length === 3);
  expect(listTold()).toEqual([
    'one fired 1: Sales: 1, above 0',
    'one cleared 0: Sales: 0, no longer above 0',
    'one fired 1: Sales: 1, above 0',
  ]);
  receiver.answerWith(410);
  await sell(-1);
  await eventually(async () => (await read()).notify[0].disabledAt !== undefined);
  receiver.answerWith(200);
  await sell(1);
  await eventually(async () => (await read('/deliveries')).deliveries.length === 5);
  expect((await read('/deliveries')).deliveries[0].targets[0]).toMatchObject({ status: 'disabled', attempts: 0 });
  expect(receiver.events).toHaveLength(3);
}, 60_000);

it('a test is sent to each target, Slack included, and nothing secret is ever answered or logged', async () => {
  const { call, receiver, define } = await startRuledShop();
  const slack = await startReceiver();
  const notify = [
    { url: receiver.url, secret: RECEIVER_SECRET },
    { url: slack.url, format: 'slack' },
  ];
  const answers = [await define('ten', { when: { of: 'sales', below: -1 }, notify })];
  answers.push(await call('POST /dashboards/shop/rules/ten/test'));
  expect(answers[1]?.body.targets).toEqual([
    { host: receiver.host, delivered: true, answer: 200, tookMs: expect.any(Number) },
    { host: slack.host, delivered: true, answer: 200, tookMs: expect.any(Number) },
  ]);
  expect(slack.bodies).toEqual([JSON.stringify({ text: 'Test: Sales: 0; the rule fires below −1' })]);
  const made = await define('made', { when: { of: 'sales', above: 1 }, notify: [{ url: receiver.url }] });
  expect(made.body.notify[0].secret).toMatch(/^whsec_/);
  const again = await define('made', { when: { of: 'sales', above: 1 }, notify: [{ url: receiver.url }] });
  for (const path of ['', '/ten', '/ten/deliveries', '/made'])
    answers.push(await call(`GET /dashboards/shop/rules${path}`));
  const text = JSON.stringify([...answers, again].map(({ body }) => body));
  for (const secret of [RECEIVER_SECRET, 'secret-path', made.body.notify[0].secret]) expect(text).not.toContain(secret);
});

it('a rule whose target is its own test tests itself once', async () => {
  const { call, define, url } = await startRuledShop();
  await define('self', {
    when: { of: 'sales', above: 10 },
    notify: [{ url: `${url}/dashboards/shop/rules/self/test` }],
  });
  const { status, body } = await call('POST /dashboards/shop/rules/self/test');
  expect([status, body.targets]).toEqual([
    200,
    [{ host: new URL(url).host, delivered: false, answer: expect.any(Number), tookMs: expect.any(Number) }],
  ]);
});

it('faults are named with pointers, and only admins see or change rules', async () => {
  const { call, define } = await startRuledShop();
  const refused = await define('ten', {
    when: { of: 'sails', above: 1 },
    notify: [{ url: 'http://169.254.169.254/latest' }, { url: 'https://user@example.com/' }],
  });
  expect([refused.status, refused.body.errors.map(({ pointer }: { pointer: string }) => pointer)]).toEqual([
    400,
    ['/when/of', '/notify/0/url', '/notify/1/url'],
  ]);
  expect((await define('Ten', { when: { of: 'sales', above: 1 } })).body.code).toBe('invalid-request');
  expect((await call('GET /dashboards/shop/rules/none')).body.code).toBe('unknown-rule');
  expect((await call('DELETE /dashboards/shop/rules/none')).status).toBe(404);
  expect((await call('GET /dashboards/nowhere/rules')).body.code).toBe('unknown-dashboard');
  const guarded = await startApi(TOKEN_CONFIG);
  for (const line of [
    'GET /dashboards/main/rules',
    'GET /dashboards/main/rules/x',
    'POST /dashboards/main/rules/x/test',
  ]) {
    expect((await guarded.call(line)).status).toBe(401);
    expect((await guarded.call(line, undefined, authorizeWith(SECRETS.clerk))).status).toBe(403);
  }
});

it('a counter that a rule needs stays until the rule is deleted, and so do no deliveries', async () => {
  const { call, define, sell, expectTold, receiver } = await startRuledShop();
  await define('ten', { when: { of: 'sales', above: 10 } });
  const refused = await call('DELETE /dashboards/shop/counters/sales');
  expect([refused.status, refused.body.code]).toEqual([409, 'needed-by-rule']);
  expect(refused.body.detail).toBe('cannot delete sales: needed by the rule ten');
  await sell(11);
  await expectTold('ten fired 11: Sales: 11, above 10');
  expect((await call('DELETE /dashboards/shop/rules/ten')).status).toBe(204);
  await sell(-11);
  await define('ten', { when: { of: 'sales', above: 10 } });
  expect((await call('GET /dashboards/shop/rules/ten/deliveries')).body.deliveries).toEqual([]);
  expect((await call('DELETE /dashboards/shop/rules/ten')).status).toBe(204);
  expect((await call('DELETE /dashboards/shop/counters/sales')).status).toBe(204);
  expect(receiver.events).toHaveLength(1);
});

it('a past that is booked, and a dashboard that begins again, tell nothing', async () => {
  const { call, define, sell, expectTold, url } = await startRuledShop();
  await define('ten', { when: { of: 'sales', above: 10 } });
  const at = Math.floor(Date.now() / 1_000) * 1_000 - 60_000;
  const history = await fetch(`${url}/dashboards/shop/history`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-ndjson' },
    body: `${JSON.stringify({ at, counters: { sales: { added: 20 } } })}\n`,
  });
  expect(history.status).toBe(200);
  await eventually(async () => (await call('GET /dashboards/shop/rules/ten')).body.state.holds === true);
  await sell(-15);
  await sell(10);
  await expectTold('ten fired 15: Sales: 15, above 10');
});
