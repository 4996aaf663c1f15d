/** Memory: what one idle viewer costs in RSS when 10,000 watch, against a bare Node server's sockets. */
import { setTimeout as sleep } from 'node:timers/promises';
import { rssBytes, type ServerKind } from '../server.js';
import { alternate, type Case, median, onStage, roundsOfLong, settle, spread } from './case.js';

const TARGET_KB = 7;

export const memory: Case = {
  name: 'memory',
  async run({ form, rounds }) {
    const [crowd, restMs] = form === 'short' ? [2_000, 1_000] : [10_000, 4_000];
    const faults: string[] = [];
    const measure = (kind: ServerKind) =>
      onStage(kind, faults, async (stage) => {
        const { server, viewers } = stage;
        // Held against the server as it started: what the first handshakes leave behind is laid on the viewers too.
        const before = rssBytes(server.pid);
        await viewers.ask('watch', { port: server.port, viewers: crowd });
        await sleep(restMs);
        const kilobytes = (rssBytes(server.pid) - before) / crowd / 1_024;
        await settle(stage);
        return kilobytes;
      });
    const { ours, theirs, ratios } = await alternate(
      roundsOfLong(rounds),
      () => measure('tallyboard'),
      () => measure('baseline'),
      (kilobytes) => kilobytes,
    );
    const figure = {
      what: `Memory, ${crowd} idle viewers: RSS per viewer`,
      tallyboard: `${spread(ours, 1)} KB`,
      baseline: `bare Node sockets: ${spread(theirs, 1)} KB`,
      ratio: spread(ratios, 2),
      target: `at most ${TARGET_KB} KB`,
      met: median(ours) <= TARGET_KB,
    };
    return { figures: [figure], faults };
  },
};
