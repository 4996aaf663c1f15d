/** The installable page: its manifest, and its service worker while the service is away or has a new version. */
import type { Page } from 'playwright-core';
import { startApp } from '../support/app.js';
import { openPage, UNREACHABLE_ERRORS } from '../support/browser.js';
import { waitForEqual, waitForState } from '../support/dashboard-page.js';
import { startHttpServer } from '../support/http-server.js';

const startBoard = (name: string, PORT = 0) => startApp({ STORE: 'memory', BASE_PATH: '/kpi', BRAND_NAME: name, PORT });

/** Lists what the worker has kept. */
const listKeptUrls = (page: Page): Promise<string[]> =>
  page.evaluate(async () => {
    const cache = await caches.open(`tallyboard ${new URL('.', document.baseURI).href}`);
    return (await cache.keys()).map(({ url }) => url);
  });

/** Opens the page once, and waits until the worker has kept all that the page needs. */
async function openWithWorker(url: string): Promise<Page> {
  const page = await openPage(`${url}/`, { serviceWorkers: 'allow', expectedErrors: [...UNREACHABLE_ERRORS, /503/] });
  await waitForState(page, 'live');
  // The last part that a board without counts loads.
  await page.getByRole('heading', { name: 'What do you want to see live?' }).waitFor();
  await waitForEqual(async () => {
    const kept = await listKeptUrls(page);
    const loaded = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name));
    return [`${url}/`, ...loaded.filter((name) => name.includes('/assets/'))].filter((name) => !kept.includes(name));
  }, []);
  return page;
}

it('after one visit, a reload without the service shows the page, which says so and recovers', async () => {
  const board = await startBoard('Till');
  const page = await openWithWorker(board.url);
  await board.close();
  await page.goto(`${board.url}/?theme=dark#/main`);
  await waitForState(page, 'reconnecting');
  await page.getByRole('region', { name: 'The service cannot be reached' }).getByText('as soon as').waitFor();
  expect(
    await page.evaluate("[getComputedStyle(document.body).fontFamily, document.fonts.check('16px Inter', 'a')]"),
  ).toEqual([expect.stringMatching(/^Inter/), true]);
  const again = await startBoard('Till', board.port);
  await waitForState(page, 'live');
  expect(await page.title()).toMatch(/Till$/);
  const kept = await listKeptUrls(page);
  expect(kept.length).toBeGreaterThan(3);
  expect(kept.filter((url) => url !== `${again.url}/` && !url.startsWith(`${again.url}/assets/`))).toEqual([]);
});

it('an update shows at the next load', async () => {
  const before = await startBoard('Before');
  const page = await openWithWorker(before.url);
  await before.close();
  await startBoard('After', before.port);
  await page.reload();
  await waitForState(page, 'live');
  expect(await page.title()).toMatch(/After$/);
});

it('the page also shows while a proxy answers with errors, or with nothing', async () => {
  const board = await startBoard('Till');
  const page = await openWithWorker(board.url);
  await board.close();
  let isHanging = false;
  await startHttpServer(
    (_, response) => {
      if (!isHanging) response.writeHead(503, { 'Content-Type': 'text/html' }).end('<title>Bad gateway</title>');
    },
    undefined,
    board.port,
  );
  for (isHanging of [false, true]) {
    await page.reload();
    await waitForEqual(() => page.title(), expect.stringMatching(/Till$/));
  }
});

it('a browser finds everything that it needs to install the page, with its own name', async () => {
  const { url } = await startBoard('Till & Co');
  const page = await openPage(`${url}/`);
  const session = await page.context().newCDPSession(page);
  const { url: address, errors, data = '' } = await session.send('Page.getAppManifest');
  expect([address, errors]).toEqual([`${url}/manifest.webmanifest`, []]);
  const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
  // The browser of the tests has private windows only.
  expect(installabilityErrors.filter(({ errorId }) => errorId !== 'in-incognito')).toEqual([]);
  const { icons, ...manifest } = JSON.parse(data) as {
    readonly icons: readonly { readonly src: string; readonly sizes: string }[];
  };
  expect(manifest).toMatchObject({
    name: 'Till & Co',
    short_name: 'Till & Co',
    display: 'standalone',
    start_url: './',
    scope: './',
  });
  expect(icons.map(({ sizes }) => sizes)).toEqual(['any', '192x192', '512x512', '512x512']);
  const measured = await page.evaluate(
    (sources) =>
      Promise.all(
        sources.map(async (source) => {
          const image = Object.assign(new Image(), { src: source });
          await image.decode();
          return `${image.naturalWidth}x${image.naturalHeight}`;
        }),
      ),
    icons.slice(1).map(({ src }) => src),
  );
  expect(measured).toEqual(['192x192', '512x512', '512x512']);
});
