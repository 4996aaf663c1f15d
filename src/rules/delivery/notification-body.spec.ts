/** Bodies of notifications, read by the library of CloudEvents. */
import { type CloudEvent, HTTP } from 'cloudevents';
import { createNotificationBody, type RuleEvent } from './notification-body.js';

const AT = '2026-11-30T12:00:00.123Z';
const EVENT: RuleEvent = {
  dashboard: 'shop',
  rule: 'ten',
  kind: 'fired',
  of: 'orders',
  value: 201,
  text: 'orders is 201 today, above 200',
  limit: 200,
  period: 'day',
  epoch: 'e1',
  revision: 7,
  at: Date.parse(AT),
};

function readEvent(event: RuleEvent): CloudEvent<unknown> {
  const { contentType, body } = createNotificationBody('cloudevents', event, 'msg_1');
  const read = HTTP.toEvent({ headers: { 'content-type': contentType }, body }) as CloudEvent<unknown>;
  expect(read.validate()).toBe(true);
  return read;
}

describe('a notification as a CloudEvent', () => {
  it('has the id of the webhook, the rule as its source, and the number with its limit', () => {
    expect(createNotificationBody('cloudevents', EVENT, 'msg_1').contentType).toBe('application/cloudevents+json');
    const { at: _at, kind: _kind, ...data } = EVENT;
    expect(readEvent(EVENT).toJSON()).toEqual({
      specversion: '1.0',
      id: 'msg_1',
      source: '/dashboards/shop/rules/ten',
      type: 'tallyboard.rule.fired',
      subject: 'orders',
      time: AT,
      datacontenttype: 'application/json',
      data: { ...data, at: AT },
    });
  });

  it.each(['fired', 'cleared', 'test'] as const)('has a type of its own when it is %s', (kind) => {
    expect(readEvent({ ...EVENT, kind }).type).toBe(`tallyboard.rule.${kind}`);
  });

  it('leaves out what the rule does not have: a silence has neither limit nor period', () => {
    const { limit: _limit, period: _period, ...rest } = EVENT;
    const { data } = readEvent({ ...rest, silentFor: 'PT30M' });
    expect(data).toMatchObject({ silentFor: 'PT30M' });
    expect(data).not.toHaveProperty('limit');
    expect(data).not.toHaveProperty('period');
  });
});

describe('a notification for Slack', () => {
  it('is the text alone, without characters that Slack takes for its own', () => {
    const { contentType, body } = createNotificationBody(
      'slack',
      { ...EVENT, text: '<!here> R&D > "5" &amp;' },
      'msg_1',
    );
    expect(contentType).toBe('application/json');
    expect(JSON.parse(body)).toEqual({ text: '&lt;!here&gt; R&amp;D &gt; "5" &amp;amp;' });
  });
});
