/** Layout at every window size and zoom: nothing overflows or overlaps, however long titles and numbers are. */
import type { Page } from 'playwright-core';
import { startApi } from '../support/api-client.js';
import { openPage, type OpenPageOptions } from '../support/browser.js';
import { openBoards, readTileValues, waitForEqual, waitForState } from '../support/dashboard-page.js';

const LONG_TITLE = 'Subscriptions that were renewed without a reminder';

/** Creates a dashboard with titles and values of the greatest length. */
async function startWithLongTitles(counters: number) {
  const api = await startApi();
  const names = Array.from({ length: counters }, (_, index) => `counter-${index}`);
  const definitions = names.map((name, index) => [name, { title: index % 2 === 0 ? LONG_TITLE : 'Orders' }] as const);
  await api.call('PUT /dashboards/long', {
    title: `${LONG_TITLE}, and more of them`,
    counters: Object.fromEntries(definitions),
  });
  const changes = names.map((counter, index) => ({ counter, to: index === 0 ? 9_007_199_254_740_991 : index * 1_234 }));
  await api.call('POST /dashboards/long/changes', { changes });
  return api;
}

/** Returns the overflowing and overlapping elements of a page. */
async function findLayoutFaults(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const faults: string[] = [];
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth > clientWidth) faults.push(`scrolls sideways: ${scrollWidth} in ${clientWidth}`);
    const describeNode = (node: Element): string => `${node.localName} "${(node.textContent ?? '').slice(0, 30)}"`;
    /** Returns the visible boxes of an element, one per line of text, clipped by its ancestors. */
    const getVisibleBoxes = (node: Element): DOMRect[] => {
      const range = document.createRange();
      range.selectNodeContents(node);
      const boxes = node.matches('button, input') ? [node.getBoundingClientRect()] : [...range.getClientRects()];
      return boxes.map((box) => {
        let { left, top, right, bottom } = box;
        for (let ancestor: Element | null = node; ancestor; ancestor = ancestor.parentElement) {
          if (getComputedStyle(ancestor).overflowX === 'visible') continue;
          const edge = ancestor.getBoundingClientRect();
          [left, top] = [Math.max(left, edge.left), Math.max(top, edge.top)];
          [right, bottom] = [Math.min(right, edge.right), Math.min(bottom, edge.bottom)];
        }
        return new DOMRect(left, top, Math.max(0, right - left), Math.max(0, bottom - top));
      });
    };
    const boxes = [...document.querySelectorAll('body *')]
      .filter((node) => {
        const hasText = [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent?.trim());
        const isDrawn = node.closest('.uplot, svg, .visually-hidden') !== null;
        // The tabs of a phone stay in place and cover what scrolls below them.
        const isPinned = node.closest('.tabs') !== null;
        return (hasText || node.matches('button, input')) && !isDrawn && !isPinned && node.checkVisibility();
      })
      .flatMap((node) => getVisibleBoxes(node).map((box) => ({ node, box })))
      .filter(({ box }) => box.width > 1 && box.height > 1);
    for (const { node, box } of boxes) {
      if (box.right > innerWidth + 1 || box.left < -1) faults.push(`beside the window: ${describeNode(node)}`);
    }
    for (const [index, one] of boxes.entries()) {
      for (const other of boxes.slice(index + 1)) {
        const label = one.node.closest('label');
        if (one.node.contains(other.node) || (label && label === other.node.closest('label'))) continue;
        const overlapX = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
        const overlapY = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top);
        // The boxes of adjacent lines overlap slightly.
        const line = Math.min(one.box.height, other.box.height) / 3;
        if (overlapX > 2 && overlapY > line)
          faults.push(`${describeNode(one.node)} lies on ${describeNode(other.node)}`);
      }
    }
    return faults;
  });
}

/** Window sizes, CSS pixels. Zooming in makes a window smaller. */
const WINDOWS: Readonly<Record<string, readonly [width: number, height: number]>> = {
  'a phone': [320, 568],
  'a phone in landscape': [667, 375],
  'a tablet': [820, 1_180],
  'a laptop': [1_280, 800],
  'a laptop at 200 %': [640, 400],
  'a laptop at 400 %': [320, 200],
  'a 4K wall screen': [3_840, 2_160],
};

/** Returns the layout faults at each window size. */
async function findFaultsByWindow(page: Page): Promise<Record<string, string[]>> {
  const faults: Record<string, string[]> = {};
  for (const [name, [width, height]] of Object.entries(WINDOWS)) {
    await page.setViewportSize({ width, height });
    // Sizes are observed in one animation frame and applied in the next.
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
    faults[name] = await findLayoutFaults(page);
  }
  return faults;
}

const NO_FAULTS = Object.fromEntries(Object.keys(WINDOWS).map((name) => [name, []]));

async function openWithLongTitles(counters: number, parameters = '', options: OpenPageOptions = {}) {
  const { url } = await startWithLongTitles(counters);
  const page = await openPage(`${url}/${parameters}#/long`, options);
  await waitForState(page, 'live');
  await waitForEqual(async () => Object.keys(await readTileValues(page)).length, counters);
  return page;
}

it.each([1, 3, 12])('a board of %d counters fits every window', async (counters) => {
  expect(await findFaultsByWindow(await openWithLongTitles(counters))).toEqual(NO_FAULTS);
});

it('titles without a space end with an ellipsis, or wrap, in tiles, lists, chart and activity', async () => {
  const { url, call } = await startApi();
  const title = 'W'.repeat(200);
  const layout = { groups: [{ title, tiles: [{ show: 'first' }] }] };
  await call('PUT /dashboards/wide', { title, counters: { first: { title }, second: { title } }, layout });
  await call('POST /dashboards/wide/changes', { changes: [{ counter: 'first', by: 1 }], reason: title });
  for (const width of [1_366, 390]) {
    const page = await openPage(`${url}/#/wide`, { viewport: { width, height: 844 } });
    await waitForState(page, 'live');
    const expectFit = () => waitForEqual(() => page.evaluate(() => document.documentElement.scrollWidth), width);
    for (const form of ['tiles', 'list', 'top']) {
      await page.evaluate((query) => (location.hash = query), `#/wide?form=${form}`);
      await page.locator('[data-counter=first] [data-value]').waitFor();
      await expectFit();
    }
    if (width < 500) await page.getByRole('button', { name: 'Chart', exact: true }).click();
    await page.locator('.chart .lane-title').first().waitFor();
    await expectFit();
    await page.keyboard.press('a');
    await page.locator('.activity .entry').first().waitFor();
    await expectFit();
  }
});

it('the list of boards fits every window', async () => {
  const page = await openWithLongTitles(3);
  const nav = await openBoards(page);
  await nav.getByRole('link', { name: /main/i }).waitFor();
  for (const [width, height] of Object.values(WINDOWS)) {
    await page.setViewportSize({ width, height });
    const box = await nav.boundingBox();
    expect(box?.x).toBeGreaterThanOrEqual(0);
    expect((box?.x ?? 0) + (box?.width ?? Infinity)).toBeLessThanOrEqual(width);
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
  }
});

it('buttons are large enough for touch', async () => {
  const page = await openWithLongTitles(3, '', {
    viewport: { width: 320, height: 568 },
    hasTouch: true,
    isMobile: true,
  });
  const small = await page.evaluate(() =>
    [...document.querySelectorAll('button')]
      .filter((button) => button.checkVisibility())
      .map((button) => ({ text: button.textContent, box: button.getBoundingClientRect() }))
      .filter(({ box }) => Math.min(box.width, box.height) < 24)
      .map(({ text, box }) => `${text}: ${box.width} x ${box.height}`),
  );
  expect(small).toEqual([]);
});
