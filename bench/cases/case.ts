/**
 * Types of a benchmark case, and the run of one server in it: start, load, check of counts and leaks, stop.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChangeRoute, ChangeTotals } from '../change-clients.js';
import { LoadGenerator } from '../load-generator.js';
import type { ExpectedState } from '../viewer.js';
import { MeasuredServer, nowMs, countOpenFiles, type ServerKind } from '../server.js';

export interface CaseOptions {
  /** `short` asserts the invariants; its figures are for information only. */
  readonly form: 'short' | 'full';
  readonly rounds: number;
}

/** One row of the table. */
export interface Figure {
  readonly label: string;
  readonly tallyboard: string;
  readonly baseline: string;
  readonly ratio: string;
  readonly target: string;
  readonly met: boolean;
}

export interface CaseResult {
  readonly figures: readonly Figure[];
  /** Invariants that were broken. */
  readonly faults: readonly string[];
}

export interface BenchCase {
  readonly name: string;
  readonly run: (setting: CaseOptions) => Promise<CaseResult>;
}

/**
 * A server under load. Viewers and changers are separate processes, so that neither delays the time stamps of the
 * other.
 */
export interface ServerUnderLoad {
  readonly server: MeasuredServer;
  readonly viewers: LoadGenerator;
  readonly changers: LoadGenerator;
  readonly faults: string[];
}

const SETTLE_TIMEOUT_MS = 10_000;
/** Longer than a worker follows a dashboard without viewers. */
const DISCONNECT_TIMEOUT_MS = 9_000;

/**
 * Calls `measure` with a new server, then checks that no file is left open and that the server exits with 0.
 * @param prepare called before the open files are counted, so that files that it makes the server open are no leak
 * @param env variables of the server beside those of every run
 */
export async function withServer<T>(
  kind: ServerKind,
  faults: string[],
  measure: (underLoad: ServerUnderLoad) => Promise<T>,
  prepare?: (server: MeasuredServer) => Promise<unknown>,
  env?: Readonly<Record<string, string>>,
): Promise<T> {
  const server = await MeasuredServer.start(kind, env);
  const run = { server, viewers: new LoadGenerator(), changers: new LoadGenerator(), faults };
  try {
    await server.readSnapshot();
    await prepare?.(server);
    await sleep(100);
    const filesBefore = countOpenFiles(server.pid);
    const result = await measure(run);
    await Promise.all([run.viewers.run('disconnect', null), run.changers.run('disconnect', null)]);
    const deadline = nowMs() + DISCONNECT_TIMEOUT_MS;
    while (countOpenFiles(server.pid) > filesBefore && nowMs() < deadline) await sleep(20);
    const leaked = countOpenFiles(server.pid) - filesBefore;
    if (leaked > 0) faults.push(`${kind} still has ${leaked} files open after all clients disconnected`);
    return result;
  } finally {
    run.viewers.kill();
    run.changers.kill();
    const fault = await server.stop();
    if (fault !== undefined) faults.push(fault);
  }
}

/** The dashboard that viewers watch, and its expected state given the number of acknowledged changes of each route. */
export interface WatchedDashboard {
  readonly path: string;
  readonly expectedState: (count: (route: ChangeRoute) => number) => ExpectedState;
}

const MAIN_DASHBOARD: WatchedDashboard = {
  path: '/dashboard',
  expectedState(count) {
    const [added, removed] = [count('POST /product'), count('DELETE /product')];
    const orders = count('POST /order');
    return { revision: orders + added + removed, counters: { orders, customers: 0, products: added - removed } };
  },
};

/** Stops the changes, and checks that the server and every viewer show exactly the acknowledged changes. */
export async function settleAndCheck(
  { server, viewers, changers, faults }: ServerUnderLoad,
  { path, expectedState }: WatchedDashboard = MAIN_DASHBOARD,
): Promise<ChangeTotals & { settledMs: number }> {
  const totals = await changers.run('stopChanges', null);
  const { acknowledged, refused } = totals;
  const expected = expectedState((route) => acknowledged[route] ?? 0);
  const settled = await viewers.run('waitForState', { last: expected, withinMs: SETTLE_TIMEOUT_MS });
  faults.push(...settled.faults.map((fault) => `${server.kind}: ${fault}`));
  if (refused > 0) faults.push(`${server.kind}: ${refused} changes were refused or lost`);
  const { counters, revision = expected.revision } = await server.readSnapshot(path);
  const actual: Record<string, number> = { ...counters, revision };
  for (const [name, value] of Object.entries({ ...expected.counters, revision: expected.revision })) {
    if (actual[name] !== value) faults.push(`${server.kind}: ${name} is ${actual[name]}, not ${value} as acknowledged`);
  }
  return { ...totals, settledMs: settled.lastAtMs - totals.lastAcknowledgedAtMs };
}
