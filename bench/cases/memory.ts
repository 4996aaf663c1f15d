/** Memory: RSS per idle viewer of 10,000, against the sockets of a bare Node server. */
import { setTimeout as sleep } from 'node:timers/promises';
import { readRssBytes, type ServerKind } from '../server.js';
import { type BenchCase, withServer, settleAndCheck } from './case.js';
import { computeMedian, countLongCaseRounds, formatSpread, measureAlternately } from './figures.js';

const MAX_KB_PER_VIEWER = 7;

export const memoryCase: BenchCase = {
  name: 'memory',
  async run({ form, rounds }) {
    const [viewerCount, restMs] = form === 'short' ? [2_000, 1_000] : [10_000, 4_000];
    const faults: string[] = [];
    const measure = (kind: ServerKind) =>
      withServer(kind, faults, async (run) => {
        const { server, viewers } = run;
        // Compared with the server before the first handshake, so that one-time allocations count as well.
        const before = readRssBytes(server.pid);
        await viewers.run('openViewers', { port: server.port, viewers: viewerCount });
        await sleep(restMs);
        const kilobytes = (readRssBytes(server.pid) - before) / viewerCount / 1_024;
        await settleAndCheck(run);
        return kilobytes;
      });
    const { ours, theirs, ratios } = await measureAlternately(
      countLongCaseRounds(rounds),
      () => measure('tallyboard'),
      () => measure('baseline'),
      (kilobytes) => kilobytes,
    );
    const figure = {
      label: `Memory, ${viewerCount} idle viewers: RSS per viewer`,
      tallyboard: `${formatSpread(ours, 1)} KB`,
      baseline: `bare Node sockets: ${formatSpread(theirs, 1)} KB`,
      ratio: formatSpread(ratios, 2),
      target: `at most ${MAX_KB_PER_VIEWER} KB`,
      met: computeMedian(ours) <= MAX_KB_PER_VIEWER,
    };
    return { figures: [figure], faults };
  },
};
