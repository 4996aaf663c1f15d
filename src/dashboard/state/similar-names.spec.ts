/** Suggestions for a misspelt name. */
import { findSimilarNames } from './similar-names.js';

it('suggests names that differ by a letter or two, the most similar first', () => {
  expect(findSimilarNames('ordrs', ['products', 'order', 'orders'])).toEqual(['orders', 'order']);
});

it('ignores upper case in the misspelt name', () => {
  expect(findSimilarNames('Orders', ['orders', 'customers'])).toEqual(['orders']);
});

it('suggests nothing if no name is similar', () => {
  expect(findSimilarNames('weather', ['orders', 'customers', 'products'])).toEqual([]);
});

it('suggests at most three names', () => {
  expect(findSimilarNames('a1', ['a2', 'a3', 'a4', 'a5'])).toHaveLength(3);
});
