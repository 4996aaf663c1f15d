/** The form of a rule: begins with the target of its counter, and reads amounts in the reader's locale. */
import type { DashboardDefinition } from '../../src/client/client.js';
import { createRuleForm, nameRule, readRuleForm, type RuleForm } from './rule-form.js';

const DEFINITION: DashboardDefinition = {
  dashboard: 'shop',
  version: 1,
  counters: {
    orders: { target: { value: 200, per: 'day' } },
    revenue: { scale: 2, currency: 'EUR', headline: 'week' },
    stock: { kind: 'gauge', target: { value: 1_500 } },
  },
  measures: { basket: { ratio: ['revenue', 'orders'], scale: 2 } },
  resolved: { timeZone: 'UTC', dayStartsAt: '00:00', weekStartsOn: 'monday' },
};

const URL_TEXT = 'https://example.com/hooks';
const fill = (of: string, change: Partial<RuleForm> = {}): RuleForm => ({
  ...createRuleForm(DEFINITION, { of }, 'en'),
  url: URL_TEXT,
  ...change,
});
const listFaults = (form: RuleForm) => Object.fromEntries(readRuleForm(form, DEFINITION, 'en').faults);

it.each([
  ['orders', { limit: '200', period: 'day' }],
  ['revenue', { limit: '', period: 'week' }],
  ['stock', { limit: '1,500', period: 'total' }],
  ['basket', { limit: '', period: 'total' }],
] as const)('a new rule of %s begins with its target, or the period of its tile', (of, expected) => {
  expect(createRuleForm(DEFINITION, { of }, 'en')).toMatchObject({ of, kind: 'above', ...expected });
});

it('a target that is being typed comes before the stored one', () => {
  const subject = { of: 'orders', target: { text: '250', period: 'week' } } as const;
  expect(createRuleForm(DEFINITION, subject, 'en')).toMatchObject({ limit: '250', period: 'week' });
  const empty = { of: 'orders', target: { text: ' ', period: 'total' } } as const;
  expect(createRuleForm(DEFINITION, empty, 'en')).toMatchObject({ limit: '200', period: 'day' });
});

it.each<[string, string, RuleForm, object]>([
  ['a number of a period', 'en', fill('orders'), { of: 'orders', in: 'day', above: 200 }],
  [
    'smallest units',
    'de',
    fill('revenue', { kind: 'below', limit: '1.250,50' }),
    { of: 'revenue', in: 'week', below: 125_050 },
  ],
  ['a level', 'en', fill('stock', { period: 'day' }), { of: 'stock', above: 1_500 }],
  ['decimals of a measure', 'en', fill('basket', { limit: '9.5' }), { of: 'basket', above: 9.5 }],
  [
    'minutes',
    'en',
    fill('orders', { kind: 'silent', time: '30', unit: 'minutes' }),
    { of: 'orders', silentFor: 'PT30M' },
  ],
  ['days', 'en', fill('orders', { kind: 'silent', time: '2', unit: 'days' }), { of: 'orders', silentFor: 'P2D' }],
])('describes %s', (_, locale, form, when) => {
  expect(readRuleForm(form, DEFINITION, locale).rule?.when).toEqual(when);
});

it('goes to one address, without the spaces around it', () => {
  expect(
    readRuleForm(fill('orders', { url: ` ${URL_TEXT} `, format: 'slack' }), DEFINITION, 'en').rule?.notify,
  ).toEqual([{ url: URL_TEXT, format: 'slack' }]);
});

it('finds the faults of all fields by the names that the service gives them', () => {
  expect(listFaults(fill('revenue', { kind: 'below', limit: '1.234', url: ' ' }))).toEqual({
    'when/below': 'too-precise',
    'notify/0/url': 'no-address',
  });
  expect(listFaults(fill('revenue'))).toEqual({ 'when/above': 'empty' });
  for (const time of ['', '0', '-5', '1.5', 'soon'])
    expect(listFaults(fill('orders', { kind: 'silent', time }))).toEqual({ 'when/silentFor': 'no-time' });
});

it('a new rule has a name that no other has, and that is not too long', () => {
  const taken = new Set(['orders-above', 'orders-above-2']);
  expect(nameRule(fill('orders'), new Set())).toBe('orders-above');
  expect(nameRule(fill('orders'), taken)).toBe('orders-above-3');
  expect(nameRule({ ...fill('orders'), of: 'o'.repeat(64) }, taken).length).toBeLessThan(60);
});
