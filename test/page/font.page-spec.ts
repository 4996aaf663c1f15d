/** The typeface of the page. */
import { statSync } from 'node:fs';
import { startApp } from '../support/app.js';
import { openPage } from '../support/browser.js';
import { waitForEqual } from '../support/dashboard-page.js';

it('Inter is loaded once, in one file of at most 25 KB for all weights, and only for the characters it has', async () => {
  const { url } = await startApp({ STORE: 'memory' });
  const fontRequests: string[] = [];
  const page = await openPage(`${url}/`, {
    prepare: (tab) =>
      tab.on('request', (request) => request.resourceType() === 'font' && fontRequests.push(request.url())),
  });
  await waitForEqual(() => page.evaluate("document.fonts.check('600 16px Inter', 'Zähler 1')"), true);
  await page.evaluate("Promise.all([400, 500, 700].map((weight) => document.fonts.load(weight + ' 16px Inter', 'a')))");
  expect(
    await page.evaluate("[...document.fonts].filter(({ family }) => family === 'Inter').map(({ status }) => status)"),
  ).toEqual(['loaded']);
  expect(await page.evaluate("document.fonts.load('16px Inter', 'عداد').then(({ length }) => length)")).toBe(0);
  expect(fontRequests).toHaveLength(1);
  expect(statSync(new URL('../../web/font/inter.woff2', import.meta.url)).size).toBeLessThanOrEqual(25_000);
});
