/**
 * Page: frame rate while it draws a chart of the last five minutes by the second and counters change, time to the first
 * number, and transferred bytes.
 */
import { rmSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../../test/harness/browser.js';
import { countTransferredBytes, measureRendering, type RenderingCost } from '../page-cost.js';
import { LoadGenerator } from '../load-generator.js';
import { createTwoWeeksOfHistory } from '../seeded-history.js';
import { MeasuredServer } from '../server.js';
import type { BenchCase, Figure } from './case.js';
import { computeMedian, formatMegabytes, formatSpread, judgeAtLeast } from './figures.js';

const CHANGES_PER_SECOND = 20;
const VIEWPORT = { width: 1_280, height: 800 };
const MIN_POINTS = 150;
const MIN_FRAMES_RATIO = 0.9;
const MAX_SCRIPT_MS = 100;
const MAX_FIRST_NUMBER_MS = 1_000;
const MAX_FILES_KB = 110;
/** Script for the page: resolves when the first tile shows a number, with the milliseconds since navigation started. */
const FIRST_NUMBER = `new Promise((resolve) => {
  const look = () => {
    const shown = document.querySelector('article[data-counter] [data-value]')?.textContent?.trim();
    if (shown) requestAnimationFrame(() => resolve(performance.now()));
    else requestAnimationFrame(look);
  };
  look();
})`;

/** Opens the page in a new browser context, so that nothing is cached. */
async function openPage(browser: Browser, url: string) {
  const context = await browser.newContext({ viewport: VIEWPORT });
  const page = await context.newPage();
  const weight = await countTransferredBytes(page);
  await page.goto(url, { waitUntil: 'commit' });
  const firstMs = await page.evaluate<number>(FIRST_NUMBER);
  await page.waitForLoadState('load');
  return { context, page, firstMs, weight };
}

/** Counts the points of all lines of the chart. */
async function countPoints(page: Page): Promise<number> {
  const section = page.getByRole('region', { name: 'Chart' });
  const readRows = async (): Promise<number> =>
    Number(await section.locator('[data-points]').getAttribute('data-points'));
  for (let tries = 0; tries < 100 && !((await readRows()) > 0); tries += 1) await page.waitForTimeout(100);
  return (await readRows()) * (await section.locator('.legend [aria-pressed=true]').count());
}

interface PageMeasurement {
  readonly chart: RenderingCost;
  readonly bare: RenderingCost;
  readonly points: number;
  readonly firstNumberMs: readonly number[];
  readonly filesKb: number;
  readonly numbersKb: number;
}

async function measurePage(directory: string, windowMs: number, faults: string[]): Promise<PageMeasurement> {
  const server = await MeasuredServer.start('tallyboard', { DATA_DIR: directory });
  const changers = new LoadGenerator();
  const browser = await launchBrowser();
  try {
    const url = `http://127.0.0.1:${server.port}/`;
    const firstMs: number[] = [];
    let [filesKb, numbersKb] = [0, 0];
    for (let visit = 0; visit < 5; visit += 1) {
      const { context, page, firstMs: took, weight } = await openPage(browser, url);
      // The chart is loaded after the numbers, and is part of the first visit.
      await page.locator('#chart [data-points]').waitFor();
      await page.waitForLoadState('networkidle').catch(() => undefined);
      firstMs.push(took);
      [filesKb, numbersKb] = [weight.files / 1_024, weight.numbers / 1_024];
      await context.close();
    }
    await changers.run('startPaced', { port: server.port, perSecond: CHANGES_PER_SECOND, routes: ['POST /order'] });
    const blank = await browser.newPage({ viewport: VIEWPORT });
    const bare = await measureRendering(blank, windowMs);
    await blank.close();
    const { page } = await openPage(browser, `${url}#/main?range=5m`);
    const points = await countPoints(page);
    if (points < MIN_POINTS) faults.push(`the chart has ${points} points, fewer than ${MIN_POINTS}`);
    await measureRendering(page, 1_000);
    const chart = await measureRendering(page, windowMs);
    const { refused } = await changers.run('stopChanges', null);
    if (refused > 0) faults.push(`${refused} changes were refused or lost`);
    const { counters } = await server.readSnapshot();
    const orders = page.locator('article[data-counter=orders] [data-value]').first();
    const shown = async (): Promise<number> => Number(await orders.getAttribute('data-value'));
    for (let tries = 0; tries < 50 && (await shown()) !== counters['orders']; tries += 1)
      await page.waitForTimeout(100);
    if ((await shown()) !== counters['orders'])
      faults.push(`the page shows ${await shown()} orders, not ${counters['orders']}`);
    return { chart, bare, points, firstNumberMs: firstMs, filesKb, numbersKb };
  } finally {
    await browser.close();
    changers.kill();
    const fault = await server.stop();
    if (fault !== undefined) faults.push(fault);
  }
}

export const pageCase: BenchCase = {
  name: 'page',
  async run({ form, rounds }) {
    const faults: string[] = [];
    const directory = await createTwoWeeksOfHistory();
    const all: PageMeasurement[] = [];
    for (let round = 0; round < rounds; round += 1) {
      all.push(await measurePage(directory, form === 'short' ? 3_000 : 10_000, faults));
    }
    rmSync(directory, { recursive: true, force: true });
    const of = (read: (one: PageMeasurement) => number, digits: number): string => formatSpread(all.map(read), digits);
    const drawn = (cost: 'chart' | 'bare'): string =>
      `${of((one) => one[cost].framesPerSecond, 1)} frames/s, ${of((one) => one[cost].droppedFrames, 0)} dropped, longest ${of((one) => one[cost].longestFrameMs, 0)} ms`;
    const ratios = all.map(({ chart, bare }) => chart.framesPerSecond / bare.framesPerSecond);
    const script = computeMedian(all.map(({ chart }) => chart.scriptMsPerSecond));
    const first = computeMedian(all.flatMap(({ firstNumberMs }) => firstNumberMs));
    const weight = computeMedian(all.map(({ filesKb }) => filesKb));
    const figures: Figure[] = [
      {
        label: `Page, chart of ${of(({ points }) => points, 0)} points, ${CHANGES_PER_SECOND} changes/s: frame rate`,
        tallyboard: drawn('chart'),
        baseline: `an empty page: ${drawn('bare')}`,
        ...judgeAtLeast(ratios, MIN_FRAMES_RATIO),
      },
      {
        label: 'Page, the same: script per second, main thread per second, heap',
        tallyboard: `${of(({ chart }) => chart.scriptMsPerSecond, 1)} ms, ${of(({ chart }) => chart.mainThreadMsPerSecond, 0)} ms, ${formatMegabytes(computeMedian(all.map(({ chart }) => chart.heapBytes)))}`,
        baseline: `an empty page: ${of(({ bare }) => bare.scriptMsPerSecond, 1)} ms, ${of(({ bare }) => bare.mainThreadMsPerSecond, 0)} ms, ${formatMegabytes(computeMedian(all.map(({ bare }) => bare.heapBytes)))}`,
        ratio: '',
        target: `at most ${MAX_SCRIPT_MS} ms of script`,
        met: script <= MAX_SCRIPT_MS,
      },
      {
        label: 'Page, first visit: time until the first number is drawn',
        tallyboard: `${formatSpread(
          all.flatMap(({ firstNumberMs }) => firstNumberMs),
          0,
        )} ms`,
        baseline: '',
        ratio: '',
        target: `at most ${MAX_FIRST_NUMBER_MS} ms`,
        met: first <= MAX_FIRST_NUMBER_MS,
      },
      {
        label: 'Page, first visit: transferred bytes',
        tallyboard: `files ${of(({ filesKb }) => filesKb, 1)} KB, an hour of history ${of(({ numbersKb }) => numbersKb, 1)} KB`,
        baseline: '',
        ratio: '',
        target: `files at most ${MAX_FILES_KB} KB`,
        met: weight <= MAX_FILES_KB,
      },
    ];
    return { figures, faults };
  },
};
