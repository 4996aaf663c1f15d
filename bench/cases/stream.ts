/** Stream: change sets as lines of one request, durable, with and without keys, against one request each; and what a long one leaves in memory. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answered, Lines } from '../ndjson-stream.js';
import { rssBytes } from '../server.js';
import { between, type Case, type Figure, median, megabytes, onStage, settle, type Stage, spread } from './case.js';

const TARGET_PER_SECOND = 50_000;
const GROWN_TARGET_BYTES = 48 * 2 ** 20;
const CONNECTIONS = 64;
const LOOK_MS = 50;
/** What a line takes without filling. */
const SHORT = 1;
const LONG_BYTES = 4_096;

interface Measured {
  readonly perSecond: number;
  readonly cpuUs: number;
}

/** Streams one after the other on one server: each begins where the last has ended. */
class Streams {
  #revision = 0;

  constructor(private readonly stage: Stage) {}

  /** Sends new lines. */
  async send(lines: number, more: Partial<Lines> = {}): Promise<Measured> {
    const { server, changers } = this.stage;
    const from = await changers.ask('sample', server);
    const { tookMs } = await this.#ask(lines, { ...more, revision: this.#revision + 1 });
    const to = await changers.ask('sample', server);
    this.#revision += lines;
    return { perSecond: (lines / tookMs) * 1_000, cpuUs: ((to.cpuMs - from.cpuMs) * 1_000) / lines };
  }

  /** Sends the last lines, with their keys, once more. */
  async retry(lines: number, keys: string): Promise<void> {
    await this.#ask(lines, { keys, revision: this.#revision - lines + 1, replayed: true });
  }

  /** What is counted has to be what was acknowledged. */
  async check(): Promise<void> {
    const { counters, revision } = await this.stage.server.snapshot();
    if (revision === this.#revision && counters['orders'] === this.#revision) return;
    this.stage.faults.push(`at revision ${revision} with ${counters['orders']} orders, not ${this.#revision}`);
  }

  async #ask(lines: number, more: Partial<Lines>): Promise<Answered> {
    const { server, changers, faults } = this.stage;
    const whole = { port: server.port, lines, lineBytes: SHORT, revision: 0, replayed: false, ...more };
    const answered = await changers.ask('stream', whole);
    faults.push(...answered.faults);
    return answered;
  }
}

export const stream: Case = {
  name: 'stream',
  async run({ form, rounds }) {
    const [warmUp, lines, longLines] = form === 'short' ? [20_000, 50_000, 16_000] : [100_000, 500_000, 262_000];
    const faults: string[] = [];
    const measure = (keyed: boolean) =>
      onStage('tallyboard', faults, async (stage) => {
        const streams = new Streams(stage);
        await streams.send(warmUp, keyed ? { keys: 'warm' } : {});
        const measured = await streams.send(lines, keyed ? { keys: 'k' } : {});
        if (keyed) await streams.retry(lines, 'k');
        await streams.check();
        return measured;
      });
    const measureSingle = () =>
      onStage('tallyboard', faults, async (stage) => {
        const { server, changers } = stage;
        await changers.ask('storm', { port: server.port, connections: CONNECTIONS, cycle: ['POST /order'] });
        await sleep(1_500);
        const from = await changers.ask('sample', server);
        await sleep(form === 'short' ? 1_500 : 4_000);
        const to = await changers.ask('sample', server);
        await settle(stage);
        return between(from, to).changesPerSecond;
      });
    const measureLong = () =>
      onStage('tallyboard', faults, async (stage) => {
        const streams = new Streams(stage);
        await streams.send(warmUp);
        await streams.send(1_000, { lineBytes: LONG_BYTES });
        const { pid } = stage.server;
        const before = rssBytes(pid);
        let most = before;
        const look = setInterval(() => (most = Math.max(most, rssBytes(pid))), LOOK_MS);
        await streams.send(longLines, { lineBytes: LONG_BYTES });
        clearInterval(look);
        await streams.check();
        return most - before;
      });
    const [bare, keyed, single]: [Measured[], Measured[], number[]] = [[], [], []];
    for (let round = 0; round < rounds; round += 1) {
      bare.push(await measure(false));
      keyed.push(await measure(true));
      single.push(await measureSingle());
    }
    const rates = (measured: readonly Measured[]): number[] => measured.map(({ perSecond }) => perSecond);
    const figureOf = (what: string, measured: readonly Measured[]): Figure => ({
      what: `Stream, one request, ${what}, durable: change sets/s`,
      tallyboard: `${spread(rates(measured), 0)} at ${median(measured.map(({ cpuUs }) => cpuUs)).toFixed(1)} us of server CPU`,
      baseline: `a request each, ${CONNECTIONS} connections: ${spread(single, 0)}`,
      ratio: spread(
        rates(measured).map((rate, round) => rate / (single[round] ?? Number.NaN)),
        1,
      ),
      target: `at least ${TARGET_PER_SECOND}`,
      met: median(rates(measured)) >= TARGET_PER_SECOND,
    });
    const grown = await measureLong();
    const longFigure: Figure = {
      what: `Stream of ${megabytes(longLines * LONG_BYTES)}: most RSS over that before it`,
      tallyboard: megabytes(grown),
      baseline: '',
      ratio: '',
      target: `less than ${megabytes(GROWN_TARGET_BYTES)}`,
      met: grown < GROWN_TARGET_BYTES,
    };
    return { figures: [figureOf('no keys', bare), figureOf('a key each', keyed), longFigure], faults };
  },
};
