/** The page: how smoothly it draws an hour by the second while its counters change, how soon it shows numbers, and what it weighs. */
import { rmSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { measureDrawing, type PageCost, startBrowser, weigh } from '../browser.js';
import { Load } from '../load-generator.js';
import { makeTwoWeeks } from '../seed-history.js';
import { MeasuredServer } from '../server.js';
import { type Case, type Figure, median, megabytes, spread } from './case.js';

const PER_SECOND = 20;
const VIEWPORT = { width: 1_280, height: 800 };
const LEAST_POINTS = 5_000;
const FRAMES_TARGET = 0.9;
const SCRIPT_TARGET_MS = 100;
const LOAD_TARGET_MS = 1_000;
const WEIGHT_TARGET_KB = 100;
/** Resolves in a page when the first tile shows a number. @returns milliseconds since the page was asked for */
const FIRST_NUMBER = `new Promise((resolve) => {
  const look = () => {
    const shown = document.querySelector('article[data-counter] [data-value]')?.textContent?.trim();
    if (shown) requestAnimationFrame(() => resolve(performance.now()));
    else requestAnimationFrame(look);
  };
  look();
})`;

/** A page in a context of its own: nothing is cached. */
async function load(browser: Browser, url: string) {
  const context = await browser.newContext({ viewport: VIEWPORT });
  const page = await context.newPage();
  const weight = await weigh(page);
  await page.goto(url, { waitUntil: 'commit' });
  const firstMs = await page.evaluate<number>(FIRST_NUMBER);
  await page.waitForLoadState('load');
  return { context, page, firstMs, weight };
}

/** How many points the lines of the chart have: those of its first range, an hour by the second, where every change is drawn. */
async function countPoints(page: Page): Promise<number> {
  const section = page.getByRole('region', { name: 'Chart' });
  const rows = async (): Promise<number> => Number(await section.locator('[data-points]').getAttribute('data-points'));
  for (let tries = 0; tries < 100 && !((await rows()) > 0); tries += 1) await page.waitForTimeout(100);
  return (await rows()) * (await section.locator('input[type=checkbox]:checked').count());
}

interface Measured {
  readonly chart: PageCost;
  readonly bare: PageCost;
  readonly points: number;
  readonly firstMs: readonly number[];
  readonly filesKb: number;
  readonly numbersKb: number;
}

async function measure(directory: string, windowMs: number, faults: string[]): Promise<Measured> {
  const server = await MeasuredServer.start('tallyboard', { DATA_DIR: directory });
  const changers = new Load();
  const browser = await startBrowser();
  try {
    const url = `http://127.0.0.1:${server.port}/`;
    const firstMs: number[] = [];
    let [filesKb, numbersKb] = [0, 0];
    for (let visit = 0; visit < 5; visit += 1) {
      const { context, page, firstMs: took, weight } = await load(browser, url);
      await page.waitForLoadState('networkidle').catch(() => undefined);
      firstMs.push(took);
      [filesKb, numbersKb] = [weight.files / 1_024, weight.numbers / 1_024];
      await context.close();
    }
    await changers.ask('pace', { port: server.port, perSecond: PER_SECOND, route: 'POST /order' });
    const blank = await browser.newPage({ viewport: VIEWPORT });
    const bare = await measureDrawing(blank, windowMs);
    await blank.close();
    const { page } = await load(browser, url);
    const points = await countPoints(page);
    if (points < LEAST_POINTS) faults.push(`the chart has ${points} points, less than ${LEAST_POINTS}`);
    await measureDrawing(page, 1_000);
    const chart = await measureDrawing(page, windowMs);
    const { refused } = await changers.ask('rest', null);
    if (refused > 0) faults.push(`${refused} changes were refused or lost`);
    const { counters } = await server.snapshot();
    const orders = page.locator('article[data-counter=orders] [data-value]').first();
    const shown = async (): Promise<number> => Number(await orders.getAttribute('data-value'));
    for (let tries = 0; tries < 50 && (await shown()) !== counters['orders']; tries += 1)
      await page.waitForTimeout(100);
    if ((await shown()) !== counters['orders'])
      faults.push(`the page shows ${await shown()} orders, counted are ${counters['orders']}`);
    return { chart, bare, points, firstMs, filesKb, numbersKb };
  } finally {
    await browser.close();
    changers.end();
    const fault = await server.stop();
    if (fault !== undefined) faults.push(fault);
  }
}

export const page: Case = {
  name: 'page',
  async run({ form, rounds }) {
    const faults: string[] = [];
    const directory = await makeTwoWeeks();
    const all: Measured[] = [];
    for (let round = 0; round < rounds; round += 1) {
      all.push(await measure(directory, form === 'short' ? 3_000 : 10_000, faults));
    }
    rmSync(directory, { recursive: true, force: true });
    const of = (read: (one: Measured) => number, digits: number): string => spread(all.map(read), digits);
    const drawn = (cost: 'chart' | 'bare'): string =>
      `${of((one) => one[cost].framesPerSecond, 1)} frames/s, ${of((one) => one[cost].dropped, 0)} dropped, longest ${of((one) => one[cost].longestMs, 0)} ms`;
    const ratios = all.map(({ chart, bare }) => chart.framesPerSecond / bare.framesPerSecond);
    const script = median(all.map(({ chart }) => chart.scriptMs));
    const first = median(all.flatMap(({ firstMs }) => firstMs));
    const weight = median(all.map(({ filesKb }) => filesKb));
    const figures: Figure[] = [
      {
        what: `Page, chart of ${of(({ points }) => points, 0)} points, ${PER_SECOND} changes/s: frames`,
        tallyboard: drawn('chart'),
        baseline: `an empty page: ${drawn('bare')}`,
        ratio: spread(ratios, 2),
        target: `at least ${FRAMES_TARGET}`,
        met: median(ratios) >= FRAMES_TARGET,
      },
      {
        what: 'Page, the same: script per second, all of its thread, heap',
        tallyboard: `${of(({ chart }) => chart.scriptMs, 1)} ms, ${of(({ chart }) => chart.busyMs, 0)} ms, ${megabytes(median(all.map(({ chart }) => chart.heapBytes)))}`,
        baseline: `an empty page: ${of(({ bare }) => bare.scriptMs, 1)} ms, ${of(({ bare }) => bare.busyMs, 0)} ms, ${megabytes(median(all.map(({ bare }) => bare.heapBytes)))}`,
        ratio: '',
        target: `at most ${SCRIPT_TARGET_MS} ms of script`,
        met: script <= SCRIPT_TARGET_MS,
      },
      {
        what: 'Page, first visit: until the first number is drawn',
        tallyboard: `${spread(
          all.flatMap(({ firstMs }) => firstMs),
          0,
        )} ms`,
        baseline: '',
        ratio: '',
        target: `at most ${LOAD_TARGET_MS} ms`,
        met: first <= LOAD_TARGET_MS,
      },
      {
        what: 'Page, first visit: bytes over the wire',
        tallyboard: `files ${of(({ filesKb }) => filesKb, 1)} KB, an hour of numbers ${of(({ numbersKb }) => numbersKb, 1)} KB`,
        baseline: '',
        ratio: '',
        target: `files at most ${WEIGHT_TARGET_KB} KB`,
        met: weight <= WEIGHT_TARGET_KB,
      },
    ];
    return { figures, faults };
  },
};
