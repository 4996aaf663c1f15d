/** Several `<live-counter>` elements: shared connections, outages, unknown counters and tokens. */
import type { Page } from 'playwright-core';
import { add } from '../../src/client/client.js';
import { startApi } from '../support/api-client.js';
import { startApp } from '../support/app.js';
import { UNREACHABLE_ERRORS, findAccessibilityFaults, listFaults } from '../support/browser.js';
import { createTempDirectory } from '../support/temp-directory.js';
import {
  CROSS_ORIGIN_ERRORS,
  openPageUnderPath,
  readElement,
  waitForElement,
  countOpenWebSockets,
  startEmbeddingSite,
  listWatchUrls,
} from '../support/embed-page.js';
import { eventually } from '../support/cleanup.js';
import { TOKEN_CONFIG, SECRETS } from '../support/token-service.js';

const counter = (name: string, more = '') => `<live-counter counter="${name}" id="${name}" ${more}></live-counter>`;

/** Records every state of an element from now on. */
const recordElementStates = (page: Page, selector: string) =>
  page.locator(selector).evaluateHandle((element) => {
    const states = [element.getAttribute('state')];
    new MutationObserver(() => states.push(element.getAttribute('state'))).observe(element, {
      attributeFilter: ['state'],
    });
    return states;
  });

describe('one connection', () => {
  it('serves all elements of a dashboard', async () => {
    const { url, proxy, embed } = await startEmbeddingSite();
    const page = await embed(counter('orders') + counter('products') + counter('orders', 'class="again"'));
    await add(url, 'orders', 3);
    await add(url, 'products', 5);
    for (const [selector, value] of [
      ['#orders:not(.again)', '3'],
      ['.again', '3'],
      ['#products', '5'],
    ] as const) {
      await waitForElement(page, { value, state: 'live' }, selector);
    }
    expect(listWatchUrls(proxy)).toEqual(['/dashboards/main?counters=orders,products']);
  });

  it('follows added and removed elements without losing the live state', async () => {
    const { url, proxy, embed } = await startEmbeddingSite();
    const page = await embed(counter('orders'));
    await waitForElement(page, { state: 'live' });
    const states = await recordElementStates(page, '#orders');
    await page.evaluate(() => {
      for (const name of ['products', 'customers']) {
        const element = document.createElement('live-counter');
        element.id = name;
        element.setAttribute('counter', name);
        document.body.append(element);
      }
    });
    await waitForElement(page, { state: 'live' }, '#products');
    await page.evaluate(() => document.querySelector('#products')?.remove());
    await eventually(() => listWatchUrls(proxy).length === 3 && countOpenWebSockets(proxy) === 1);
    await add(url, 'orders', 4);
    await waitForElement(page, { value: '4', state: 'live' }, '#orders');
    expect(listWatchUrls(proxy)).toEqual(
      ['orders', 'customers,orders,products', 'customers,orders'].map((names) => `/dashboards/main?counters=${names}`),
    );
    expect(await states.jsonValue()).toEqual(['live']);
    await page.evaluate(() => document.querySelectorAll('live-counter').forEach((element) => element.remove()));
    await eventually(() => countOpenWebSockets(proxy) === 0);
  });

  it('is opened per dashboard', async () => {
    const { url, proxy, embed } = await startEmbeddingSite();
    await fetch(`${url}/dashboards/shop`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: '{"counters":{"sales":{}}}',
    });
    const page = await embed(counter('orders') + counter('sales', 'dashboard="shop"'));
    await waitForElement(page, { value: '0', state: 'live' }, '#orders');
    await waitForElement(page, { value: '0', state: 'live' }, '#sales');
    expect(listWatchUrls(proxy).toSorted()).toEqual([
      '/dashboards/main?counters=orders',
      '/dashboards/shop?counters=sales',
    ]);
  });
});

describe('an outage', () => {
  it('is shown on the element with its start, and ends', async () => {
    const DATA_DIR = createTempDirectory();
    const { url, proxy, close, originConfig, embed } = await startEmbeddingSite({ DATA_DIR, DRAIN_MS: 0 });
    await add(url, 'orders', 3);
    const page = await embed(counter('orders'), { expectedErrors: CROSS_ORIGIN_ERRORS });
    await waitForElement(page, { value: '3', state: 'live' });
    const opacity = () =>
      page.locator('#orders [part=value]').evaluate((element) => Number(getComputedStyle(element).opacity));
    expect(await opacity()).toBe(1);
    await close();
    await waitForElement(page, { value: '3', state: 'reconnecting' });
    const { title, stateLabel } = await readElement(page);
    expect(title).toMatch(/^Not live since \d/);
    expect(stateLabel).toBe(title);
    expect(await opacity()).toBeLessThan(1);
    expect(await page.getByRole('img', { name: 'Not live since' }).count()).toBe(1);
    expect(await findAccessibilityFaults(page)).toEqual([]);
    const again = await startApp({ DATA_DIR, ...originConfig });
    proxy.port = again.port;
    await add(again.url, 'orders', 4);
    await waitForElement(page, { value: '7', state: 'live', title: null, stateLabel: null });
    expect(await opacity()).toBe(1);
  });

  it('at the start delays the first value until the service is back', async () => {
    const { url, proxy, port, embed } = await startEmbeddingSite();
    await add(url, 'orders', 3);
    const page = await embed('', { expectedErrors: CROSS_ORIGIN_ERRORS });
    proxy.port = 1;
    // The connection that loaded the script could carry a stream.
    proxy.cutAll();
    await page.evaluate(() => {
      const element = document.createElement('live-counter');
      element.setAttribute('counter', 'orders');
      document.querySelector('main')?.append(element);
    });
    await eventually(async () => (await readElement(page)).state === 'reconnecting');
    proxy.port = port;
    await waitForElement(page, { value: '3', state: 'live' });
    // An event stream, if the service came back between a WebSocket and its fallback.
    const isWatched = ({ sent }: { readonly sent: string }) => sent.includes('GET /dashboards/main?counters=orders ');
    await eventually(() => [...proxy.openConnections].filter(isWatched).length === 1);
  });
});

describe('an unknown name', () => {
  const UNKNOWN = 'main has no counter named ordes; it has orders, customers, products';

  it.each(['another', 'the same'])(
    'of a counter is reported on a page of %s origin and does not affect other elements',
    async (origin) => {
      const { url, proxy, embed } = await startEmbeddingSite();
      const expectErrors = [...UNREACHABLE_ERRORS, /404/, /<live-counter>: main has no counter named ordes/];
      const body = counter('orders') + counter('ordes', 'class="wrong"');
      const page = await (origin === 'another'
        ? embed(body, { expectedErrors: expectErrors })
        : openPageUnderPath(proxy.port, body, { expectedErrors: expectErrors }));
      await waitForElement(page, { value: '–', state: 'closed' }, '.wrong');
      expect((await readElement(page, '.wrong')).title).toMatch(new RegExp(`^Not live since \\d.*: ${UNKNOWN}$`));
      await add(url, 'orders', 2);
      await waitForElement(page, { value: '2', state: 'live' }, '#orders');
      await page.locator('.wrong').evaluate((element) => element.setAttribute('counter', 'products'));
      await waitForElement(page, { value: '0', state: 'live' }, '.wrong');
      expect(await readElement(page, '#orders')).toMatchObject({ value: '2', state: 'live' });
    },
  );

  it.each([
    ['<live-counter></live-counter>', 'set the attribute counter'],
    ['<live-counter counter="orders" server="ftp://x/"></live-counter>', 'invalid service URL ftp://x/'],
  ])('or invalid attribute is reported on the console and on the element: %s', async (html, reason) => {
    const { embed } = await startEmbeddingSite();
    const page = await embed(html, { expectedErrors: [/<live-counter>: /] });
    await eventually(() => listFaults(page).some((fault) => fault.startsWith(`console: <live-counter>: ${reason}`)));
    expect(await readElement(page)).toMatchObject({
      value: '–',
      state: 'closed',
      title: expect.stringContaining(reason),
    });
  });

  it('is reported when a watched counter is deleted, and the other elements stay live', async () => {
    const { url, call, port } = await startApi();
    await call('PUT /dashboards/main', { title: 'Main', counters: { extra: {} } });
    const page = await openPageUnderPath(port, counter('orders') + counter('extra'), {
      expectedErrors: [/<live-counter>: main has no counter named extra/],
    });
    await waitForElement(page, { value: '0', state: 'live' }, '#extra');
    await call('DELETE /dashboards/main/counters/extra');
    await waitForElement(page, { value: '–', state: 'closed' }, '#extra');
    await add(url, 'orders');
    await waitForElement(page, { value: '1', state: 'live' }, '#orders');
  });

  it.each(['another', 'the same'])('of a dashboard is reported on a page of %s origin', async (origin) => {
    const { port, embed } = await startEmbeddingSite();
    const expectErrors = [...UNREACHABLE_ERRORS, /404/, /<live-counter>: there is no dashboard named mian/];
    const body = counter('orders', 'dashboard="mian"');
    const page = await (origin === 'another'
      ? embed(body, { expectedErrors: expectErrors })
      : openPageUnderPath(port, body, { expectedErrors: expectErrors }));
    await waitForElement(page, { state: 'closed' });
    expect((await readElement(page)).title).toMatch(/there is no dashboard named mian: did you mean main\?$/);
  });
});

describe('a service that requires tokens', () => {
  it('is reported if anonymous reading is not originConfig, and shows its counters otherwise', async () => {
    const { proxy, originConfig, embed } = await startEmbeddingSite(TOKEN_CONFIG);
    const page = await embed(counter('orders'), {
      expectedErrors: [...UNREACHABLE_ERRORS, /401/, /<live-counter>: a token with the right "read" is required/],
    });
    await waitForElement(page, { value: '–', state: 'closed' });
    expect((await readElement(page)).title).toMatch(/: a token with the right "read" is required$/);
    const open = await startApp({ ...TOKEN_CONFIG, ...originConfig, ALLOW_ANONYMOUS: 'read' });
    await add(open.url, 'orders', 3, { token: SECRETS.clerk });
    proxy.port = open.port;
    // The browser would send requests on connections to the old one.
    proxy.cutAll();
    await page.reload();
    await waitForElement(page, { value: '3', state: 'live' });
  });

  it('serves only pages of allowed origins', async () => {
    const { url, embed } = await startEmbeddingSite({ ALLOWED_ORIGINS: ['https://shop.example.org'] });
    await add(url, 'orders', 3);
    const page = await embed(counter('orders'), { expectedErrors: CROSS_ORIGIN_ERRORS });
    await waitForElement(page, { value: '–', state: 'reconnecting' });
  });
});
