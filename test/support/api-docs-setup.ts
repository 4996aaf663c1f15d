/**
 * Set-up of each test file: replaces `fetch`, and fails a test if a response or frame differed from the API documents.
 */
import { fetchChecked, takeFaults } from './response-check.js';

globalThis.fetch = fetchChecked;

async function expectDocumented(): Promise<void> {
  expect(await takeFaults()).toEqual([]);
}

afterEach(expectDocumented);
// Covers responses that arrived after their test had ended.
afterAll(expectDocumented);
