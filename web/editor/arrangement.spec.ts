/** Steps of an arrangement, how they are repeated on another one, and what a second editor is told. */
import { array, assert, constantFrom, oneof, option, property, record, constant } from 'fast-check';
import type { DashboardDefinition, Layout } from '../../src/client/client.js';
import { applyStep, type Arrangement, listTiles, type Step, toArrangement, toLayout } from './arrangement.js';
import { compareArrangements, isArrangedAnew, listContested } from './arrangement-difference.js';

const NAMES = ['a', 'b', 'c', 'd', 'e'];

function define(layout?: Layout): DashboardDefinition {
  return {
    dashboard: 'shop',
    version: 1,
    counters: { a: {}, b: {}, c: {}, d: {} },
    measures: { e: { ratio: ['a', 'b'] } },
    ...(layout && { layout }),
    resolved: { timeZone: 'UTC', dayStartsAt: '00:00', weekStartsOn: 'monday' },
  };
}

/** `Sales: a b | c (d)`: two groups, the second without a title, `d` hidden. */
function parse(text: string): Arrangement {
  const groups = text.split('|').map((part) => {
    const [, title, tiles = ''] = /^(?:\s*(\w+):)?(.*)$/.exec(part) ?? [];
    return {
      ...(title !== undefined && { title }),
      tiles: tiles
        .trim()
        .split(/\s+/)
        .filter((tile) => tile !== '')
        .map((tile) => ({ show: tile.replace(/[()]/g, ''), ...(tile.startsWith('(') && { hidden: true as const }) })),
    };
  });
  return toArrangement(define({ groups }));
}

const write = (arrangement: Arrangement): string =>
  arrangement
    .map(({ title, tiles }) => {
      const names = tiles.map(({ show, isHidden }) => (isHidden ? `(${show})` : show)).join(' ');
      return title === undefined ? names : `${title}: ${names}`;
    })
    .join(' | ');

const group = constantFrom('1 ', '1 Sales', '1 Stock', 'new 1');
const show = constantFrom(...NAMES);
const step = oneof(
  record({ kind: constant('move' as const), show, group, before: option(show, { nil: undefined }) }),
  record({ kind: constant('resize' as const), show, size: constantFrom('small', 'medium', 'large') }),
  record({ kind: constant('hide' as const), show, isHidden: constantFrom(true, false) }),
  record({ kind: constant('add-group' as const), group: constant('new 1'), title: constant('New') }),
  record({ kind: constant('rename-group' as const), group, title: option(constant('Other'), { nil: undefined }) }),
  record({ kind: constant('move-group' as const), group, before: option(group, { nil: undefined }) }),
  record({ kind: constant('delete-group' as const), group }),
);

describe('an arrangement', () => {
  it.each([
    [undefined, 'a b c d e'],
    [{ groups: [{ title: 'Sales', tiles: [{ show: 'b' }] }] }, 'Sales: b | a c d e'],
    [{ groups: [{ tiles: [{ show: 'b' }] }] }, 'b a c d e'],
    [{ groups: [{ title: 'Sales', tiles: NAMES.map((name) => ({ show: name })) }] }, 'Sales: a b c d e'],
    [{ groups: [{ title: 'Sales', tiles: [] }, { tiles: [{ show: 'a' }] }] }, 'Sales:  | a b c d e'],
  ])('of the layout %j has all tiles', (layout, expected) => {
    expect(write(toArrangement(define(layout as Layout)))).toBe(expected);
  });

  it('keeps each tile exactly once, whatever steps are taken, and is stored without a loss', () => {
    assert(
      property(array(step, { maxLength: 12 }), (steps) => {
        const before = parse('Sales: a b | Stock: c (d) | e');
        const after = steps.reduce<Arrangement>((present, one) => applyStep(present, one), before);
        const names = listTiles(after).map((tile) => tile.show);
        expect(names.toSorted()).toEqual(NAMES);
        expect(listTiles(toArrangement(define(toLayout(after))))).toEqual(listTiles(after));
      }),
    );
  });

  it.each<[string, Step, string]>([
    ['Sales: a b | c d e', { kind: 'move', show: 'a', group: '1 ', before: 'd' }, 'Sales: b | c a d e'],
    ['Sales: a b | c d e', { kind: 'move', show: 'c', group: '1 Sales', before: undefined }, 'Sales: a b c | d e'],
    // The neighbour has moved to another group.
    ['Sales: a b | c d e', { kind: 'move', show: 'a', group: '1 Gone', before: 'e' }, 'Sales: b | c d a e'],
    ['Sales: a b | c d e', { kind: 'hide', show: 'b', isHidden: true }, 'Sales: a (b) | c d e'],
    ['Sales: a b | c d e', { kind: 'delete-group', group: '1 Sales' }, 'a b c d e'],
    ['Sales: a b | Stock: c | d e', { kind: 'delete-group', group: '1 Stock' }, 'Sales: a b c | d e'],
    ['a b c d e', { kind: 'delete-group', group: '1 ' }, 'a b c d e'],
    [
      'Sales: a | Stock: b c d e',
      { kind: 'move-group', group: '1 Stock', before: '1 Sales' },
      'Stock: b c d e | Sales: a',
    ],
    ['Sales: a | b c d e', { kind: 'rename-group', group: '1 ', title: 'Rest' }, 'Sales: a | Rest: b c d e'],
  ])('%s after %j', (before, one, after) => {
    expect(write(applyStep(parse(before), one))).toBe(after);
  });

  it('stays the same object after a step that changes nothing', () => {
    const before = parse('Sales: a b | c d e');
    expect(applyStep(before, { kind: 'move', show: 'a', group: '1 Sales', before: 'b' })).toBe(before);
    expect(applyStep(before, { kind: 'move', show: 'unknown', group: '1 Sales', before: 'b' })).toBe(before);
    expect(applyStep(before, { kind: 'resize', show: 'a', size: 'medium' })).toBe(before);
  });
});

describe('the difference of two arrangements', () => {
  it.each([
    ['a b c d e', 'b a c d e', ['b']],
    ['a b c d e', 'e a b c d', ['e']],
    ['a b c d e', 'b c d e a', ['a']],
    ['Sales: a b | c d e', 'Sales: b | c a d e', ['a']],
    ['a b c d e', 'a b c d e', []],
  ])('from %s to %s names the fewest moved tiles', (before, after, moved) => {
    expect(compareArrangements(parse(before), parse(after)).moved).toEqual(moved);
  });

  it('tells hidden tiles and other groups, and which tiles one’s own steps have changed too', () => {
    const difference = compareArrangements(parse('Sales: a b | c d (e)'), parse('Sales: a (b) | Stock: c d e'));
    expect(difference).toMatchObject({ hidden: ['b'], shown: ['e'], hasOtherGroups: true, added: [], removed: [] });
    expect(isArrangedAnew(difference)).toBe(true);
    expect(listContested(difference, [{ kind: 'resize', show: 'b', size: 'large' }])).toEqual(['b']);
    expect(listContested(difference, [{ kind: 'resize', show: 'a', size: 'large' }])).toEqual([]);
  });

  it('is nothing but an addition when a counter was added', () => {
    const before = toArrangement({ ...define(), measures: {} });
    const difference = compareArrangements(before, toArrangement(define()));
    expect(difference.added).toEqual(['e']);
    expect(isArrangedAnew(difference)).toBe(false);
  });
});
