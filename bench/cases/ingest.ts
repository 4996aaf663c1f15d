/** Ingest: 64 connections add orders as fast as they can, durably and unwatched, against answers from memory. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerKind } from '../server.js';
import { between, type Case, median, onStage, settle, spread } from './case.js';

const CONNECTIONS = 64;
const TARGET = 2.5;

export const ingest: Case = {
  name: 'ingest',
  async run({ form, rounds }) {
    const [warmUpMs, windowMs] = form === 'short' ? [1_500, 2_000] : [3_000, 5_000];
    const faults: string[] = [];
    const measure = (kind: ServerKind) =>
      onStage(kind, faults, async (stage) => {
        const { server, changers } = stage;
        await changers.ask('storm', { port: server.port, connections: CONNECTIONS, cycle: ['POST /order'] });
        await sleep(warmUpMs);
        const from = await changers.ask('sample', server);
        await sleep(windowMs);
        const to = await changers.ask('sample', server);
        const { answer } = await settle(stage);
        return { ...between(from, to), answer: answer.replace(/\r\nDate: [^\r]*/i, '') };
      });
    const ours: Awaited<ReturnType<typeof measure>>[] = [];
    const bare: typeof ours = [];
    for (let round = 0; round < rounds; round += 1) {
      ours.push(await measure('tallyboard'));
      bare.push(await measure('baseline'));
    }
    if (ours[0]?.answer !== bare[0]?.answer) {
      faults.push(`the answers differ: ${JSON.stringify(ours[0]?.answer)}, ${JSON.stringify(bare[0]?.answer)}`);
    }
    const ratios = ours.map(({ cpuUsPerChange }, i) => cpuUsPerChange / (bare[i]?.cpuUsPerChange ?? Number.NaN));
    const shown = (measured: typeof ours): string => {
      const cost = spread(
        measured.map(({ cpuUsPerChange }) => cpuUsPerChange),
        1,
      );
      return `${cost} us at ${Math.round(median(measured.map(({ changesPerSecond }) => changesPerSecond)))}/s`;
    };
    const what = `Ingest, ${CONNECTIONS} connections, durable: server CPU per \`POST /order\``;
    const figure = { what, tallyboard: shown(ours), baseline: `bare \`node:http\`, from memory: ${shown(bare)}` };
    const met = median(ratios) <= TARGET;
    return { figures: [{ ...figure, ratio: spread(ratios, 2), target: `at most ${TARGET}`, met }], faults };
  },
};
