/** `tallyboard demo`: days of a shop that is made up, counted through the HTTP API as fast as is wanted. */
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { DemoDashboard } from './demo-dashboard.js';
import { ShopClock } from '../demo/shop-clock.js';
import { DemoSender } from './demo-sender.js';
import { type DemoProgress, formatProgress, formatReport } from '../demo/sums.js';
import { CommandError, EXIT } from './exit-codes.js';
import { Screen } from './screen.js';
import { DAY_IN_SECONDS, HOUR_IN_SECONDS, generateShopDays } from '../demo/shop-day.js';
import { type CommandEnvironment, createTokenReader } from './bearer-token.js';

export interface DemoCommandOptions {
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
const DRAIN_TIMEOUT_MS = 10_000;
/** How soon behind the first a signal is the same one, milliseconds. */
const REPEATED_SIGNAL_MS = 500;
/** How often progress is shown: drawn in place on a terminal, else as a line. */
const REDRAW_INTERVAL_MS = 250;
const LINE_INTERVAL_MS = 5_000;

/**
 * Counts the days of a shop until their end, SIGINT or SIGTERM, and prints the sums. Waits for a server that has gone.
 * @throws UnavailableError when the server cannot be reached to begin with
 * @throws RefusedError when it says no to what is not only a removal of what others have taken
 * @throws CommandError when it was stopped, and the server has not said what became of the last changes
 */
export async function simulateShop(url: URL, options: DemoCommandOptions, env: CommandEnvironment): Promise<void> {
  const { dashboard: name, seed, speed, json } = options;
  const dashboard = new DemoDashboard(url, name, createTokenReader(options.tokenFile, env));
  await dashboard.ensureExists();
  const fromS = options.from === 'now' ? toSecondsOfDay(new Date()) : options.from;
  const startedMs = performance.now();
  const clock = new ShopClock(speed, fromS, startedMs);
  const sender = new DemoSender(dashboard, `demo-${seed}-${randomBytes(8).toString('hex')}`);
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
  for (const step of generateShopDays(seed, fromS)) {
    await waitUntil(Math.min(step.atS, endS), clock, sender.stopSignal);
    if (step.atS >= endS || sender.stopSignal.aborted) break;
    await sender.send(step);
  }
  const progress = getProgress();
  await sender.drain();
  display.end();
  const report = json
    ? [JSON.stringify(toJsonSummary(name, seed, progress))]
    : formatReport(`${name} at ${url.href}`, progress);
  process.stdout.write(report.map((line) => `${line}\n`).join(''));
  if (sender.failure !== undefined) throw sender.failure;
  if (sender.sums.unknown > 0) {
    throw new CommandError(`the server has not said what became of ${sender.sums.unknown} changes`, EXIT.unavailable);
  }
}

/**
 * The first signal ends the sending, as the reader of the output does who goes; a second one, or time, gives up on what is on its way.
 * From a terminal, `npm run` passes on a Ctrl-C that the command has had already: what comes right behind is no second one.
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

/** Shows how far it is, in place on a terminal, else as lines now and then. `end` shows the last of it. */
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

/** When it ends, seconds of the shop: Infinity when it does not. */
function computeEndS(fromS: number, { until, hours = Infinity }: DemoCommandOptions): number {
  const endS = fromS + hours * HOUR_IN_SECONDS;
  if (until === undefined) return endS;
  return Math.min(endS, fromS + ((until - fromS + DAY_IN_SECONDS - 1) % DAY_IN_SECONDS) + 1);
}

function toSecondsOfDay(time: Date): number {
  return time.getHours() * HOUR_IN_SECONDS + time.getMinutes() * 60 + time.getSeconds();
}

/** What it came to, for programs. */
function toJsonSummary(dashboard: string, seed: number, { sums, shopTimeS, fromS, tookS }: DemoProgress): object {
  const { counted, refused, unknown, kinds, counters } = sums;
  return { dashboard, seed, fromS, untilS: shopTimeS, tookS, counted, refused, unknown, kinds, counters };
}
