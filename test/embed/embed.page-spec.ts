/**
 * `<live-counter>` in pages of another origin with a content security policy: value, events, styles and accessibility.
 */
import { add } from '../../src/client/client.js';
import { startApi } from '../support/api-client.js';
import { findAccessibilityFaults } from '../support/browser.js';
import {
  CROSS_ORIGIN_ERRORS,
  openPageUnderPath,
  readElement,
  waitForElement,
  startEmbeddingSite,
} from '../support/embed-page.js';
import { eventually } from '../support/cleanup.js';

const ORDERS = '<live-counter counter="orders"></live-counter>';

describe('the element', () => {
  it("shows a live value in the format of the page's language", async () => {
    const { url, embed } = await startEmbeddingSite();
    await add(url, 'orders', 1_234);
    const page = await embed(ORDERS);
    await waitForElement(page, { label: 'Orders', value: '1.234', state: 'live', title: null, stateLabel: null });
    await add(url, 'orders', 1_000_000);
    await waitForElement(page, { value: '1.001.234', state: 'live' });
  });

  it("finds the service by the script's URL or by its attribute server", async () => {
    const { url, port } = await startApi();
    await add(url, 'orders', 7);
    const named = '<live-counter counter="orders" server="/tally"></live-counter>';
    const page = await openPageUnderPath(port, `<p>${ORDERS}</p><i>${named}</i>`);
    await waitForElement(page, { value: '7', state: 'live' }, 'p > live-counter');
    await waitForElement(page, { value: '7', state: 'live' }, 'i > live-counter');
  });

  it('shows the given label, or none', async () => {
    const { embed } = await startEmbeddingSite();
    const page = await embed(`<p><live-counter counter="orders" label="Bestellungen"></live-counter></p>
       <p>Wir haben <live-counter counter="products" label="" id="bare"></live-counter> Produkte</p>`);
    await waitForElement(page, { label: 'Bestellungen', value: '0' }, 'p:first-of-type > live-counter');
    await waitForElement(page, { label: '', value: '0' }, '#bare');
    expect(await page.locator('#bare').locator('[part=label]').isVisible()).toBe(false);
  });

  it('updates when its attributes change', async () => {
    const { url, call, embed } = await startEmbeddingSite();
    await call('PUT /dashboards/shop', { counters: { sales: {} } });
    await call('POST /dashboards/shop/counters/sales/add', { amount: 5_000 });
    await add(url, 'products', 3_000);
    const page = await embed(ORDERS);
    await waitForElement(page, { value: '0', state: 'live' });
    const set = (attributes: Record<string, string>) =>
      page.locator('live-counter').evaluate((element, all) => {
        for (const [name, value] of Object.entries(all)) element.setAttribute(name, value);
      }, attributes);
    await set({ counter: 'products' });
    await waitForElement(page, { label: 'Products', value: '3.000', state: 'live' });
    await set({ locale: 'en', label: 'Products' });
    await waitForElement(page, { label: 'Products', value: '3,000', state: 'live' });
    await set({ locale: 'no such language' });
    await waitForElement(page, { value: '3,000' });
    await set({ dashboard: 'shop', counter: 'sales', locale: 'de' });
    await waitForElement(page, { value: '5.000', state: 'live' });
  });

  it('shows its text content until there is a value', async () => {
    const { embed } = await startEmbeddingSite({ MAX_VIEWERS: 0 });
    const page = await embed('<live-counter counter="orders">about 40</live-counter>', {
      expectedErrors: CROSS_ORIGIN_ERRORS,
    });
    await eventually(async () => (await readElement(page)).state === 'reconnecting');
    expect(await readElement(page)).toMatchObject({
      value: 'about 40',
      title: expect.stringMatching(/^Not live since /),
    });
    expect(await page.getByText('about 40').isVisible()).toBe(true);
  });
});

it('each new value fires one change event with value and revision', async () => {
  const { url, embed } = await startEmbeddingSite();
  const page = await embed('');
  const events = await page.evaluateHandle(() => {
    const all: unknown[] = [];
    const counter = document.createElement('live-counter');
    counter.setAttribute('counter', 'orders');
    counter.addEventListener('change', (change) => all.push((change as CustomEvent).detail));
    document.body.addEventListener('change', () => all.push('bubbled'));
    document.querySelector('main')?.append(counter);
    return all;
  });
  await waitForElement(page, { value: '0', state: 'live' });
  const { at } = await add(url, 'orders', 2);
  await waitForElement(page, { value: '2' });
  // Moving the element within the page keeps its value.
  await page.evaluate(() => document.querySelector('h1')?.append(document.querySelector('live-counter') ?? ''));
  await waitForElement(page, { value: '2', state: 'live' });
  expect(await events.jsonValue()).toEqual([
    { value: 0, revision: 0, at: expect.any(Number) },
    { value: 2, revision: 1, at },
  ]);
});

describe('its appearance', () => {
  it('can be styled by custom properties, parts and state, and is isolated otherwise', async () => {
    const { embed } = await startEmbeddingSite();
    const page = await embed(`<div class="styled">${ORDERS.replace('<live-counter', '$& class="styled"')}</div>`);
    await waitForElement(page, { state: 'live' });
    const styles = await page.locator('live-counter').evaluate((element) => {
      const find = (part: string) => getComputedStyle(element.shadowRoot?.querySelector(`[part=${part}]`) ?? element);
      return {
        color: find('value').color,
        size: find('value').fontSize,
        numerals: find('value').fontVariantNumeric,
        label: find('label').textTransform,
        sign: find('state').borderTopColor,
        outline: getComputedStyle(element).outlineColor,
      };
    });
    expect(styles).toEqual({
      color: 'rgb(1, 2, 3)',
      size: '40px',
      numerals: 'tabular-nums',
      label: 'uppercase',
      sign: 'rgb(7, 8, 9)',
      outline: 'rgb(4, 5, 6)',
    });
  });

  it.each([
    ['no-preference', 1],
    ['reduce', 0],
  ] as const)('with prefers-reduced-motion "%s" a change starts %i animations', async (reducedMotion, animations) => {
    const { url, embed } = await startEmbeddingSite();
    const page = await embed(ORDERS, { reducedMotion });
    await waitForElement(page, { state: 'live' });
    const seen = await page.locator('live-counter').evaluateHandle((element) => {
      const counts: number[] = [];
      element.addEventListener('change', () => counts.push(element.shadowRoot?.getAnimations().length ?? -1));
      return counts;
    });
    await add(url, 'orders');
    await waitForElement(page, { value: '1' });
    expect(await seen.jsonValue()).toEqual([animations]);
  });

  it('has the same size in every state and with all digits', async () => {
    const { url, embed } = await startEmbeddingSite();
    await add(url, 'orders', 11_111);
    const page = await embed(ORDERS);
    await waitForElement(page, { value: '11.111' });
    const readBox = () => page.locator('live-counter').evaluate((element) => element.getBoundingClientRect().toJSON());
    const before = await readBox();
    await add(url, 'orders', 77_777);
    await waitForElement(page, { value: '88.888' });
    expect(await readBox()).toEqual(before);
    await page.locator('live-counter').evaluate((element) => element.setAttribute('state', 'stale'));
    expect(await readBox()).toEqual(before);
  });
});

describe('a screen reader', () => {
  it('reads label and value as text, without announcements or tab stops', async () => {
    const { embed } = await startEmbeddingSite();
    const page = await embed(`<p>${ORDERS}</p>`);
    await waitForElement(page, { value: '0', state: 'live' });
    expect(await page.locator('p').ariaSnapshot()).toBe('- paragraph: Orders 0');
    expect(await page.locator('[role=status], [aria-live]').count()).toBe(0);
    expect(await findAccessibilityFaults(page)).toEqual([]);
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement === document.body)).toBe(true);
  });

  it('announces changes if the attribute announce is set', async () => {
    const { embed } = await startEmbeddingSite();
    const page = await embed('<live-counter counter="orders" label="Orders" announce></live-counter>');
    const status = page.getByRole('status');
    await eventually(async () => (await status.textContent()) === 'Orders 0');
    await page.locator('live-counter').evaluate((element) => element.removeAttribute('announce'));
    expect(await status.count()).toBe(0);
  });
});
