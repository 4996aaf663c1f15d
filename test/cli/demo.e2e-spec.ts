/** `tallyboard demo` as a process: its sums equal the server's counters, whatever happens in between. */
import {
  HOUR_IN_SECONDS,
  type StepKind,
  STEP_KINDS,
  type ShopCounter,
  generateShopDays,
} from '../../src/demo/shop-day.js';
import { SHOP_DEFINITION } from '../../src/demo/shop-definition.js';
import type { Change, Snapshot } from '../../src/counters/counters.js';
import { text as readText } from 'node:stream/consumers';
import { startHttpServer } from '../support/http-server.js';
import { excludeFromChecks } from '../support/response-check.js';
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
  readonly bookedLines: number;
  readonly kinds: Readonly<Record<StepKind, number>>;
  readonly counters: Readonly<Record<ShopCounter, { readonly added: number; readonly removed: number }>>;
}

async function readSummary({ ended, stdout, stderr }: RunningCommand): Promise<Summary> {
  const code = await ended;
  expect([code, code === 0 ? '' : stderr()]).toEqual([0, '']);
  return JSON.parse(stdout()) as Summary;
}

/** Starts a service, with the demo's dashboard if that is to exist before the demo. */
async function startDemoService({ defined = false } = {}) {
  const api = await startApi();
  if (defined) await api.call('PUT /dashboards/demo', SHOP_DEFINITION);
  const shop = async () => (await api.call('GET /dashboards/demo')).body as Snapshot;
  return { ...api, shop };
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
    const { url, call, shop } = await startDemoService({ defined: true });
    const before = { orders: 5, stock: 10 };
    const changes = Object.entries(before).map(([counter, to]) => ({ counter, to }));
    await call('POST /dashboards/demo/changes', { changes });
    const summary = await readSummary(startCommand(['demo', url, '--speed', 'max', '--json', '--hours', '6']));
    expect(summary.kinds).toEqual(countSteps(7, 8 * HOUR_IN_SECONDS, 6));
    const { counters, revision } = await shop();
    expect(counters).toEqual(computeValues(summary, before));
    expect([summary.refused, summary.unknown, summary.counted]).toEqual([0, 0, revision - 1]);
  });

  it('records reasons in the ledger and uses new keys for each run', async () => {
    const { url, call } = await startApi();
    const args = ['demo', url, '--speed', 'max', '--from', '03:00', '--hours', '1', '--json'];
    const first = await readSummary(startCommand(args));
    const second = await readSummary(startCommand(args));
    expect(second.kinds).toEqual(first.kinds);
    const { entries } = (await call('GET /dashboards/demo/changes')).body as {
      entries: { key: string; reason: string }[];
    };
    expect(new Set(entries.map(({ key }) => key)).size).toBe(first.counted + second.counted);
    expect(entries[0]).toMatchObject({
      reason: 'delivery, pallet 1 of 16',
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
        revenue: { currency: 'EUR', scale: 2, value: values['revenue'] },
        orders: { title: 'Orders', target: { value: 200, per: 'day' }, value: values['orders'] },
        stock: { kind: 'gauge', unit: 'pieces', value: values['stock'] },
      },
    });
    expect(values['revenue']).toBeGreaterThan(0);
    expect((await call('GET /dashboards/shop/definition')).body).toMatchObject(SHOP_DEFINITION);
    expect((await dashboard()).revision).toBe(0);
  });

  it('counts exactly across a server that is killed and restarted', async () => {
    const DATA_DIR = createTempDirectory();
    const first = await startService({ DATA_DIR });
    const proxy = await startTcpProxy(first.port);
    const demo = startCommand(['demo', proxy.url, '--speed', 'max', '--hours', '10', '--json']);
    await eventually(async () => (await readSnapshot(first, 'demo')).revision > 200);
    await first.kill();
    const again = await startService({ DATA_DIR });
    proxy.port = again.port;
    const summary = await readSummary(demo);
    expect(summary.kinds).toEqual(countSteps(7, 8 * HOUR_IN_SECONDS, 10));
    expect((await readSnapshot(again, 'demo')).counters).toEqual(computeValues(summary));
  });

  it('books a stocktaking exactly while other clients change the counter', async () => {
    const { port, call, shop } = await startDemoService({ defined: true });
    const proxy = await startTcpProxy(port);
    const changes: Change[] = [{ counter: 'stock', by: 5 }];
    beforeRequest(proxy, '"to":', async () => {
      await call('POST /dashboards/demo/changes', { changes });
      await call('POST /dashboards/demo/counters/customers/add', { amount: 1 });
      await call('POST /dashboards/demo/changes', { changes });
    });
    const summary = await readSummary(startCommand(['demo', proxy.url, '--speed', 'max', '--json', ...STOCKTAKING]));
    expect(summary.kinds.stocktaking).toBe(1);
    expect((await shop()).counters).toEqual(computeValues(summary, { stock: 10, customers: 1 }));
  });

  it('skips removals of stock that another client has removed, and reports them', async () => {
    const { port, call, shop } = await startDemoService({ defined: true });
    const proxy = await startTcpProxy(port);
    const args = ['--speed', 'max', '--from', '12:00', '--until', '12:15', '--json'];
    const held = holdRequests(proxy, '"stock","by":-');
    const demo = startCommand(['demo', proxy.url, ...args]);
    // The first sale and all that follows is held. What went before must be applied before the stock is taken.
    await eventually(async () => held.first !== undefined && (await shop()).revision === held.changeSetsBefore);
    const { stock: taken = 0 } = (await shop()).counters;
    const { status } = await call('POST /dashboards/demo/changes', { changes: [{ counter: 'stock', by: -taken }] });
    expect([taken > 0, status]).toEqual([true, 200]);
    held.releaseFirst('nothing-to-remove');
    const summary = await readSummary(demo);
    expect(summary.refused).toBeGreaterThan(0);
    expect((await shop()).counters).toEqual(computeValues(summary, { stock: -taken }));
    expect(demo.stderr()).toMatch(/refused [1-9]\d* \(.*remain/);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('prints its sums and exits with 0 on %s', async (signal) => {
    const { url, shop } = await startDemoService();
    const demo = startCommand(['demo', url, '--speed', '600', '--from', '12:00', '--json']);
    await eventually(async () => (await shop()).revision > 20);
    demo.child.kill(signal);
    const summary = await readSummary(demo);
    const { counters, revision } = await shop();
    expect(counters).toEqual(computeValues(summary));
    expect([summary.counted, summary.unknown]).toEqual([revision, 0]);
    expect(demo.stderr()).toMatch(/^12:00 {2}orders 0 [^]*\n12:\d\d {2}orders \d+ .* speed \d+\n$/);
  });
});

interface BookedLine {
  readonly at: number;
  readonly counters: Readonly<Record<string, { readonly added?: number; readonly removed?: number }>>;
}

/** Starts a service of which only the routes that a demo with a past calls exist, and which keeps what was booked. */
async function startHistoryService(hasHistory: boolean) {
  const booked: BookedLine[] = [];
  const requests: string[] = [];
  let revision = 1;
  const { url, port } = await startHttpServer((request, response) => {
    requests.push(`${request.method} ${request.url} ${request.headers['content-type'] ?? ''}`.trim());
    const send = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ status, ...body }));
    };
    void readText(request).then((body) => {
      if (request.method === 'GET') return send(404, { code: 'unknown-dashboard', detail: 'there is none' });
      if (!request.url?.endsWith('/history')) return send(200, { revision: (revision += 1), counters: {} });
      if (hasHistory) return send(409, { code: 'has-history', detail: 'demo has a history' });
      booked.push(...body.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as BookedLine])));
      return send(200, { revision: 1 });
    });
  });
  excludeFromChecks(port);
  return { url, booked, requests };
}

const BACKFILL = ['--backfill', '2d', '--from', '12:00', '--speed', 'max', '--hours', '0.5', '--json'];

describe('a demo with --backfill', () => {
  it('books the days before its start into a new dashboard, then counts on from there', async () => {
    const { url, booked, requests } = await startHistoryService(false);
    const startedMs = Date.now();
    const demo = startCommand(['demo', url, ...BACKFILL]);
    const summary = await readSummary(demo);
    expect(requests.slice(0, 3)).toEqual([
      'GET /dashboards/demo/counters',
      'PUT /dashboards/demo application/json',
      'POST /dashboards/demo/history application/x-ndjson',
    ]);
    expect(booked.length).toBe(summary.bookedLines);
    expect(booked.length).toBeGreaterThan(1_000);
    expect([booked[0]?.at, booked.at(-1)?.at].map((at = 0) => Math.round((startedMs - at) / 3_600_000))).toEqual([
      48, 0,
    ]);
    const sumUp = (part: 'added' | 'removed') =>
      booked.reduce((sum, { counters }) => sum + (counters['orders']?.[part] ?? 0), 0);
    expect(demo.stderr()).toContain(`booked 2 days: ${booked.length} minutes with ${sumUp('added')} orders\n`);
    const all = countSteps(7, 12 * HOUR_IN_SECONDS, 48.5);
    expect(sumUp('removed') + summary.kinds.return).toBe(all['return']);
    expect(sumUp('added') + summary.kinds.order).toBe(all['order']);
  });

  it('leaves what the shop would have counted, and goes on from it', async () => {
    const { url, shop, call } = await startDemoService();
    const summary = await readSummary(startCommand(['demo', url, ...BACKFILL]));
    const { counters, revision } = await shop();
    const all = countSteps(7, 12 * HOUR_IN_SECONDS, 48.5);
    expect(revision).toBe(1 + summary.counted);
    expect(counters['orders']).toBe((all['order'] ?? 0) - (all['return'] ?? 0));
    const { body } = await call('GET /dashboards/demo/periods?period=day&count=2&counters=orders');
    expect(body.rows[1].counters.orders.added).toBeGreaterThan(100);
  });

  it('counts on where the dashboard has a past, and says so', async () => {
    const { url } = await startHistoryService(true);
    const demo = startCommand(['demo', url, ...BACKFILL]);
    const summary = await readSummary(demo);
    expect(summary.kinds).toEqual(countSteps(7, 12 * HOUR_IN_SECONDS, 0.5));
    expect(summary.bookedLines).toBe(0);
    expect(demo.stderr()).toContain('booked nothing: demo has a past already');
  });
});

describe('a demo exits', () => {
  it('with 0 and a readable report', async () => {
    const { url } = await startApi();
    const { code, stdout } = await runCommand(['demo', url, '--speed', 'max', '--hours', '1']);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^demo at http:\S+: simulated 08:00 to 09:00 in \d+ s, speed \d+\n {2}visit \d+, order \d+, return 0/,
    );
  });

  it('with 0 if examples/demo-shop starts it', async () => {
    const { url, shop } = await startDemoService();
    const args = [url, '--speed', 'max', '--hours', '1', '--json'];
    const summary = await readSummary(startCommand(args, {}, 'examples/demo-shop/run.sh'));
    expect((await shop()).counters).toEqual(computeValues(summary));
  });

  it('with 3 if nothing listens on the port at the start', async () => {
    const { url, close } = await startApi();
    await close();
    const { code, stderr } = await runCommand(['demo', url]);
    expect([code, stderr]).toEqual([3, expect.stringContaining(`cannot reach ${url}: `)]);
  });

  it('with 3 on a second signal while the outcome of changes is unknown', async () => {
    const { port, shop } = await startDemoService();
    const proxy = await startTcpProxy(port);
    const { child, ended, stdout, stderr } = startCommand(['demo', proxy.url, '--speed', 'max', '--json']);
    await eventually(async () => (await shop()).revision > 20);
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
    await call('PUT /dashboards/till', {
      counters: { revenue: {}, orders: {}, visits: {}, customers: {}, stocks: {} },
    });
    const { code, stderr } = await runCommand(['demo', url, '--dashboard', 'till']);
    expect([code, stderr]).toEqual([1, expect.stringContaining('did you mean stocks?')]);
  });

  it('at the next time of --until, past midnight', async () => {
    const { url, shop } = await startDemoService();
    const args = ['demo', url, '--speed', 'max', '--from', '22:00', '--until', '03:00', '--json'];
    const summary = await readSummary(startCommand(args));
    expect(summary.kinds).toEqual(countSteps(7, 22 * HOUR_IN_SECONDS, 5));
    expect((await shop()).counters).toEqual(computeValues(summary));
  });
});
