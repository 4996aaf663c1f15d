/** Sums up what a demo has counted, and formats its progress and report. */
import {
  DAY_IN_SECONDS,
  HOUR_IN_SECONDS,
  type StepKind,
  STEP_KINDS,
  SHOP_COUNTERS,
  type ShopCounter,
  type ShopStep,
} from './shop-day.js';

interface CounterSum {
  added: number;
  removed: number;
}

export class Sums {
  readonly kinds = Object.fromEntries(STEP_KINDS.map((kind) => [kind, 0])) as Record<StepKind, number>;
  readonly counters = Object.fromEntries(SHOP_COUNTERS.map((name) => [name, { added: 0, removed: 0 }])) as Record<
    ShopCounter,
    CounterSum
  >;
  counted = 0;
  refused = 0;
  /** Change sets that were abandoned, so that their outcome is unknown. */
  unknown = 0;
  /** The server's reason for the last refusal. */
  lastRefusal = '';

  recordStep(kind: StepKind, amounts: ShopStep['amounts']): void {
    this.counted += 1;
    this.kinds[kind] += 1;
    for (const name of SHOP_COUNTERS) {
      const amount = amounts[name] ?? 0;
      if (amount > 0) this.counters[name].added += amount;
      else this.counters[name].removed -= amount;
    }
  }

  recordRefusal(detail: string): void {
    this.refused += 1;
    this.lastRefusal = detail;
  }
}

/** The state of a demo, for its progress and report. */
export interface DemoProgress {
  readonly sums: Sums;
  /** Simulated time now and at the start, seconds. */
  readonly shopTimeS: number;
  readonly fromS: number;
  /** Real seconds since the start. */
  readonly tookS: number;
  /** Seconds since the oldest change set in flight was sent; 0 if there is none. */
  readonly waitingS: number;
  /** True once the demo has been told to stop. */
  readonly stopping: boolean;
}

/** Seconds after which a missing response is reported. */
const SLOW_RESPONSE_S = 2;

/** Formats a simulated time: `09:05`, or `day 2 09:05` from the second day on. */
export function formatShopTime(shopTimeS: number): string {
  const [hour, minute] = [
    Math.floor((shopTimeS % DAY_IN_SECONDS) / HOUR_IN_SECONDS),
    Math.floor((shopTimeS % HOUR_IN_SECONDS) / 60),
  ];
  const clock = [hour, minute].map((number) => String(number).padStart(2, '0')).join(':');
  return shopTimeS < DAY_IN_SECONDS ? clock : `day ${Math.floor(shopTimeS / DAY_IN_SECONDS) + 1} ${clock}`;
}

/** Formats the progress as two lines: the shop and the server. */
export function formatProgress({
  sums,
  shopTimeS,
  fromS,
  tookS,
  waitingS,
  stopping,
}: DemoProgress): readonly [string, string] {
  const { kinds, counters, counted, refused, lastRefusal } = sums;
  const euros = Math.round((counters.revenue.added - counters.revenue.removed) / 100);
  const stock = counters.stock.added - counters.stock.removed;
  const shop = `orders ${kinds.order}  returns ${kinds.return}  revenue ${euros} EUR  visits ${counters.visits.added}  stock ${stock}`;
  const refusals = refused > 0 ? `refused ${refused} (${lastRefusal})` : 'refused 0';
  const hint = stopping && waitingS > 0 ? ' (interrupt again to stop waiting)' : '';
  const waiting =
    hint || waitingS > SLOW_RESPONSE_S ? `  waiting for the server for ${waitingS.toFixed(0)} s${hint}` : '';
  return [
    `${formatShopTime(shopTimeS)}  ${shop}`,
    `changes ${counted}  ${refusals}  speed ${formatSpeed(shopTimeS - fromS, tookS)}${waiting}`,
  ];
}

export function formatReport(where: string, { sums, shopTimeS, fromS, tookS }: DemoProgress): readonly string[] {
  const { kinds, counters, counted, refused, unknown } = sums;
  const width = Math.max(...Object.values(counters).flatMap(({ added, removed }) => [added, removed])).toString()
    .length;
  const rows = SHOP_COUNTERS.map((name) => {
    const [added, removed] = [counters[name].added, counters[name].removed].map((sum) => String(sum).padStart(width));
    return `  ${name.padEnd(9)}  +${added}  -${removed}`;
  });
  const took = `${tookS.toFixed(0)} s, speed ${formatSpeed(shopTimeS - fromS, tookS)}`;
  return [
    `${where}: simulated ${formatShopTime(fromS)} to ${formatShopTime(shopTimeS)} in ${took}`,
    `  ${STEP_KINDS.map((kind) => `${kind} ${kinds[kind]}`).join(', ')}`,
    ...rows,
    `  changes ${counted}, refused ${refused}${unknown > 0 ? `, unknown ${unknown}` : ''}`,
  ];
}

function formatSpeed(shopS: number, tookS: number): string {
  const speed = tookS > 0 ? shopS / tookS : 0;
  return speed < 10 ? speed.toFixed(1) : speed.toFixed(0);
}
