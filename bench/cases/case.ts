/** What a case of the benchmark is, and the life of one server in it: started, loaded, checked for exactness and leaks, stopped. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChangeRoute, ChangeTotals } from '../change-clients.js';
import { LoadGenerator } from '../load-generator.js';
import type { ExpectedState } from '../viewer.js';
import { MeasuredServer, nowMs, countOpenFiles, type ServerKind } from '../server.js';

export interface CaseOptions {
  /** `short` asserts invariants, and its figures only inform. */
  readonly form: 'short' | 'full';
  readonly rounds: number;
}

/** One line of the table. */
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
  /** Invariants that did not hold. */
  readonly faults: readonly string[];
}

export interface BenchCase {
  readonly name: string;
  readonly run: (setting: CaseOptions) => Promise<CaseResult>;
}

/** One server under load. Viewers and changers are processes of their own, so that neither slows the other's clock. */
export interface ServerUnderLoad {
  readonly server: MeasuredServer;
  readonly viewers: LoadGenerator;
  readonly changers: LoadGenerator;
  readonly faults: string[];
}

const SETTLE_TIMEOUT_MS = 10_000;
const DISCONNECT_TIMEOUT_MS = 5_000;

/**
 * Runs `work` on a fresh server, then checks that nothing leaked and that the server stops well.
 * @param prepare what is done before: files that it opens are no leak
 */
export async function withServer<T>(
  kind: ServerKind,
  faults: string[],
  measure: (underLoad: ServerUnderLoad) => Promise<T>,
  prepare?: (server: MeasuredServer) => Promise<unknown>,
): Promise<T> {
  const server = await MeasuredServer.start(kind);
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
    if (leaked > 0) faults.push(`${kind} still has ${leaked} files open after everyone left`);
    return result;
  } finally {
    run.viewers.kill();
    run.changers.kill();
    const fault = await server.stop();
    if (fault !== undefined) faults.push(fault);
  }
}

/** What the viewers of a case watch, and what they have to end on when so many changes of each route were acknowledged. */
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

/** Ends the changes, and checks that what was acknowledged is what is counted and what every viewer shows. */
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
    if (actual[name] !== value) faults.push(`${server.kind}: ${name} is ${actual[name]}, acknowledged were ${value}`);
  }
  return { ...totals, settledMs: settled.lastAtMs - totals.lastAcknowledgedAtMs };
}
