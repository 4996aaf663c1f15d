/** What is read aloud. */
import { type AnnouncedNumber, AnnouncementPicker } from './announcement-picker.js';

const number = (name: string, value: number, level?: AnnouncedNumber['level']): AnnouncedNumber => ({
  name,
  value,
  level,
});

it('changes add up until they are read, in turn', () => {
  const picker = new AnnouncementPicker();
  picker.start([number('orders', 143), number('visits', 10)]);
  expect(picker.pick([number('orders', 143), number('visits', 10)], true)).toBeUndefined();
  const now = [number('orders', 146), number('visits', 9)];
  expect(picker.pick(now, true)).toEqual({ kind: 'change', name: 'orders', difference: 3 });
  expect(picker.pick([number('orders', 147), number('visits', 9)], true)).toMatchObject({
    name: 'visits',
    difference: -1,
  });
  expect(picker.pick([number('orders', 147), number('visits', 9)], true)).toMatchObject({
    name: 'orders',
    difference: 1,
  });
  expect(picker.pick([number('orders', 147), number('visits', 9)], true)).toBeUndefined();
});

it('a level that was crossed is told once and first, also where changes are not read', () => {
  const picker = new AnnouncementPicker();
  picker.start([number('orders', 143), number('stock', 41, 'good')]);
  const below = [number('orders', 144), number('stock', 39, 'warn')];
  expect(picker.pick(below, false)).toEqual({ kind: 'level', name: 'stock' });
  expect(picker.pick(below, false)).toBeUndefined();
  expect(picker.pick(below, true)).toMatchObject({ kind: 'change', name: 'orders' });
  expect(picker.pick([number('stock', 40, 'good')], false)).toEqual({ kind: 'level', name: 'stock' });
});

it('a number that is new is known from then on', () => {
  const picker = new AnnouncementPicker();
  picker.start([]);
  expect(picker.pick([number('stock', 39, 'warn')], true)).toBeUndefined();
  expect(picker.pick([number('stock', 12, 'bad')], true)).toEqual({ kind: 'level', name: 'stock' });
});
