/**
 * Stream: durable change sets as lines of one bulk request, with and without keys, against one request per change set;
 * and the memory that a long stream takes.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { BulkStreamResult, BulkStreamOptions } from '../ndjson-stream.js';
import { readRssBytes } from '../server.js';
import { type BenchCase, type Figure, withServer, settleAndCheck, type ServerUnderLoad } from './case.js';
import { computeMedian, computeRates, formatMegabytes, formatSpread } from './figures.js';

const MIN_CHANGES_PER_SECOND = 50_000;
const MAX_GROWTH_BYTES = 48 * 2 ** 20;
const CONNECTIONS = 64;
const SAMPLE_INTERVAL_MS = 50;
/** Less than any line, so that no spaces are appended. */
const SHORT_LINE_BYTES = 1;
const LONG_LINE_BYTES = 4_096;

interface StreamCost {
  readonly perSecond: number;
  readonly cpuUs: number;
}

/** Sends streams one after the other to one server, and tracks the revision that the next one begins at. */
class StreamSequence {
  #revision = 0;

  constructor(private readonly run: ServerUnderLoad) {}

  /** Sends a stream of new changes. */
  async send(lines: number, more: Partial<BulkStreamOptions> = {}): Promise<StreamCost> {
    const { server, changers } = this.run;
    const from = await changers.run('sample', server);
    const { durationMs } = await this.#send(lines, { ...more, revision: this.#revision + 1 });
    const to = await changers.run('sample', server);
    this.#revision += lines;
    return { perSecond: (lines / durationMs) * 1_000, cpuUs: ((to.cpuMs - from.cpuMs) * 1_000) / lines };
  }

  /** Sends the last lines again with the same keys, and expects replays. */
  async retry(lines: number, keys: string): Promise<void> {
    await this.#send(lines, { keys, revision: this.#revision - lines + 1, replayed: true });
  }

  /** Checks that the server has counted exactly the acknowledged changes. */
  async checkSnapshot(): Promise<void> {
    const { counters, revision } = await this.run.server.readSnapshot();
    if (revision === this.#revision && counters['orders'] === this.#revision) return;
    this.run.faults.push(`at revision ${revision} with ${counters['orders']} orders, not ${this.#revision}`);
  }

  async #send(lines: number, more: Partial<BulkStreamOptions>): Promise<BulkStreamResult> {
    const { server, changers, faults } = this.run;
    const whole = { port: server.port, lines, lineBytes: SHORT_LINE_BYTES, revision: 0, replayed: false, ...more };
    const answered = await changers.run('sendStream', whole);
    faults.push(...answered.faults);
    return answered;
  }
}

export const streamCase: BenchCase = {
  name: 'stream',
  async run({ form, rounds }) {
    const [warmUp, lines, longLines] = form === 'short' ? [20_000, 50_000, 16_000] : [100_000, 500_000, 262_000];
    const faults: string[] = [];
    const measure = (keyed: boolean) =>
      withServer('tallyboard', faults, async (run) => {
        const streams = new StreamSequence(run);
        await streams.send(warmUp, keyed ? { keys: 'warm' } : {});
        const measured = await streams.send(lines, keyed ? { keys: 'k' } : {});
        if (keyed) await streams.retry(lines, 'k');
        await streams.checkSnapshot();
        return measured;
      });
    const measureSingle = () =>
      withServer('tallyboard', faults, async (run) => {
        const { server, changers } = run;
        await changers.run('startStorm', { port: server.port, connections: CONNECTIONS, cycle: ['POST /order'] });
        await sleep(1_500);
        const from = await changers.run('sample', server);
        await sleep(form === 'short' ? 1_500 : 4_000);
        const to = await changers.run('sample', server);
        await settleAndCheck(run);
        return computeRates(from, to).changesPerSecond;
      });
    const measureLong = () =>
      withServer('tallyboard', faults, async (run) => {
        const streams = new StreamSequence(run);
        await streams.send(warmUp);
        await streams.send(1_000, { lineBytes: LONG_LINE_BYTES });
        const { pid } = run.server;
        const before = readRssBytes(pid);
        let most = before;
        const look = setInterval(() => (most = Math.max(most, readRssBytes(pid))), SAMPLE_INTERVAL_MS);
        await streams.send(longLines, { lineBytes: LONG_LINE_BYTES });
        clearInterval(look);
        await streams.checkSnapshot();
        return most - before;
      });
    const [bare, keyed, single]: [StreamCost[], StreamCost[], number[]] = [[], [], []];
    for (let round = 0; round < rounds; round += 1) {
      bare.push(await measure(false));
      keyed.push(await measure(true));
      single.push(await measureSingle());
    }
    const rates = (measured: readonly StreamCost[]): number[] => measured.map(({ perSecond }) => perSecond);
    const figureOf = (what: string, measured: readonly StreamCost[]): Figure => ({
      label: `Stream, one request, ${what}, durable: change sets/s`,
      tallyboard: `${formatSpread(rates(measured), 0)} at ${computeMedian(measured.map(({ cpuUs }) => cpuUs)).toFixed(1)} us of server CPU`,
      baseline: `one request per change set, ${CONNECTIONS} connections: ${formatSpread(single, 0)}`,
      ratio: formatSpread(
        rates(measured).map((rate, round) => rate / (single[round] ?? Number.NaN)),
        1,
      ),
      target: `at least ${MIN_CHANGES_PER_SECOND}`,
      met: computeMedian(rates(measured)) >= MIN_CHANGES_PER_SECOND,
    });
    const grown = await measureLong();
    const longFigure: Figure = {
      label: `Stream of ${formatMegabytes(longLines * LONG_LINE_BYTES)}: peak RSS minus RSS before it`,
      tallyboard: formatMegabytes(grown),
      baseline: '',
      ratio: '',
      target: `less than ${formatMegabytes(MAX_GROWTH_BYTES)}`,
      met: grown < MAX_GROWTH_BYTES,
    };
    return { figures: [figureOf('no keys', bare), figureOf('a key per change set', keyed), longFigure], faults };
  },
};
