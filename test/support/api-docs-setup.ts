/** Runs before the tests of each file: `fetch` is checked, and a test ends well only when all that it got was as documented. */
import { fetchChecked, takeFaults } from './response-check.js';

globalThis.fetch = fetchChecked;

async function expectDocumented(): Promise<void> {
  expect(await takeFaults()).toEqual([]);
}

afterEach(expectDocumented);
// What came after the end of the test that had asked for it.
afterAll(expectDocumented);
