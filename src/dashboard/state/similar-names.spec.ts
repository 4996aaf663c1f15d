/** Near names: nearest first, few, and none that are far. */
import { findSimilarNames } from './similar-names.js';

it('lists names that differ by a letter or two, nearest first', () => {
  expect(findSimilarNames('ordrs', ['products', 'order', 'orders'])).toEqual(['orders', 'order']);
});

it('takes case for no difference', () => {
  expect(findSimilarNames('Orders', ['orders', 'customers'])).toEqual(['orders']);
});

it('lists nothing for a name that is far from all', () => {
  expect(findSimilarNames('weather', ['orders', 'customers', 'products'])).toEqual([]);
});

it('lists at most three', () => {
  expect(findSimilarNames('a1', ['a2', 'a3', 'a4', 'a5'])).toHaveLength(3);
});
