/** `tallyboard demo`: days of a shop that is made up, counted through the HTTP API as fast as is wanted. */
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { DemoDashboard } from './demo-dashboard.js';
import { Pace } from '../demo/pace.js';
import { Sending } from './demo-sender.js';
import { type Course, progressOf, reportOf } from '../demo/sums.js';
import { CommandError, EXIT } from './exit-codes.js';
import { Screen } from './screen.js';
import { DAY_S, HOUR_S, shopDays } from '../demo/shop-day.js';
import { type Environment, tokenOf } from './bearer-token.js';

export interface DemoOptions {
  readonly dashboard: string;
  readonly seed: number;
  /** How many times faster than ours the time of the shop goes; Infinity for no waiting. */
  readonly speed: number;
  /** Seconds since midnight, or now by the clock of this machine. */
  readonly from: number | 'now';
  /** Seconds since midnight: the next such time ends it. */
  readonly until?: number;
  /** Hours of the shop that it goes on for. */
  readonly hours?: number;
  readonly tokenFile?: string;
  readonly json?: boolean;
}

/** How long what is on its way may take after a signal, before it is given up on. */
const GRACE_MS = 10_000;
/** How soon behind the first a signal is the same one, milliseconds. */
const SAME_MS = 500;
/** How often progress is shown: drawn in place on a terminal, else as a line. */
const DRAW_MS = 250;
const LINE_MS = 5_000;

/**
 * Counts the days of a shop until their end, SIGINT or SIGTERM, and prints the sums. Waits for a server that has gone.
 * @throws UnavailableError when the server cannot be reached to begin with
 * @throws RefusedError when it says no to what is not only a removal of what others have taken
 * @throws CommandError when it was stopped, and the server has not said what became of the last changes
 */
export async function demo(url: URL, options: DemoOptions, env: Environment): Promise<void> {
  const { dashboard: name, seed, speed, json } = options;
  const dashboard = new DemoDashboard(url, name, tokenOf(options.tokenFile, env));
  await dashboard.ensure();
  const fromS = options.from === 'now' ? secondsOf(new Date()) : options.from;
  const beganMs = performance.now();
  const pace = new Pace(speed, fromS, beganMs);
  const sending = new Sending(dashboard, `demo-${seed}-${randomBytes(8).toString('hex')}`);
  const courseOf = (): Course => {
    const nowMs = performance.now();
    return {
      sums: sending.sums,
      atS: pace.shopS(nowMs),
      fromS,
      tookS: (nowMs - beganMs) / 1_000,
      waitingS: (nowMs - (sending.oldestMs ?? nowMs)) / 1_000,
      stopping: sending.stopped.aborted,
    };
  };
  const progress = showProgress(courseOf);
  stopOnSignal(sending, progress.show);
  const endS = endOf(fromS, options);
  for (const step of shopDays(seed, fromS)) {
    await waitUntil(Math.min(step.atS, endS), pace, sending.stopped);
    if (step.atS >= endS || sending.stopped.aborted) break;
    await sending.send(step);
  }
  const course = courseOf();
  await sending.settle();
  progress.end();
  const report = json ? [JSON.stringify(summaryOf(name, seed, course))] : reportOf(`${name} at ${url.href}`, course);
  process.stdout.write(report.map((line) => `${line}\n`).join(''));
  if (sending.failure !== undefined) throw sending.failure;
  if (sending.sums.unknown > 0) {
    throw new CommandError(`the server has not said what became of ${sending.sums.unknown} changes`, EXIT.unavailable);
  }
}

/**
 * The first signal ends the sending, as the reader of the output does who goes; a second one, or time, gives up on what is on its way.
 * From a terminal, `npm run` passes on a Ctrl-C that the command has had already: what comes right behind is no second one.
 */
function stopOnSignal(sending: Sending, show: () => void): void {
  let again = false;
  const stop = (): void => {
    sending.stop();
    setTimeout(() => sending.abandon(), GRACE_MS).unref();
  };
  const stopOrAbandon = (): void => {
    if (again) return sending.abandon();
    stop();
    setTimeout(() => {
      again = true;
      show();
    }, SAME_MS).unref();
  };
  process.on('SIGINT', stopOrAbandon).on('SIGTERM', stopOrAbandon);
  for (const output of [process.stdout, process.stderr]) output.on('error', stop);
}

async function waitUntil(shopS: number, pace: Pace, stopped: AbortSignal): Promise<void> {
  const ms = pace.untilMs(shopS, performance.now());
  if (ms > 0 && !stopped.aborted) await pause(ms, undefined, { signal: stopped }).catch(() => {});
}

/** Shows how far it is, in place on a terminal, else as lines now and then. `end` shows the last of it. */
function showProgress(courseOf: () => Course): { readonly show: () => void; readonly end: () => void } {
  const { stderr } = process;
  const screen = stderr.isTTY ? new Screen(stderr) : undefined;
  let ended = false;
  const show = (): void => {
    if (ended) return;
    const lines = progressOf(courseOf());
    if (screen) screen.draw(lines);
    else stderr.write(`${lines.join('  ')}\n`);
  };
  const timer = setInterval(show, screen ? DRAW_MS : LINE_MS);
  const end = (): void => {
    show();
    ended = true;
    clearInterval(timer);
  };
  show();
  return { show, end };
}

/** When it ends, seconds of the shop: Infinity when it does not. */
function endOf(fromS: number, { until, hours = Infinity }: DemoOptions): number {
  const ends = fromS + hours * HOUR_S;
  if (until === undefined) return ends;
  return Math.min(ends, fromS + ((until - fromS + DAY_S - 1) % DAY_S) + 1);
}

function secondsOf(time: Date): number {
  return time.getHours() * HOUR_S + time.getMinutes() * 60 + time.getSeconds();
}

/** What it came to, for programs. */
function summaryOf(dashboard: string, seed: number, { sums, atS, fromS, tookS }: Course): object {
  const { counted, refused, unknown, kinds, counters } = sums;
  return { dashboard, seed, fromS, untilS: atS, tookS, counted, refused, unknown, kinds, counters };
}
