/** Ledger stream: time from sending a change until a reader has its entry, against a viewer of the same run. */
import { type BenchCase, withServer } from './case.js';
import { computeMedian, formatSpread } from './figures.js';

const PER_SECOND = 2_000;
const MAX_P99_MS = 100;

const findPercentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.floor(sorted.length * share)] ?? Number.NaN;

export const ledgerCase: BenchCase = {
  name: 'ledger',
  async run({ form, rounds }) {
    const faults: string[] = [];
    const changeCount = form === 'full' ? 10 * PER_SECOND : PER_SECOND;
    const measure = () =>
      withServer(
        'tallyboard',
        faults,
        async ({ server, changers }) => {
          const ports = [server.port];
          // The first measurement is discarded: it gives the JIT compiler time.
          const warmUp = { ports, perSecond: PER_SECOND, changeCount: PER_SECOND, withLedger: true };
          await changers.run('measurePropagation', warmUp);
          const measured = await changers.run('measurePropagation', { ...warmUp, changeCount });
          faults.push(...measured.faults);
          const [viewer = [], reader = []] = measured.latenciesMs;
          if (reader.length !== changeCount) faults.push(`the reader got ${reader.length} of ${changeCount} entries`);
          return { viewer, reader };
        },
        // The thread that reads opens its files with the first read.
        (server) => server.request('GET', '/dashboards/main/changes'),
      );
    const measured: Awaited<ReturnType<typeof measure>>[] = [];
    for (let round = 0; round < rounds; round += 1) measured.push(await measure());
    const format = (who: 'viewer' | 'reader'): string => {
      const [p50, p99] = [0.5, 0.99].map((share) =>
        formatSpread(
          measured.map((one) => findPercentile(one[who], share)),
          1,
        ),
      );
      return `p50 ${p50}, p99 ${p99} ms`;
    };
    const p99 = measured.map(({ reader }) => findPercentile(reader, 0.99));
    const figure = {
      label: `Ledger stream, ${PER_SECOND} changes/s, durable: time from sending a change until a reader has its entry`,
      tallyboard: format('reader'),
      baseline: `a viewer that shows it: ${format('viewer')}`,
      ratio: '',
      target: `p99 at most ${MAX_P99_MS} ms`,
      met: computeMedian(p99) <= MAX_P99_MS,
    };
    return { figures: [figure], faults };
  },
};
