/** Suggestions for a misspelt name. */
import { findSimilarNames } from './similar-names.js';

it('the suggestions are names that differ by a letter or two, the most similar first', () => {
  expect(findSimilarNames('ordrs', ['products', 'order', 'orders'])).toEqual(['orders', 'order']);
});

it('the suggestions do not depend on upper case in the misspelt name', () => {
  expect(findSimilarNames('Orders', ['orders', 'customers'])).toEqual(['orders']);
});

it('there are no suggestions if no name is similar', () => {
  expect(findSimilarNames('weather', ['orders', 'customers', 'products'])).toEqual([]);
});

it('there are at most three suggestions', () => {
  expect(findSimilarNames('a1', ['a2', 'a3', 'a4', 'a5'])).toHaveLength(3);
});
