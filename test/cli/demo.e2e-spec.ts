/** `tallyboard demo` as a process: its sums equal the server's counters, whatever happens in between. */
import {
  HOUR_IN_SECONDS,
  type StepKind,
  STEP_KINDS,
  type ShopCounter,
  generateShopDays,
} from '../../src/demo/shop-day.js';
import type { Change } from '../../src/counters/counters.js';
import { startApi } from '../support/api-client.js';
import { type RunningCommand, runCommand, startCommand } from '../support/cli-process.js';
import { createTempDirectory } from '../support/temp-directory.js';
import { eventually } from '../support/cleanup.js';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';
import { readSnapshot, startService } from '../support/service.js';

/** With this seed there is a stocktaking between 22:10 and 22:40. */
const STOCKTAKING = ['--seed', '5', '--from', '22:10', '--hours', '0.5'];

interface Summary {
  readonly counted: number;
  readonly refused: number;
  readonly unknown: number;
  readonly kinds: Readonly<Record<StepKind, number>>;
  readonly counters: Readonly<Record<ShopCounter, { readonly added: number; readonly removed: number }>>;
}

async function readSummary({ ended, stdout, stderr }: RunningCommand): Promise<Summary> {
  const code = await ended;
  expect([code, code === 0 ? '' : stderr()]).toEqual([0, '']);
  return JSON.parse(stdout()) as Summary;
}

/** Computes the values of the counters after a run from its sums. */
function computeValues(
  { counters }: Summary,
  before: Partial<Record<ShopCounter, number>> = {},
): Record<string, number> {
  return Object.fromEntries(
    Object.entries(counters).map(([name, { added, removed }]) => {
      return [name, (before[name as ShopCounter] ?? 0) + added - removed];
    }),
  );
}

/** Counts the steps of each kind in the simulation. */
function countSteps(seed: number, fromS: number, hours: number): Record<string, number> {
  const kinds: Record<string, number> = Object.fromEntries(STEP_KINDS.map((kind) => [kind, 0]));
  for (const { atS, kind } of generateShopDays(seed, fromS)) {
    if (atS >= fromS + hours * HOUR_IN_SECONDS) break;
    kinds[kind] = (kinds[kind] ?? 0) + 1;
  }
  return kinds;
}

/** Runs `action` once, before the first request that contains `text` is forwarded to the server. */
function beforeRequest(proxy: TcpProxy, text: string, action: () => Promise<unknown>): void {
  proxy.toServer = (bytes, pass) => {
    if (!bytes.toString('latin1').includes(text)) return pass(bytes);
    proxy.restore();
    void action().then(() => pass(bytes));
  };
}

interface HeldRequests {
  /** Number of change sets that were forwarded before the first held request. */
  readonly changeSetsBefore: number;
  /** Forwards the first held request; undefined before it has arrived. */
  readonly first: (() => void) | undefined;
  /** Forwards the first held request alone, and the others as soon as the server sends `answer`. */
  releaseFirst(answer: string): void;
}

/** Holds every request from the first one that contains `text`. */
function holdRequests(proxy: TcpProxy, text: string): HeldRequests {
  const held: (() => void)[] = [];
  let changeSetsBefore = 0;
  proxy.toServer = (bytes, pass) => {
    const request = bytes.toString('latin1');
    if (held.length > 0 || request.includes(text)) return void held.push(() => pass(bytes));
    if (request.includes('"changes"')) changeSetsBefore += 1;
    pass(bytes);
  };
  return {
    get changeSetsBefore() {
      return changeSetsBefore;
    },
    get first() {
      return held[0];
    },
    releaseFirst(answer) {
      proxy.toClient = (bytes, pass) => {
        pass(bytes);
        if (!bytes.toString('latin1').includes(answer)) return;
        proxy.restore();
        for (const release of held.splice(1)) release();
      };
      held[0]?.();
    },
  };
}

describe('a demo', () => {
  it('counts every step of the simulation on top of existing values', async () => {
    const { url, call, dashboard } = await startApi();
    const before = { orders: 5, customers: 0, products: 10 };
    const changes = Object.entries(before).map(([counter, to]) => ({ counter, to }));
    await call('POST /dashboards/main/changes', { changes });
    const summary = await readSummary(startCommand(['demo', url, '--speed', 'max', '--json', '--hours', '6']));
    expect(summary.kinds).toEqual(countSteps(7, 8 * HOUR_IN_SECONDS, 6));
    const { counters, revision } = await dashboard();
    expect(counters).toEqual(computeValues(summary, before));
    expect([summary.refused, summary.unknown, summary.counted]).toEqual([0, 0, revision - 1]);
  });

  it('records reasons in the ledger and uses new keys for each run', async () => {
    const { url, call } = await startApi();
    const args = ['demo', url, '--speed', 'max', '--from', '03:00', '--hours', '1', '--json'];
    const first = await readSummary(startCommand(args));
    const second = await readSummary(startCommand(args));
    expect(second.kinds).toEqual(first.kinds);
    const { entries } = (await call('GET /dashboards/main/changes')).body as {
      entries: { key: string; reason: string }[];
    };
    expect(new Set(entries.map(({ key }) => key)).size).toBe(first.counted + second.counted);
    expect(entries[0]).toMatchObject({
      reason: 'delivery, pallet 1 of 12',
      key: expect.stringMatching(/^demo-7-\w+-1$/),
    });
  });

  it('creates a missing dashboard and leaves main alone', async () => {
    const { url, call, dashboard } = await startApi();
    const args = [
      'demo',
      url,
      '--dashboard',
      'shop',
      '--speed',
      'max',
      '--from',
      '12:00',
      '--until',
      '12:30',
      '--json',
    ];
    const summary = await readSummary(startCommand(args));
    const { body } = await call('GET /dashboards/shop/counters');
    const values = computeValues(summary);
    expect(body).toMatchObject({
      title: 'Demo shop',
      counters: {
        orders: { title: 'Orders', unit: 'order', value: values['orders'] },
        customers: { title: 'Customers', unit: 'customer', value: values['customers'] },
        products: { title: 'Products', unit: 'product', value: values['products'] },
      },
    });
    expect((await dashboard()).revision).toBe(0);
  });

  it('counts exactly across a server that is killed and restarted', async () => {
    const DATA_DIR = createTempDirectory();
    const first = await startService({ DATA_DIR });
    const proxy = await startTcpProxy(first.port);
    const demo = startCommand(['demo', proxy.url, '--speed', 'max', '--hours', '10', '--json']);
    await eventually(async () => (await readSnapshot(first)).revision > 200);
    await first.kill();
    const again = await startService({ DATA_DIR });
    proxy.port = again.port;
    const summary = await readSummary(demo);
    expect(summary.kinds).toEqual(countSteps(7, 8 * HOUR_IN_SECONDS, 10));
    expect((await readSnapshot(again)).counters).toEqual(computeValues(summary));
  });

  it('books a stocktaking exactly while other clients change the counter', async () => {
    const { port, call, dashboard } = await startApi();
    const proxy = await startTcpProxy(port);
    const changes: Change[] = [{ counter: 'products', by: 5 }];
    beforeRequest(proxy, '"to":', async () => {
      await call('POST /dashboards/main/changes', { changes });
      await call('POST /sign-up');
      await call('POST /dashboards/main/changes', { changes });
    });
    const summary = await readSummary(startCommand(['demo', proxy.url, '--speed', 'max', '--json', ...STOCKTAKING]));
    expect(summary.kinds.stocktaking).toBe(1);
    expect((await dashboard()).counters).toEqual(computeValues(summary, { products: 10, customers: 1 }));
  });

  it('skips removals of stock that another client has removed, and reports them', async () => {
    const { port, call, dashboard } = await startApi();
    const proxy = await startTcpProxy(port);
    const args = ['--speed', 'max', '--from', '12:00', '--until', '12:15', '--json'];
    const held = holdRequests(proxy, '"products","by":-');
    const demo = startCommand(['demo', proxy.url, ...args]);
    // The first sale and all that follows is held. What went before must be applied before the stock is taken.
    await eventually(async () => held.first !== undefined && (await dashboard()).revision === held.changeSetsBefore);
    const { products: taken = 0 } = (await dashboard()).counters;
    const { status } = await call('POST /dashboards/main/changes', { changes: [{ counter: 'products', by: -taken }] });
    expect([taken > 0, status]).toEqual([true, 200]);
    held.releaseFirst('nothing-to-remove');
    const summary = await readSummary(demo);
    expect(summary.refused).toBeGreaterThan(0);
    expect((await dashboard()).counters).toEqual(computeValues(summary, { products: -taken }));
    expect(demo.stderr()).toMatch(/refused [1-9]\d* \(.*remain/);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('prints its sums and exits with 0 on %s', async (signal) => {
    const { url, dashboard } = await startApi();
    const demo = startCommand(['demo', url, '--speed', '600', '--from', '12:00', '--json']);
    await eventually(async () => (await dashboard()).revision > 20);
    demo.child.kill(signal);
    const summary = await readSummary(demo);
    const { counters, revision } = await dashboard();
    expect(counters).toEqual(computeValues(summary));
    expect([summary.counted, summary.unknown]).toEqual([revision, 0]);
    expect(demo.stderr()).toMatch(/^12:00 {2}orders 0 [^]*\n12:\d\d {2}orders \d+ .* speed \d+\n$/);
  });
});

describe('a demo exits', () => {
  it('with 0 and a readable report', async () => {
    const { url } = await startApi();
    const { code, stdout } = await runCommand(['demo', url, '--speed', 'max', '--hours', '1']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^main at http:\S+: simulated 08:00 to 09:00 in \d+ s, speed \d+\n {2}order \d+, return 0/);
  });

  it('with 0 if examples/demo-shop starts it', async () => {
    const { url, dashboard } = await startApi();
    const args = [url, '--speed', 'max', '--hours', '1', '--json'];
    const summary = await readSummary(startCommand(args, {}, 'examples/demo-shop/run.sh'));
    expect((await dashboard()).counters).toEqual(computeValues(summary));
  });

  it('with 3 if nothing listens on the port at the start', async () => {
    const { url, close } = await startApi();
    await close();
    const { code, stderr } = await runCommand(['demo', url]);
    expect([code, stderr]).toEqual([3, expect.stringContaining(`cannot reach ${url}: `)]);
  });

  it('with 3 on a second signal while the outcome of changes is unknown', async () => {
    const { port, dashboard } = await startApi();
    const proxy = await startTcpProxy(port);
    const { child, ended, stdout, stderr } = startCommand(['demo', proxy.url, '--speed', 'max', '--json']);
    await eventually(async () => (await dashboard()).revision > 20);
    proxy.dropBytes();
    child.kill('SIGINT');
    await eventually(() => stderr().includes('interrupt again'));
    child.kill('SIGINT');
    expect(await ended).toBe(3);
    const { unknown } = JSON.parse(stdout()) as Summary;
    expect(unknown).toBeGreaterThan(0);
    expect(stderr()).toContain(`the outcome of ${unknown} changes is unknown\n`);
  });

  it('with 1 and its sums if its dashboard is deleted', async () => {
    const { url, call } = await startApi();
    const demo = startCommand(['demo', url, '--dashboard', 'shop', '--speed', '600', '--from', '12:00', '--json']);
    await eventually(async () => (await call('GET /dashboards/shop')).body?.revision > 20);
    await call('DELETE /dashboards/shop');
    expect(await demo.ended).toBe(1);
    expect((JSON.parse(demo.stdout()) as Summary).counted).toBeGreaterThan(20);
    expect(demo.stderr()).toContain('refused: there is no dashboard named shop');
  });

  it('with 1 if the dashboard has other counters', async () => {
    const { url, call } = await startApi();
    await call('PUT /dashboards/till', { counters: { orders: {}, customers: {}, product: {} } });
    const { code, stderr } = await runCommand(['demo', url, '--dashboard', 'till']);
    expect([code, stderr]).toEqual([1, expect.stringContaining('did you mean product?')]);
  });

  it('at the next time of --until, past midnight', async () => {
    const { url, dashboard } = await startApi();
    const args = ['demo', url, '--speed', 'max', '--from', '22:00', '--until', '03:00', '--json'];
    const summary = await readSummary(startCommand(args));
    expect(summary.kinds).toEqual(countSteps(7, 22 * HOUR_IN_SECONDS, 5));
    expect((await dashboard()).counters).toEqual(computeValues(summary));
  });
});
