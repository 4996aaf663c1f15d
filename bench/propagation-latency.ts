/** Measures the time from sending a change until viewers of the same instance and of other instances show it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { formatRequest } from '../test/harness/http-text.js';
import { KeepAliveConnection } from './keep-alive-connection.js';
import { LedgerReader } from './ledger-reader.js';
import { nowMs } from './server.js';
import { Viewer } from './viewer.js';

export interface PropagationOptions {
  /** Ports of the instances. Changes go to the first; each instance has a viewer for each time that it is named. */
  readonly ports: readonly number[];
  readonly perSecond: number;
  readonly changeCount: number;
  /** True to measure a reader of the first instance's ledger too: its times come last. */
  readonly withLedger?: boolean;
}

export interface PropagationResult {
  /** For each port, the times from sending a change until its viewer shows that state or a later one, ascending. */
  readonly latenciesMs: readonly (readonly number[])[];
  /**
   * For each change, the time from the first viewer of the first instance that shows it until the last viewer of the
   * same instance does, and until the last one of the others, ascending.
   */
  readonly lagsMs: { readonly here: readonly number[]; readonly there: readonly number[] };
  readonly orders: number;
  readonly faults: string[];
}

const TIMEOUT_MS = 10_000;
const CONNECTIONS = 16;
const REQUEST = formatRequest('POST /order', { Host: '127.0.0.1', Accept: 'application/json' });

async function waitUntil(condition: () => boolean): Promise<boolean> {
  const deadline = nowMs() + TIMEOUT_MS;
  while (!condition() && nowMs() < deadline) await sleep(2);
  return condition();
}

export async function measurePropagation({
  ports,
  perSecond,
  changeCount,
  withLedger = false,
}: PropagationOptions): Promise<PropagationResult> {
  const viewers = ports.map((port) => new Viewer({ port, viewers: 1 }, 0, 'versioned', 'reading'));
  const faults: string[] = [];
  if (!(await waitUntil(() => viewers.every(({ orders }) => orders >= 0))))
    throw new Error('a viewer received no snapshot within 10 s');
  const statesShown = viewers.map((viewer) => {
    const shown: { readonly orders: number; readonly atMs: number }[] = [];
    viewer.onOrders = (orders) => shown.push({ orders, atMs: nowMs() });
    return shown;
  });
  const reader = withLedger
    ? await openLedger(ports[0] ?? 0, Math.max(...viewers.map(({ orders }) => orders)))
    : undefined;
  const sentAt = new Map<number, number>();
  const idle = Array.from({ length: CONNECTIONS }, () => new KeepAliveConnection(ports[0] ?? 0, () => {}));
  const startedAtMs = nowMs();
  for (let n = 0; n < changeCount; n += 1) {
    await sleep(Math.max(0, startedAtMs + (n * 1_000) / perSecond - nowMs()));
    if (!(await waitUntil(() => idle.length > 0))) throw new Error('changes were not answered within 10 s');
    const connection = idle.pop();
    const sentMs = nowMs();
    if (!connection) continue;
    connection.onResponse = (answer) => {
      const orders = Number(/"orders":(\d+)/.exec(answer)?.[1]);
      if (answer.startsWith('HTTP/1.1 200 ')) sentAt.set(orders, sentMs);
      else faults.push(`a change was answered with ${answer.slice(0, 200)}`);
      idle.push(connection);
    };
    connection.send(REQUEST);
  }
  await waitUntil(() => sentAt.size + faults.length === changeCount);
  const lastOrders = Math.max(...sentAt.keys());
  if (!(await waitUntil(() => viewers.every(({ orders }) => orders === lastOrders))))
    faults.push('a viewer never showed the last state');
  if (reader && !(await waitUntil(() => reader.revision === lastOrders))) faults.push('the ledger has no last entry');
  if (reader?.fault !== undefined) faults.push(reader.fault);
  reader?.close();
  for (const { fault } of viewers) if (fault !== undefined) faults.push(fault);
  for (const viewer of viewers) viewer.close();
  for (const connection of idle) connection.close();
  const perViewer = statesShown.map((shown) => computeLatencies(sentAt, shown));
  const latenciesMs = perViewer.map((latencies) => latencies.toSorted((one, other) => one - other));
  const [direct, others] = [true, false].map((isFirst) =>
    perViewer.filter((_, index) => (ports[index] === ports[0]) === isFirst),
  ) as [number[][], number[][]];
  const at = (viewersOf: readonly number[][], index: number): number[] =>
    viewersOf.map((latencies) => latencies[index] ?? Infinity);
  const computeLags = (viewersOf: readonly number[][]): number[] =>
    Array.from(
      { length: sentAt.size },
      (_, index) => Math.max(...at(viewersOf, index)) - Math.min(...at(direct, index)),
    ).toSorted((one, other) => one - other);
  const lagsMs = { here: computeLags(direct), there: computeLags(others) };
  if (reader) latenciesMs.push(computeLedgerLatencies(sentAt, reader));
  return { latenciesMs, lagsMs, orders: lastOrders, faults: faults.slice(0, 10) };
}

/** Opens a reader, and waits until it has caught up. Every change is an order, so revisions are orders. */
async function openLedger(port: number, orders: number): Promise<LedgerReader> {
  const reader = new LedgerReader(port);
  if (!(await waitUntil(() => reader.revision >= orders))) throw new Error('the ledger was not read within 10 s');
  return reader;
}

function computeLedgerLatencies(sentAt: ReadonlyMap<number, number>, { arrivedAtMs }: LedgerReader): number[] {
  const latenciesMs = [...sentAt].map(([orders, sentMs]) => (arrivedAtMs.get(orders) ?? Infinity) - sentMs);
  return latenciesMs.toSorted((one, other) => one - other);
}

/** Returns the latencies of one viewer, in the order of the changes. */
function computeLatencies(
  sentAt: ReadonlyMap<number, number>,
  shown: readonly { readonly orders: number; readonly atMs: number }[],
): number[] {
  let next = 0;
  const latenciesMs: number[] = [];
  for (const [orders, sentMs] of [...sentAt].toSorted(([one], [other]) => one - other)) {
    while ((shown[next]?.orders ?? Number.POSITIVE_INFINITY) < orders) next += 1;
    const state = shown[next];
    if (state) latenciesMs.push(state.atMs - sentMs);
  }
  return latenciesMs;
}
