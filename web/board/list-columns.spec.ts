/** Columns of a list, and the places of its rows. */
import { chooseListColumns, placeRows } from './list-columns.js';

it.each([
  [22, 15, 300, 1, false],
  [26, 15, 300, 1, true],
  [36, 15, 300, 2, false],
  [80.75, 19, 300, 4, false],
  [80.75, 20, 300, 3, false],
  [80.75, 19, 12, 2, true],
  [80.75, 19, 0, 1, true],
  [116, 15, 300, 4, true],
  [240, 15, 300, 4, true],
])('%d rem with rows of %d rem, %d in all, have %d columns, roomy: %s', (width, needed, count, columns, isRoomy) => {
  expect(chooseListColumns(width, needed, count)).toEqual({ columns, isRoomy });
});

it('no title of a group stands at the end of a column', () => {
  const groups = [
    { title: 'North', names: ['a', 'b'] },
    { title: 'South', names: ['c', 'd', 'e'] },
  ];
  const { rows, places } = placeRows(groups, 2);
  expect(rows).toBe(4);
  const write = (place: (typeof places)[number]) => (place ? ('head' in place ? place.head.title : place.name) : '-');
  expect(places.map(write)).toEqual(['North', 'a', 'b', '-', 'South', 'c', 'd', 'e']);
  expect(placeRows(groups, 1).places.length).toBe(7);
});
