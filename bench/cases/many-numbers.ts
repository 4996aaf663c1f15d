/**
 * Many numbers: a page with 300 counters while they change 50 times a second, as a list and as tiles. The cost of the
 * page's main thread must stay low, and neither its heap nor its nodes may grow.
 */
import type { ChangeRoute } from '../change-clients.js';
import { launchBrowser } from '../../test/harness/browser.js';
import { LoadGenerator } from '../load-generator.js';
import { measureUpkeep, type Upkeep } from '../page-cost.js';
import { MeasuredServer } from '../server.js';
import type { BenchCase, Figure } from './case.js';
import { computeMedian, formatMegabytes, formatSpread } from './figures.js';

const PATH = '/dashboards/wide';
const COUNTERS = Array.from({ length: 300 }, (_, index) => `counter-${index}`);
const ROUTES = COUNTERS.map((name): ChangeRoute => `POST ${PATH}/counters/${name}/add`);
const CHANGES_PER_SECOND = 50;
const VIEWPORT = { width: 1_366, height: 768 };
const FORMS = ['list', 'tiles'] as const;
/** Until all that the page reads once has come. */
const WARM_UP_MS = 10_000;
const MAX_MAIN_THREAD_MS = 150;
/**
 * What a page may hold more at the end than at the start: rows of the last minutes, and what waits for a collection.
 */
const [MAX_HEAP_GROWTH_BYTES, MAX_NODE_GROWTH] = [2_000_000, 200];

async function measureForm(form: (typeof FORMS)[number], windowMs: number, faults: string[]): Promise<Upkeep> {
  const server = await MeasuredServer.start('tallyboard');
  const changers = new LoadGenerator();
  const browser = await launchBrowser();
  try {
    const titles = COUNTERS.map((name, index) => [name, { title: `Shop number ${index}`, headline: 'day' }]);
    await server.request('PUT', PATH, { counters: Object.fromEntries(titles) as object });
    const page = await browser.newPage({ viewport: VIEWPORT });
    await page.goto(`http://127.0.0.1:${server.port}/#/wide?form=${form}`);
    await page.locator('[data-counter] [data-value]').first().waitFor();
    await changers.run('startPaced', { port: server.port, perSecond: CHANGES_PER_SECOND, routes: ROUTES });
    await page.waitForTimeout(WARM_UP_MS);
    const upkeep = await measureUpkeep(page, windowMs);
    const { refused, acknowledged } = await changers.run('stopChanges', null);
    if (refused > 0) faults.push(`${refused} changes were refused or lost`);
    const [last = 'counter-0'] = COUNTERS;
    const count = acknowledged[`POST ${PATH}/counters/${last}/add`] ?? 0;
    await page
      .locator(`[data-counter="${last}"] [data-value="${count}"]`)
      .waitFor()
      .catch(() => faults.push(`the page does not show the ${count} changes of ${last}`));
    return upkeep;
  } finally {
    await browser.close();
    changers.kill();
    const fault = await server.stop();
    if (fault !== undefined) faults.push(fault);
  }
}

export const manyNumbersCase: BenchCase = {
  name: 'page-many',
  async run({ form: length, rounds }) {
    const faults: string[] = [];
    const figures: Figure[] = [];
    for (const form of FORMS) {
      const all: Upkeep[] = [];
      for (let round = 0; round < rounds; round += 1) {
        all.push(await measureForm(form, length === 'short' ? 10_000 : 300_000, faults));
      }
      const mainThread = computeMedian(all.map(({ mainThreadMsPerSecond }) => mainThreadMsPerSecond));
      const heap = computeMedian(all.map(({ heapGrowthBytes }) => heapGrowthBytes));
      const nodes = computeMedian(all.map(({ nodeGrowth }) => nodeGrowth));
      const label = `Page with ${COUNTERS.length} counters as ${form}, ${CHANGES_PER_SECOND} changes/s`;
      figures.push(
        {
          label: `${label}: main thread per second`,
          tallyboard: `${formatSpread(
            all.map(({ mainThreadMsPerSecond }) => mainThreadMsPerSecond),
            0,
          )} ms`,
          baseline: '',
          ratio: '',
          target: `at most ${MAX_MAIN_THREAD_MS} ms`,
          met: mainThread <= MAX_MAIN_THREAD_MS,
        },
        {
          label: `${label}: growth of heap and nodes in ${length === 'short' ? '10 s' : '5 min'}`,
          tallyboard: `${formatMegabytes(heap)}, ${nodes} nodes`,
          baseline: '',
          ratio: '',
          target: `at most ${formatMegabytes(MAX_HEAP_GROWTH_BYTES)}, ${MAX_NODE_GROWTH} nodes`,
          met: heap <= MAX_HEAP_GROWTH_BYTES && nodes <= MAX_NODE_GROWTH,
        },
      );
    }
    return { figures, faults };
  },
};
