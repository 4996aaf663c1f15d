/** Swagger UI in a real browser: complete for assistive technology, in the scheme of the reader. */
import { startApp } from '../support/app.js';
import { findAccessibilityFaults, openPage } from '../support/browser.js';

const ALL_IMPACTS = { impacts: ['minor', 'moderate', 'serious', 'critical'] } as const;
/** Operations with a header to write, choices, and a body, by the class of their method. */
const OPERATIONS = [
  ['opblock-post', '/order'],
  ['opblock-get', '/dashboard'],
  ['opblock-patch', '/dashboards/{dashboard}'],
] as const;

it.each(['light', 'dark'] as const)(
  'axe finds nothing on /docs in the %s scheme, closed or open',
  async (colorScheme) => {
    const { url } = await startApp({ STORE: 'memory', BASE_PATH: '/kpi' });
    const page = await openPage(`${url}/docs`, { colorScheme });
    await page.locator('.opblock').first().waitFor();
    expect(await page.locator('html.dark-mode').count()).toBe(colorScheme === 'dark' ? 1 : 0);
    expect(await findAccessibilityFaults(page, ALL_IMPACTS)).toEqual([]);

    for (const [method, path] of OPERATIONS) {
      const operation = page.locator(`.${method}`, { has: page.locator(`[data-path="${path}"]`) });
      await operation.locator('.opblock-summary-control').press('Enter');
      await operation.locator('.responses-table').waitFor();
    }
    expect(page.url()).toContain('#/');
    await page.getByRole('button', { name: 'Try it out' }).first().click();
    await page.getByRole('button', { name: 'Execute' }).click();
    await page.locator('.live-responses-table tbody .response-col_status', { hasText: '200' }).waitFor();
    // Operations have about ten responses of the same form, each with ten headers.
    expect(
      await findAccessibilityFaults(page, {
        ...ALL_IMPACTS,
        include: '.opblock.is-open',
        exclude: '.response + .response',
      }),
    ).toEqual([]);

    await page.getByRole('button', { name: 'Authorize' }).click();
    await page.getByRole('button', { name: 'Close' }).first().waitFor();
    expect(await findAccessibilityFaults(page, { ...ALL_IMPACTS, include: '.dialog-ux' })).toEqual([]);
  },
);
