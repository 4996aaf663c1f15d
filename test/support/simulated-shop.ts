/**
 * A shop in the page itself, whose numbers follow the page's faked clock: about the same day each day. It stands in
 * place of a service, which has a clock of its own, and lets a day pass in a minute.
 */
import type { Page } from 'playwright-core';

const SHOP = {
  title: 'Shop',
  timeZone: 'UTC',
  resolved: { timeZone: 'UTC', dayStartsAt: '00:00', weekStartsOn: 'monday' },
  counters: {
    revenue: { title: 'Revenue', currency: 'EUR', scale: 2, headline: 'day', target: { per: 'day', value: 1_900_000 } },
    orders: { title: 'Orders', headline: 'day', target: { per: 'day', value: 300 } },
    visitors: { title: 'Visitors', headline: 'day' },
    refunds: { title: 'Refunds', currency: 'EUR', scale: 2, headline: 'day', goodWhen: 'down' },
    signups: { title: 'Sign-ups', headline: 'day' },
    parcels: { title: 'Parcels sent', headline: 'total' },
    stock: {
      title: 'Blue mugs in stock',
      kind: 'gauge',
      unit: 'pcs',
      thresholds: [
        { at: 0, level: 'bad' },
        { at: 20, level: 'warn' },
        { at: 40, level: 'good' },
      ],
    },
  },
  measures: {
    conversion: { title: 'Conversion', headline: 'day', percent: true, ratio: ['orders', 'visitors'] },
    basket: { title: 'Average basket', headline: 'day', currency: 'EUR', ratio: ['revenue', 'orders'] },
  },
} as const;

const SCENARIO = {
  definition: SHOP,
  /** Numbers of a whole day, in the smallest unit. */
  daily: { revenue: 1_712_345, orders: 287, visitors: 10_480, refunds: 31_950, signups: 97, parcels: 204 },
  /** Share of a day's numbers that come in each hour, per mille. */
  hours: [7, 4, 3, 1, 1, 3, 9, 18, 28, 40, 52, 58, 86, 88, 88, 68, 62, 56, 52, 48, 60, 66, 62, 40],
  /** Time between two snapshots, milliseconds. */
  intervalMs: 15_000,
};

interface Simulation {
  /** Dashboards with an open connection. */
  readonly connected: readonly string[];
  /** False while nothing is sent, as if the network were gone. */
  isSending: boolean;
}

/**
 * Lets these dashboards exist in a page that has not been opened yet; all others answer 404.
 * @returns functions that read and steer the simulation
 */
export async function simulateShop(page: Page, dashboards: readonly string[]) {
  await page.addInitScript(install, { ...SCENARIO, dashboards: [...dashboards] });
  const name = 'simulation';
  return {
    listConnected: () => page.evaluate<string[]>(`[...${name}.connected]`),
    setSending: (isSending: boolean) => page.evaluate(`${name}.isSending = ${isSending}; undefined`),
  };
}

/** Runs in the page, so that it refers to nothing outside of itself. */
function install({
  definition,
  daily,
  hours,
  intervalMs,
  dashboards,
}: typeof SCENARIO & { dashboards: readonly string[] }): void {
  const [hourMs, dayMs] = [3_600_000, 86_400_000];
  const names = Object.keys(definition.counters);

  /** Everything that a counter has gained up to a moment, or the level of the gauge. */
  const count = (name: string, at: number): number => {
    if (!(name in daily)) return Math.round(38 + 26 * Math.sin(at / (3 * hourMs)));
    const day = Math.floor(at / dayMs);
    const hour = Math.floor((at % dayMs) / hourMs);
    const finished = hours.slice(0, hour).reduce((sum, share) => sum + share, 0);
    const share = (finished + (hours[hour] ?? 0) * ((at % hourMs) / hourMs)) / 1_000;
    return Math.floor(daily[name as keyof typeof daily] * ((day % 1_000) + share * (1 + 0.1 * Math.sin(day))));
  };
  const read = (start: number, end: number) => {
    const counters: Record<string, { value: number; added: number; removed: number; least: number; most: number }> = {};
    for (const name of names) {
      const value = count(name, end);
      const added = name in daily ? value - count(name, start) : 0;
      counters[name] = { value: name in daily ? added : value, added, removed: 0, least: 12, most: 64 };
      if (name in daily) Object.assign(counters[name], { least: undefined, most: undefined });
      else Object.assign(counters[name], { added: undefined, removed: undefined });
    }
    const numberOf = (name: string): number => counters[name]?.value ?? 0;
    const divide = (one: number, other: number): number | null => (other === 0 ? null : one / other);
    const measures = {
      conversion: divide(100 * numberOf('orders'), numberOf('visitors')),
      basket: divide(numberOf('revenue') / 100, numberOf('orders')),
    };
    return JSON.parse(JSON.stringify({ counters, measures })) as { counters: typeof counters; measures: object };
  };
  const readPeriods = (parameters: URLSearchParams) => {
    const now = Date.now();
    const length = parameters.get('period') === 'hour' ? hourMs : dayMs;
    const before = Number(parameters.get('before') ?? now + length);
    const newest = Math.min(Math.ceil(before / length) * length, Math.floor(now / length) * length + length) - length;
    const rows = Array.from({ length: Number(parameters.get('count') ?? 8) }, (_, index) => {
      const start = newest - index * length;
      const isRunning = start + length > now;
      const at = start + (now % length);
      const reading = read(start, isRunning ? now : start + length);
      return { start, end: start + length, ...reading, ...(!isRunning && { byNow: { at, ...read(start, at) } }) };
    });
    return { timeZone: 'UTC', period: parameters.get('period'), at: now, rows };
  };
  const answer = (resource: string, parameters: URLSearchParams): object => {
    if (resource === 'definition') return { version: 1, ...definition };
    if (resource === 'access') return { right: 'read' };
    if (resource === 'periods') return readPeriods(parameters);
    return { step: 60_000, at: [], counters: {} };
  };

  const connected: string[] = [];
  const simulation: Simulation = { connected, isSending: true };
  Object.assign(globalThis, { simulation });
  const realFetch = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input, location.href);
    const [, dashboard, resource = ''] = /\/dashboards\/([^/]+)\/?(.*)$/.exec(url.pathname) ?? [];
    if (dashboard === undefined) return realFetch(input, init);
    if (!simulation.isSending) throw new TypeError('Failed to fetch');
    const isKnown = dashboards.includes(dashboard);
    const problem = { status: 404, code: 'unknown-dashboard', title: 'Unknown dashboard', detail: 'there is none' };
    return Response.json(isKnown ? { dashboard, ...answer(resource, url.searchParams) } : problem, {
      status: isKnown ? 200 : 404,
      headers: { 'content-type': isKnown ? 'application/json' : 'application/problem+json' },
    });
  };
  class SimulatedSocket extends EventTarget {
    static readonly OPEN = 1;
    readonly OPEN = 1;
    readonly protocol = 'tallyboard.v1';
    readyState = 0;
    readonly #dashboard: string;
    #timer: ReturnType<typeof setInterval> | undefined;

    constructor(readonly url: string) {
      super();
      this.#dashboard = new URL(url).pathname.split('/').at(-1) ?? '';
      setTimeout(() => this.#open());
    }

    send(): void {}

    close(code = 1_000): void {
      if (this.readyState === 3) return;
      this.readyState = 3;
      clearInterval(this.#timer);
      if (connected.includes(this.#dashboard)) connected.splice(connected.indexOf(this.#dashboard), 1);
      setTimeout(() => this.dispatchEvent(new CloseEvent('close', { code })));
    }

    #open(): void {
      if (this.readyState === 3) return;
      if (!simulation.isSending || !dashboards.includes(this.#dashboard)) {
        this.dispatchEvent(new Event('error'));
        this.close(simulation.isSending ? 4_404 : 1_006);
        return;
      }
      this.readyState = 1;
      connected.push(this.#dashboard);
      this.dispatchEvent(new Event('open'));
      this.#tell();
      this.#timer = setInterval(() => this.#tell(), intervalMs);
    }

    #tell(): void {
      if (!simulation.isSending) return;
      const now = Date.now();
      const start = now - (now % dayMs);
      const { counters, measures } = read(start, now);
      const added = Object.fromEntries(Object.keys(daily).map((name) => [name, counters[name]?.added ?? 0]));
      const period = { start, end: start + dayMs, added, removed: {}, measures };
      const message = {
        type: 'snapshot',
        dashboard: this.#dashboard,
        epoch: this.#dashboard,
        revision: Math.floor(now / intervalMs),
        at: now,
        definition: 1,
        heartbeatMs: 15_000,
        counters: Object.fromEntries(names.map((name) => [name, count(name, now)])),
        measures,
        periods: { day: period },
      };
      this.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(message) }));
    }
  }
  Object.assign(globalThis, { WebSocket: SimulatedSocket });
}
