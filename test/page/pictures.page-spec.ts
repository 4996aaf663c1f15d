/**
 * The pictures of the documents: the demo's shop with a fortnight behind it, at twenty past two on a Wednesday.
 * `npm run picture` copies them from `test-artefacts/pictures` to `docs/pictures`.
 */
import { statSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { openPage, type OpenPageOptions, saveScreenshot } from '../support/browser.js';
import { runCommand } from '../support/cli-process.js';
import { countChartRows, findChart, waitForEqual, waitForState } from '../support/dashboard-page.js';
import { FakedClock } from '../support/faked-clock.js';
import { type Service, startService } from '../support/service.js';
import { createTempDirectory } from '../support/temp-directory.js';

/** In Berlin 14:20. */
const TAKEN_AT = Date.parse('2026-06-10T12:20:00Z');
/** Readers on slow lines read the README too. */
const MAX_BYTES = 200 * 1_024;
const DESK = { viewport: { width: 1_440, height: 900 } };

let service: Service;

beforeAll(async () => {
  const clock = new FakedClock();
  clock.setOffset(Math.round((TAKEN_AT - Date.now()) / 1_000) * 1_000);
  service = await startService({ DATA_DIR: createTempDirectory(), ...clock.env });
  const { code, stderr } = await runCommand(
    ['demo', service.url, '--backfill', '14d', '--speed', '720', '--hours', '1'],
    clock.env,
  );
  if (code !== 0) throw new Error(stderr);
}, 120_000);

async function openDemo(options: OpenPageOptions, view = ''): Promise<Page> {
  const page = await openPage(`${service.url}/#/demo${view}`, { timezoneId: 'Europe/Berlin', ...options });
  await waitForState(page, 'live');
  await page.locator('.spark :is(.bar, .line)').first().waitFor();
  return page;
}

async function openDesk(options: OpenPageOptions = {}, view = ''): Promise<Page> {
  const page = await openDemo({ ...DESK, ...options }, view);
  await waitForEqual(async () => (await countChartRows(page)) > 0, true);
  return page;
}

/** Opens each picture's page and leads it to what the picture shows. */
const PICTURES: Readonly<Record<string, () => Promise<Page>>> = {
  board: () => openDesk(),
  'board-dark': () => openDesk({ colorScheme: 'dark' }),
  wall: () => openDemo({ viewport: { width: 1_600, height: 900 }, colorScheme: 'dark' }, '?kiosk'),
  phone: () =>
    openDemo({ viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true }),
  chart: async () => {
    const page = await openDesk({ viewport: { width: 1_440, height: 560 } }, '?range=7d&chart=revenue,orders,visits');
    await findChart(page).evaluate((chart) => chart.scrollIntoView({ block: 'end' }));
    const slider = findChart(page).getByRole('slider', { name: 'Time in the chart' });
    await slider.hover({ position: { x: 750, y: 120 } });
    await findChart(page).locator('.tip').waitFor();
    return page;
  },
  editor: async () => {
    const page = await openDesk();
    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    await page.getByRole('button', { name: 'Done', exact: true }).waitFor();
    return page;
  },
  activity: async () => {
    const page = await openDesk();
    await page.getByRole('button', { name: 'Activity', exact: true }).click();
    await page.getByRole('complementary', { name: 'Activity' }).getByRole('listitem').first().waitFor();
    return page;
  },
};

it.each(Object.keys(PICTURES))('the picture %s is taken, and small enough to send', async (name) => {
  const page = await PICTURES[name]?.();
  if (!page) throw new Error(`no picture ${name}`);
  const path = await saveScreenshot(page, `pictures/${name}`);
  expect(statSync(path).size).toBeLessThan(MAX_BYTES);
});
