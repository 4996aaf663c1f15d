/** Rules: equality of scalars, amounts, and places in body and headers. */
import { joinEventId, parseEventPlace } from './hook-event.js';
import { applyRules, type HookCondition, type HookRule, type Scalar } from './hook-rules.js';
import { toEventKey } from './event-key.js';

const toPlace = (text: string) => parseEventPlace(text) ?? { text, path: [] };
const when = (conditions: Readonly<Record<string, Scalar>>): readonly HookCondition[] =>
  Object.entries(conditions).map(([text, value]) => ({ place: toPlace(text), value }));
const createRule = (members: Partial<HookRule> = {}): HookRule => ({
  when: [],
  counter: 'orders',
  by: 1,
  remove: false,
  ...members,
});

const EVENT = {
  id: '1',
  headers: { 'x-github-event': 'star', 'x-count': '7', 'x-list': ['a', 'b'] },
  body: { action: 'created', amount: '19.99', zero: 0, minus: -3, paid: true, note: null, one: 1, deep: { a: [1] } },
};

describe('rules', () => {
  it('count all that match, in their order, as one list of changes', () => {
    const rules = [
      createRule({ when: when({ 'X-GitHub-Event': 'star', '/action': 'created' }) }),
      createRule({ counter: 'revenue', by: { place: toPlace('/amount'), scale: 2 } }),
      createRule({ when: when({ '/action': 'deleted' }), counter: 'other' }),
      createRule({ counter: 'stock', by: 2, remove: true }),
      createRule({ counter: 'refunds', by: { place: toPlace('/minus'), scale: 0 }, remove: true }),
      createRule({ counter: 'level', by: { place: toPlace('x-count'), scale: 0 } }),
    ];
    expect(applyRules(rules, EVENT)).toEqual({
      kind: 'changes',
      changes: [
        { counter: 'orders', by: 1 },
        { counter: 'revenue', by: 1_999 },
        { counter: 'stock', by: -2 },
        { counter: 'refunds', by: 3 },
        { counter: 'level', by: 7 },
      ],
    });
  });

  it.each<[string, Scalar, boolean]>([
    ['/paid', true, true],
    ['/paid', 'true', false],
    ['/one', 1, true],
    ['/one', '1', false],
    ['/one', true, false],
    ['/note', null, true],
    ['/nothing', null, false],
    ['/zero', 0, true],
    ['/zero', false, false],
    ['/deep', 'x', false],
    ['x-count', '7', true],
    ['x-count', 7, false],
    ['x-list', 'a, b', false],
    ['toString', 'x', false],
  ])('compare %s with %j as scalars of one type: %j', (text, value, matches) => {
    const result = applyRules([createRule({ when: when({ [text]: value }) })], EVENT);
    expect(result.kind).toBe(matches ? 'changes' : 'ignored');
  });

  it('ignore an amount of 0, and refuse an event whose amount is none, without quoting it', () => {
    const amount = (text: string, scale = 0) => [createRule({ by: { place: toPlace(text), scale } })];
    expect(applyRules(amount('/zero'), EVENT)).toEqual({ kind: 'ignored' });
    for (const rules of [amount('/nothing'), amount('/paid'), amount('/deep'), amount('/amount', 1)]) {
      const result = applyRules(rules, EVENT);
      expect(result).toMatchObject({ kind: 'refused', detail: expect.stringContaining('the amount for orders') });
      expect(JSON.stringify(result)).not.toContain('19.99');
    }
  });
});

describe('the key of an event', () => {
  it('has the id as it is, or its hash where a key could not have it', () => {
    expect(toEventKey('shop', 'evt_1')).toBe('hook:shop:evt_1');
    expect(toEventKey('shop', 'x'.repeat(200))).toBe(`hook:shop:${'x'.repeat(200)}`);
    for (const id of ['x'.repeat(201), 'a b', 'ü', 'a\n'])
      expect(toEventKey('a'.repeat(64), id)).toMatch(/^hook:a{64}:[0-9a-f]{64}$/);
  });

  it('of two parts is another one for every other pair', () => {
    expect(joinEventId('orders/create', 'a-1')).toBe('orders/create|a-1');
    const pairs = [['a|b', 'c'], ['a', 'b|c'], ['a%7Cb', 'c'], ['a%', '7Cb|c']]; // prettier-ignore
    expect(new Set(pairs.map(([first, second]) => joinEventId(first, second))).size).toBe(pairs.length);
    expect(joinEventId('', 'c')).toBeUndefined();
    expect(joinEventId('a', undefined)).toBeUndefined();
  });
});
