/** The page with tokens: sign-in, session storage, missing rights and expired tokens. */
import type { Page } from 'playwright-core';
import { add } from '../../src/client/client.js';
import type { Config } from '../../src/config/config.js';
import {
  UNREACHABLE_ERRORS,
  findAccessibilityFaults,
  openPage,
  type OpenPageOptions,
  saveScreenshot,
} from '../support/browser.js';
import { findAlert, findTile, waitForEqual, waitForState, readTileValues } from '../support/dashboard-page.js';
import { startAppBehindProxy, type TcpProxy } from '../support/tcp-proxy.js';
import { defineShop, TOKEN_CONFIG, SECRETS } from '../support/token-service.js';

const findTokenField = (page: Page) => page.getByRole('textbox', { name: 'Token' });
const findButton = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
/** Console messages of the browser about refused requests. */
const REFUSED = [...UNREACHABLE_ERRORS, /status of 40[13]/];

async function startWithTokens(overrides: Partial<Config> = {}) {
  const running = await startAppBehindProxy({ ...TOKEN_CONFIG, ...overrides });
  await defineShop(running.url);
  const open = (path: string, options: OpenPageOptions = {}) =>
    openPage(`${running.proxy.url}/${path}`, { expectedErrors: REFUSED, ...options });
  return { ...running, open };
}

async function submitToken(page: Page, token: string): Promise<void> {
  await findTokenField(page).fill(token);
  await page.keyboard.press('Enter');
}

/** Closes all WebSockets as the service does when a token expires. */
function endTokens({ openConnections }: TcpProxy): void {
  const reason = Buffer.from('token no longer valid');
  const code = Buffer.alloc(2);
  code.writeUInt16BE(4_401);
  for (const { client, sent } of openConnections) {
    if (/\r\nupgrade: websocket/i.test(sent))
      client.end(Buffer.concat([Buffer.from([0x88, 2 + reason.length]), code, reason]));
  }
}

/** Returns the places, other than session storage, in which a page contains the token. */
const findTokenTraces = (page: Page, token: string) =>
  page.evaluate((text) => {
    const places = {
      address: location.href,
      markup: document.documentElement.outerHTML,
      fields: [...document.querySelectorAll('input')].map(({ value }) => value).join(),
      lasting: JSON.stringify(localStorage),
      cookies: document.cookie,
    };
    return Object.entries(places).flatMap(([place, content]) => (content.includes(text) ? [place] : []));
  }, token);

const readSessionStorage = (page: Page) =>
  page.evaluate(() => Object.keys(sessionStorage).map((key) => sessionStorage.getItem(key)));

it('the page rejects an unknown token, and stores a valid one in the tab until the viewer signs out', async () => {
  const { url, proxy, open } = await startWithTokens();
  const page = await open('');
  await findTokenField(page).waitFor();
  expect(await findTokenField(page).evaluate((field) => field === document.activeElement)).toBe(true);
  expect(await page.getByRole('region', { name: 'Numbers' }).isVisible()).toBe(false);
  await submitToken(page, 'nobody-0123456789abcdef');
  await findAlert(page).getByText('This token is unknown or has expired').waitFor();
  expect(await readSessionStorage(page)).toEqual([]);
  await submitToken(page, SECRETS.clerk);
  await waitForState(page, 'live');
  expect(await findTokenTraces(page, SECRETS.clerk)).toEqual([]);
  expect(await readSessionStorage(page)).toEqual([SECRETS.clerk]);
  await findButton(page, 'Add one to Orders').click();
  await waitForEqual(() => readTileValues(page), { orders: 1, customers: 0, products: 0 });
  await page.reload();
  await waitForState(page, 'live');
  await add(url, 'orders', 2, { token: SECRETS.clerk });
  await waitForEqual(() => readTileValues(page), { orders: 3, customers: 0, products: 0 });
  const addresses = proxy.allConnections.flatMap(({ sent }) => sent.match(/^.* HTTP\/1\.1$/gm) ?? []);
  expect(addresses.filter((line) => line.includes(SECRETS.clerk))).toEqual([]);
  expect(
    proxy.allConnections.some(({ sent }) => /\?totals&periods=day&ticket=[^]*\r\nupgrade: websocket/i.test(sent)),
  ).toBe(true);
  await findButton(page, 'More').click();
  await findButton(page, 'Sign out').click();
  await findTokenField(page).waitFor();
  expect([await readSessionStorage(page), await readTileValues(page)]).toEqual([[], {}]);
  await findButton(page, 'More').click();
  expect(await findButton(page, 'Sign out').isVisible()).toBe(false);
});

it('with a read token there are no buttons to change anything', async () => {
  const { open } = await startWithTokens();
  const page = await open('');
  await submitToken(page, SECRETS.reader);
  await waitForState(page, 'live');
  await findTile(page, 'orders').hover();
  expect(await findTile(page, 'orders').getByRole('button').count()).toBe(0);
  expect(await findButton(page, 'Edit').count()).toBe(0);
  expect(await findAccessibilityFaults(page)).toEqual([]);
});

it('with anonymous reading, a token is requested only for a change', async () => {
  const { open } = await startWithTokens({ ALLOW_ANONYMOUS: 'read' });
  const page = await open('');
  await waitForState(page, 'live');
  expect(await findTokenField(page).count()).toBe(0);
  const signIn = findButton(page, 'Sign in');
  await signIn.click();
  await page.getByRole('heading', { name: 'A token is needed to change counters' }).waitFor();
  expect(await findTile(page, 'orders').isVisible()).toBe(true);
  await page.keyboard.press('Escape');
  await findTokenField(page).waitFor({ state: 'detached' });
  await waitForEqual(() => page.evaluate(() => document.activeElement?.textContent), 'Sign in');
  await signIn.click();
  await submitToken(page, SECRETS.clerk);
  await waitForState(page, 'live');
  await findButton(page, 'Add one to Orders').click();
  await waitForEqual(() => readTileValues(page), { orders: 1, customers: 0, products: 0 });
});

it('an invalid stored token is forgotten, and the viewer can continue without one if anonymous reading is allowed', async () => {
  const { open } = await startWithTokens({ ALLOW_ANONYMOUS: 'read' });
  const page = await open('');
  await waitForState(page, 'live');
  await page.evaluate(() => sessionStorage.setItem(`tallyboard token of ${location.pathname}`, 'nobody'));
  await page.reload();
  await page.getByText('The token is no longer valid').waitFor();
  expect(await readSessionStorage(page)).toEqual([]);
  await findButton(page, 'Continue without a token').click();
  await waitForState(page, 'live');
});

it('an expired token leaves the last numbers, marked as not live, and the page asks for another', async () => {
  const { url, proxy, open } = await startWithTokens();
  const page = await open('');
  await submitToken(page, SECRETS.reader);
  await waitForState(page, 'live');
  await add(url, 'orders', 7, { token: SECRETS.clerk });
  await waitForEqual(async () => (await readTileValues(page))['orders'], 7);
  endTokens(proxy);
  await page.getByText('The token is no longer valid').waitFor();
  expect(await findTile(page, 'orders').getAttribute('data-stale')).toBe('');
  expect([await readTileValues(page), await readSessionStorage(page)]).toEqual([
    { orders: 7, customers: 0, products: 0 },
    [],
  ]);
  expect(await findTile(page, 'orders').isVisible()).toBe(true);
  await page
    .getByRole('status')
    .filter({ hasText: 'Sign in to see this board' })
    .first()
    .waitFor({ state: 'attached' });
  await saveScreenshot(page, 'token-ended');
  await submitToken(page, SECRETS.clerk);
  await waitForState(page, 'live');
});

it('a token without a right to the dashboard lists the dashboards that it can read', async () => {
  const { open } = await startWithTokens();
  const page = await open('');
  await submitToken(page, SECRETS.shopClerk);
  await page.getByRole('heading', { name: 'Your token may not read this board' }).waitFor();
  await saveScreenshot(page, 'token-elsewhere');
  expect(await findAccessibilityFaults(page)).toEqual([]);
  await page.getByRole('link', { name: 'shop' }).click();
  await waitForState(page, 'live');
  await findButton(page, 'Add one to Sales').click();
  await waitForEqual(() => readTileValues(page), { sales: 1 });
  await page.goBack();
  await findButton(page, 'Use another token').click();
  await submitToken(page, SECRETS.reader);
  await waitForState(page, 'live');
});

it.each([
  ['phone', 320, 568, 'light', ''],
  ['phone', 320, 568, 'dark', ''],
  ['wall', 3_840, 2_160, 'dark', '?kiosk'],
] as const)('a token can be entered on a %s of %i by %i, in %s', async (name, width, height, colorScheme, path) => {
  const { open } = await startWithTokens();
  const page = await open(path, { colorScheme, viewport: { width, height } });
  await submitToken(page, 'nobody-0123456789abcdef');
  await findAlert(page).getByText('unknown or has expired').waitFor();
  await saveScreenshot(page, `token-${name}-${colorScheme}`);
  expect(await findAccessibilityFaults(page)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  expect(await page.evaluate(() => getComputedStyle(document.documentElement).cursor)).not.toBe('none');
  await submitToken(page, SECRETS.reader);
  await waitForState(page, 'live');
  await saveScreenshot(page, `token-live-${name}-${colorScheme}`);
});
