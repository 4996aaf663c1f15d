/** Keys of changes that are sent again. */
import { ChangeAttempt } from './change-attempt.js';

it('the same request keeps its key until its outcome is known, another one gets its own', () => {
  const attempt = new ChangeAttempt();
  const first = attempt.getKey({ by: 2, reason: '' });
  expect(attempt.getKey({ by: 2, reason: '' })).toBe(first);
  const other = attempt.getKey({ by: 3, reason: '' });
  expect(other).not.toBe(first);
  attempt.forget();
  expect(attempt.getKey({ by: 3, reason: '' })).not.toBe(other);
});
