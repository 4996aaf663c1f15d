/** Swagger UI in a real browser: complete for assistive technology, in the scheme of the reader. */
import { startApp } from '../support/app.js';
import { findAccessibilityFaults, openPage } from '../support/browser.js';

const ALL_IMPACTS = ['minor', 'moderate', 'serious', 'critical'] as const;
/** One operation of each method, with parameters, bodies and choices among them. */
const OPERATIONS = ['POST /order', 'GET /dashboards/{dashboard}/history', 'PUT', 'PATCH', 'DELETE /order'];

it.each(['light', 'dark'] as const)(
  'axe finds nothing on /docs in the %s scheme, closed or open',
  async (colorScheme) => {
    const { url } = await startApp({ STORE: 'memory', BASE_PATH: '/kpi' });
    const page = await openPage(`${url}/docs`, { colorScheme });
    const headers = page.locator('.opblock-summary-control');
    await headers.first().waitFor();
    expect(await page.evaluate('document.documentElement.classList.contains("dark-mode")')).toBe(
      colorScheme === 'dark',
    );
    expect(await findAccessibilityFaults(page, ALL_IMPACTS)).toEqual([]);

    for (const operation of OPERATIONS) {
      const [method = '', path = ''] = operation.split(' ');
      // Swagger UI has a zero-width space before each slash, where a path may be wrapped.
      const hasPath = page.locator(path === '' ? '[data-path]' : `[data-path="${path}"]`);
      const header = headers.filter({ hasText: method, has: hasPath }).first();
      await header.focus();
      await page.keyboard.press('Enter');
      await page.locator('.opblock.is-open .responses-table').nth(OPERATIONS.indexOf(operation)).waitFor();
    }
    expect(page.url()).toContain('#/');
    await page.getByRole('button', { name: 'Try it out' }).first().click();
    await page.getByRole('button', { name: 'Execute' }).first().click();
    await page.locator('.live-responses-table tbody .response-col_status', { hasText: '200' }).waitFor();
    expect(await findAccessibilityFaults(page, ALL_IMPACTS)).toEqual([]);

    await page.getByRole('button', { name: 'Authorize' }).click();
    await page.getByRole('button', { name: 'Close' }).first().waitFor();
    expect(await findAccessibilityFaults(page, ALL_IMPACTS)).toEqual([]);
  },
);
