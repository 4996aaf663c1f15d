/** `tallyboard demo`: simulates a busy shop and counts its events through the HTTP API. */
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { DemoDashboard } from './demo-dashboard.js';
import { ShopClock } from '../demo/shop-clock.js';
import { DemoSender } from './demo-sender.js';
import { type DemoProgress, formatProgress, formatReport } from '../demo/sums.js';
import { CommandError, EXIT } from './exit-codes.js';
import { Screen } from './screen.js';
import { DAY_IN_SECONDS, HOUR_IN_SECONDS, generateShopDays, type ShopStep } from '../demo/shop-day.js';
import { toSecondsOfDay } from '../demo/recent-past.js';
import { type ShopPast, takePast } from '../demo/shop-past.js';
import { type CommandEnvironment, createTokenReader } from './bearer-token.js';

export interface DemoCommandOptions {
  readonly dashboard: string;
  readonly seed: number;
  /** Simulated time per real time; Infinity for no waiting. */
  readonly speed: number;
  /** Start: seconds since midnight, or the time of day in the shop's zone. */
  readonly from: number | 'now';
  /** Days before the start to book, if the dashboard is new. */
  readonly backfill?: number;
  /** End: the next such time of day, seconds since midnight. */
  readonly until?: number;
  readonly hours?: number;
  readonly tokenFile?: string;
  readonly json?: boolean;
}

/** Milliseconds that change sets in flight may take after a signal. */
const DRAIN_TIMEOUT_MS = 10_000;
/** A signal this soon after the first one is a duplicate of it, milliseconds. */
const REPEATED_SIGNAL_MS = 500;
/** Intervals at which progress is drawn on a terminal, or written as a line elsewhere. */
const REDRAW_INTERVAL_MS = 250;
const LINE_INTERVAL_MS = 5_000;

/**
 * Simulates days of a shop until the given end, SIGINT or SIGTERM, and prints the sums. Waits if the server goes away.
 * @throws UnavailableError if the server cannot be reached at the start
 * @throws RefusedError if the server refuses a change, other than a removal of what another client has removed already
 * @throws CommandError if it was stopped and the outcome of the last changes is unknown
 */
export async function simulateShop(url: URL, options: DemoCommandOptions, env: CommandEnvironment): Promise<void> {
  const { dashboard: name, seed, speed, json } = options;
  const dashboard = new DemoDashboard(url, name, createTokenReader(options.tokenFile, env));
  await dashboard.ensureExists();
  const fromS = options.from === 'now' ? toSecondsOfDay(Date.now()) : options.from;
  const { steps, booked, bookedLines } = await startShop(dashboard, fromS, options);
  const startedMs = performance.now();
  const clock = new ShopClock(speed, fromS, startedMs);
  const sender = new DemoSender(dashboard, `demo-${seed}-${randomBytes(8).toString('hex')}`, booked);
  const getProgress = (): DemoProgress => {
    const nowMs = performance.now();
    return {
      sums: sender.sums,
      shopTimeS: clock.getShopTimeS(nowMs),
      fromS,
      tookS: (nowMs - startedMs) / 1_000,
      waitingS: (nowMs - (sender.oldestSentAtMs ?? nowMs)) / 1_000,
      stopping: sender.stopSignal.aborted,
    };
  };
  const display = showProgress(getProgress);
  stopOnSignal(sender, display.show);
  const endS = computeEndS(fromS, options);
  for (const step of steps) {
    await waitUntil(Math.min(step.atS, endS), clock, sender.stopSignal);
    if (step.atS >= endS || sender.stopSignal.aborted) break;
    await sender.send(step);
  }
  const progress = getProgress();
  await sender.drain();
  display.end();
  const report = json
    ? [JSON.stringify({ ...toJsonSummary(name, seed, progress), bookedLines })]
    : formatReport(`${name} at ${url.href}`, progress);
  process.stdout.write(report.map((line) => `${line}\n`).join(''));
  if (sender.failure !== undefined) throw sender.failure;
  if (sender.sums.unknown > 0) {
    throw new CommandError(`the outcome of ${sender.sums.unknown} changes is unknown`, EXIT.unavailable);
  }
}

interface StartedShop {
  /** The steps from the start on. */
  readonly steps: Iterable<ShopStep>;
  /** Values of the counters at the start; absent if nothing was booked. */
  readonly booked?: ShopPast['values'];
  readonly bookedLines: number;
}

/**
 * Starts the simulation, and books the days before its start if that is asked for and the dashboard is new. In the past
 * a second of the shop is a second, whatever the speed is from the start on.
 */
async function startShop(
  dashboard: DemoDashboard,
  fromS: number,
  { seed, backfill }: DemoCommandOptions,
): Promise<StartedShop> {
  const steps = generateShopDays(seed, fromS);
  if (backfill === undefined) return { steps, bookedLines: 0 };
  const durationS = backfill * DAY_IN_SECONDS;
  const startMs = (Math.floor(Date.now() / 1_000) - durationS) * 1_000;
  const { lines, values, next } = takePast(steps, { fromS, durationS, startMs });
  if (!(await dashboard.bookPast(lines))) {
    process.stderr.write(`booked nothing: ${dashboard.name} has a past already; name a new --dashboard to book one\n`);
    return { steps: generateShopDays(seed, fromS), bookedLines: 0 };
  }
  const orders = lines.reduce((sum, { counters }) => sum + (counters.orders?.added ?? 0), 0);
  process.stderr.write(`booked ${backfill} days: ${lines.length} minutes with ${orders} orders\n`);
  return { steps: continueSteps(next, steps, durationS), booked: values, bookedLines: lines.length };
}

/** Yields the steps after a past, with times as if the day on which the past ends were the first. */
function* continueSteps(next: ShopStep, rest: Iterable<ShopStep>, pastS: number): Generator<ShopStep> {
  yield { ...next, atS: next.atS - pastS };
  for (const step of rest) yield { ...step, atS: step.atS - pastS };
}

/**
 * Stops on the first signal, or if the output is closed; aborts the change sets in flight on a second signal or after a
 * timeout. `npm run` forwards a Ctrl-C that the terminal has already sent to the command, so a signal right after the
 * first one is ignored.
 */
function stopOnSignal(sender: DemoSender, show: () => void): void {
  let again = false;
  const stop = (): void => {
    sender.stop();
    setTimeout(() => sender.abandon(), DRAIN_TIMEOUT_MS).unref();
  };
  const stopOrAbandon = (): void => {
    if (again) return sender.abandon();
    stop();
    setTimeout(() => {
      again = true;
      show();
    }, REPEATED_SIGNAL_MS).unref();
  };
  process.on('SIGINT', stopOrAbandon).on('SIGTERM', stopOrAbandon);
  for (const output of [process.stdout, process.stderr]) output.on('error', stop);
}

async function waitUntil(shopS: number, clock: ShopClock, stopSignal: AbortSignal): Promise<void> {
  const ms = clock.computeWaitMs(shopS, performance.now());
  if (ms > 0 && !stopSignal.aborted) await pause(ms, undefined, { signal: stopSignal }).catch(() => {});
}

/** Shows progress on stderr: drawn in place on a terminal, as lines elsewhere. `end` shows it once more and stops. */
function showProgress(getProgress: () => DemoProgress): { readonly show: () => void; readonly end: () => void } {
  const { stderr } = process;
  const screen = stderr.isTTY ? new Screen(stderr) : undefined;
  let ended = false;
  const show = (): void => {
    if (ended) return;
    const lines = formatProgress(getProgress());
    if (screen) screen.draw(lines);
    else stderr.write(`${lines.join('  ')}\n`);
  };
  const timer = setInterval(show, screen ? REDRAW_INTERVAL_MS : LINE_INTERVAL_MS);
  const end = (): void => {
    show();
    ended = true;
    clearInterval(timer);
  };
  show();
  return { show, end };
}

/** Returns the simulated time at which the demo ends, seconds; Infinity without an end. */
function computeEndS(fromS: number, { until, hours = Infinity }: DemoCommandOptions): number {
  const endS = fromS + hours * HOUR_IN_SECONDS;
  if (until === undefined) return endS;
  return Math.min(endS, fromS + ((until - fromS + DAY_IN_SECONDS - 1) % DAY_IN_SECONDS) + 1);
}

function toJsonSummary(dashboard: string, seed: number, { sums, shopTimeS, fromS, tookS }: DemoProgress): object {
  const { counted, refused, unknown, kinds, counters } = sums;
  return { dashboard, seed, fromS, untilS: shopTimeS, tookS, counted, refused, unknown, kinds, counters };
}
