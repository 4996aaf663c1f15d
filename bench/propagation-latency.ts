/** How long a change takes from the client that sends it to a viewer of the same and to one of another instance. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from './keep-alive-connection.js';
import { nowMs } from './server.js';
import { Viewer } from './viewer.js';

export interface Crossing {
  /** Instances: changes go to the first, and each has a viewer. */
  readonly ports: readonly number[];
  readonly perSecond: number;
  readonly changes: number;
}

export interface Crossed {
  /** For each instance, from the sending of a change until its viewer shows it or a later state, in order of size. */
  readonly tookMs: readonly (readonly number[])[];
  readonly orders: number;
  readonly faults: string[];
}

const DEADLINE_MS = 10_000;
const CONNECTIONS = 16;
const REQUEST = 'POST /order HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n\r\n';

async function until(isSo: () => boolean): Promise<boolean> {
  const deadline = nowMs() + DEADLINE_MS;
  while (!isSo() && nowMs() < deadline) await sleep(2);
  return isSo();
}

export async function cross({ ports, perSecond, changes }: Crossing): Promise<Crossed> {
  const viewers = ports.map((port) => new Viewer({ port, viewers: 1 }, 0, 'versioned', 'reading'));
  const faults: string[] = [];
  if (!(await until(() => viewers.every(({ orders }) => orders >= 0)))) throw new Error('a viewer saw nothing');
  const shownAt = viewers.map((viewer) => {
    const shown: { readonly orders: number; readonly atMs: number }[] = [];
    viewer.onOrders = (orders) => shown.push({ orders, atMs: nowMs() });
    return shown;
  });
  const sentAt = new Map<number, number>();
  const idle = Array.from({ length: CONNECTIONS }, () => new Connection(ports[0] ?? 0, () => {}));
  const began = nowMs();
  for (let n = 0; n < changes; n += 1) {
    await sleep(Math.max(0, began + (n * 1_000) / perSecond - nowMs()));
    if (!(await until(() => idle.length > 0))) throw new Error('changes were not answered');
    const connection = idle.pop();
    const sentMs = nowMs();
    if (!connection) continue;
    connection.onAnswer = (answer) => {
      const orders = Number(/"orders":(\d+)/.exec(answer)?.[1]);
      if (answer.startsWith('HTTP/1.1 200 ')) sentAt.set(orders, sentMs);
      else faults.push(`a change was answered with ${answer.slice(0, 200)}`);
      idle.push(connection);
    };
    connection.send(REQUEST);
  }
  await until(() => sentAt.size + faults.length === changes);
  const last = Math.max(...sentAt.keys());
  if (!(await until(() => viewers.every(({ orders }) => orders === last))))
    faults.push('a viewer missed the last state');
  for (const { fault } of viewers) if (fault !== undefined) faults.push(fault);
  for (const viewer of viewers) viewer.close();
  for (const connection of idle) connection.close();
  const tookMs = shownAt.map((shown) => latencies(sentAt, shown));
  return { tookMs, orders: last, faults: faults.slice(0, 10) };
}

function latencies(
  sentAt: ReadonlyMap<number, number>,
  shown: readonly { readonly orders: number; readonly atMs: number }[],
): number[] {
  let next = 0;
  const took: number[] = [];
  for (const [orders, sentMs] of [...sentAt].toSorted(([one], [other]) => one - other)) {
    while ((shown[next]?.orders ?? Number.POSITIVE_INFINITY) < orders) next += 1;
    const seen = shown[next];
    if (seen) took.push(seen.atMs - sentMs);
  }
  return took.toSorted((one, other) => one - other);
}
