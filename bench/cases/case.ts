/** What a case of the benchmark is, and the life of one server in it: started, loaded, checked for exactness and leaks, stopped. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Route, Tally } from '../load-clients.js';
import { Load, type Sample } from '../load-generator.js';
import type { LastState } from '../viewer.js';
import { MeasuredServer, nowMs, openFiles, type ServerKind } from '../server.js';

export interface Setting {
  /** `short` asserts invariants, and its figures only inform. */
  readonly form: 'short' | 'full';
  readonly rounds: number;
}

/** One line of the table. */
export interface Figure {
  readonly what: string;
  readonly tallyboard: string;
  readonly baseline: string;
  readonly ratio: string;
  readonly target: string;
  readonly met: boolean;
}

export interface Finding {
  readonly figures: readonly Figure[];
  /** Invariants that did not hold. */
  readonly faults: readonly string[];
}

export interface Case {
  readonly name: string;
  readonly run: (setting: Setting) => Promise<Finding>;
}

/** One server under load. Viewers and changers are processes of their own, so that neither slows the other's clock. */
export interface Stage {
  readonly server: MeasuredServer;
  readonly viewers: Load;
  readonly changers: Load;
  readonly faults: string[];
}

const SETTLE_MS = 10_000;
const LEAVE_MS = 5_000;

/**
 * Runs `work` on a fresh server, then checks that nothing leaked and that the server stops well.
 * @param prepare what is done before: files that it opens are no leak
 */
export async function onStage<T>(
  kind: ServerKind,
  faults: string[],
  work: (stage: Stage) => Promise<T>,
  prepare?: (server: MeasuredServer) => Promise<unknown>,
): Promise<T> {
  const server = await MeasuredServer.start(kind);
  const stage = { server, viewers: new Load(), changers: new Load(), faults };
  try {
    await server.snapshot();
    await prepare?.(server);
    await sleep(100);
    const filesBefore = openFiles(server.pid);
    const result = await work(stage);
    await Promise.all([stage.viewers.ask('leave', null), stage.changers.ask('leave', null)]);
    const deadline = nowMs() + LEAVE_MS;
    while (openFiles(server.pid) > filesBefore && nowMs() < deadline) await sleep(20);
    const left = openFiles(server.pid) - filesBefore;
    if (left > 0) faults.push(`${kind} still has ${left} files open after everyone left`);
    return result;
  } finally {
    stage.viewers.end();
    stage.changers.end();
    const fault = await server.stop();
    if (fault !== undefined) faults.push(fault);
  }
}

/** What the viewers of a case watch, and what they have to end on when so many changes of each route were acknowledged. */
export interface Watched {
  readonly path: string;
  readonly last: (count: (route: Route) => number) => LastState;
}

const MAIN: Watched = {
  path: '/dashboard',
  last(count) {
    const [added, removed] = [count('POST /product'), count('DELETE /product')];
    const orders = count('POST /order');
    return { revision: orders + added + removed, counters: { orders, customers: 0, products: added - removed } };
  },
};

/** Ends the changes, and checks that what was acknowledged is what is counted and what every viewer shows. */
export async function settle(
  { server, viewers, changers, faults }: Stage,
  { path, last: lastOf }: Watched = MAIN,
): Promise<Tally & { settledMs: number }> {
  const tally = await changers.ask('rest', null);
  const { acknowledged, refused } = tally;
  const last = lastOf((route) => acknowledged[route] ?? 0);
  const shown = await viewers.ask('settle', { last, withinMs: SETTLE_MS });
  faults.push(...shown.faults.map((fault) => `${server.kind}: ${fault}`));
  if (refused > 0) faults.push(`${server.kind}: ${refused} changes were refused or lost`);
  const { counters, revision = last.revision } = await server.snapshot(path);
  const counted: Record<string, number> = { ...counters, revision };
  for (const [name, value] of Object.entries({ ...last.counters, revision: last.revision })) {
    if (counted[name] !== value) faults.push(`${server.kind}: ${name} is ${counted[name]}, acknowledged were ${value}`);
  }
  return { ...tally, settledMs: shown.lastAtMs - tally.lastAtMs };
}

/** What happened between two samples, per second and per piece. */
export function between(from: Sample, to: Sample) {
  const seconds = (to.atMs - from.atMs) / 1_000;
  const cpuUs = (to.cpuMs - from.cpuMs) * 1_000;
  const frames = to.frames - from.frames;
  const bytes = to.bytes - from.bytes;
  const changes = to.changes - from.changes;
  return {
    frames,
    cpuShare: cpuUs / 1e6 / seconds,
    bytesPerFrame: bytes / frames,
    cpuUsPerFrame: cpuUs / frames,
    cpuUsPerChange: cpuUs / changes,
    framesPerSecond: frames / seconds,
    changesPerSecond: changes / seconds,
    grownBytes: to.rssBytes - from.rssBytes,
  };
}

/** Rounds of a case and of what it is held against, in turn, so that a machine that slows or warms does so to both. */
export async function alternate<T>(
  rounds: number,
  measureOurs: () => Promise<T>,
  measureTheirs: () => Promise<T>,
  of: (measured: T) => number,
): Promise<{ ours: T[]; theirs: T[]; ratios: number[] }> {
  const [ours, theirs, ratios]: [T[], T[], number[]] = [[], [], []];
  for (let round = 0; round < rounds; round += 1) {
    const our = await measureOurs();
    const their = await measureTheirs();
    ours.push(our);
    theirs.push(their);
    ratios.push(of(our) / of(their));
  }
  return { ours, theirs, ratios };
}

/** Cases that take long and hardly vary have one round in three. */
export function roundsOfLong(rounds: number): number {
  return Math.ceil(rounds / 3);
}

export function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MB`;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}

/** The median, and the spread where there is more than one round. */
export function spread(values: readonly number[], digits: number): string {
  const middle = median(values).toFixed(digits);
  if (values.length < 2) return middle;
  return `${middle} (${Math.min(...values).toFixed(digits)} to ${Math.max(...values).toFixed(digits)})`;
}
