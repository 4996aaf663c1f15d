/** The page with a name, a logo and an accent of its own. */
import type { Page } from 'playwright-core';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BrandAccent } from '../../src/config/brand-accent.js';
import { BrandLogo } from '../../src/config/brand-logo.js';
import { startApp } from '../support/app.js';
import { openPage } from '../support/browser.js';
import { waitForEqual, waitForState } from '../support/dashboard-page.js';
import { createTempDirectory } from '../support/temp-directory.js';

const NAME = `Müller & Söhne "<b>$&'`;
const LOGO = `<svg xmlns="http://www.w3.org/2000/svg" width="64" height="16"><style>rect { fill: #7a1fa2 }</style>
<rect width="64" height="16"/><script>document.documentElement.dataset.ran = 'yes'</script></svg>`;

async function startBranded() {
  const logoFile = join(createTempDirectory(), 'logo.svg');
  writeFileSync(logoFile, LOGO);
  return startApp({
    STORE: 'memory',
    BASE_PATH: '/kpi',
    BRAND_NAME: NAME,
    BRAND_LOGO_FILE: BrandLogo.read(logoFile),
    BRAND_ACCENT: BrandAccent.parse('#7a1fa2'),
  });
}

/** Reads a colour of the tokens as something on the page has it. */
const readColour = (page: Page, token: string): Promise<string> =>
  page.evaluate((name) => {
    const probe = document.createElement('i');
    probe.style.color = `var(${name})`;
    document.body.append(probe);
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  }, token);

it('the page has the name, the address of the logo, and the accent of each scheme', async () => {
  const { url } = await startBranded();
  const page = await openPage(`${url}/`);
  await waitForState(page, 'live');
  await waitForEqual(() => page.title(), `Main · ${NAME}`);
  const readAccents = () => Promise.all(['--accent', '--accent-soft'].map((name) => readColour(page, name)));
  expect(await readAccents()).toEqual(['rgb(122, 31, 162)', 'rgb(243, 235, 248)']);
  await page.emulateMedia({ colorScheme: 'dark' });
  expect(await readAccents()).toEqual(['rgb(214, 141, 255)', 'rgb(43, 29, 52)']);
  const box = await page.locator('header img').boundingBox();
  expect((box?.width ?? 0) / (box?.height ?? 1)).toBeCloseTo(4, 1);
  const size = await page.evaluate(async () => {
    const image = new Image();
    image.src = document.querySelector<HTMLMetaElement>('meta[name="tallyboard-logo"]')?.content ?? '';
    await image.decode();
    return [image.naturalWidth, image.naturalHeight];
  });
  expect(size).toEqual([64, 16]);
});

it('a script in an SVG logo does not run, even if somebody opens the logo itself', async () => {
  const { url } = await startBranded();
  const html = await (await fetch(`${url}/`)).text();
  const [, path = ''] = /name="tallyboard-logo" content="([^"]+)"/.exec(html) ?? [];
  const logo = await openPage(new URL(path, `${url}/`).href, { expectedErrors: [/sandboxed|script-src/i] });
  expect(await logo.evaluate('[document.documentElement.localName, document.documentElement.dataset.ran]')).toEqual([
    'svg',
    undefined,
  ]);
  expect(await logo.evaluate("getComputedStyle(document.querySelector('rect')).fill")).toBe('rgb(122, 31, 162)');
});
