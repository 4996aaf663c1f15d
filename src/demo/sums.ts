/** What a demo has come to: the sums of what was counted, and the lines that tell them. */
import { DAY_S, HOUR_S, type Kind, KINDS, SHOP_COUNTERS, type ShopCounter, type ShopStep } from './shop-day.js';

export interface Total {
  added: number;
  removed: number;
}

/** What has become of the change sets so far. */
export class Sums {
  readonly kinds = Object.fromEntries(KINDS.map((kind) => [kind, 0])) as Record<Kind, number>;
  readonly counters = Object.fromEntries(SHOP_COUNTERS.map((name) => [name, { added: 0, removed: 0 }])) as Record<
    ShopCounter,
    Total
  >;
  counted = 0;
  refused = 0;
  /** Given up on, so that nobody knows whether the server has counted them. */
  unknown = 0;
  /** What the server said to the last that was refused. */
  refusal = '';

  add(kind: Kind, by: ShopStep['by']): void {
    this.counted += 1;
    this.kinds[kind] += 1;
    for (const name of SHOP_COUNTERS) {
      const amount = by[name] ?? 0;
      if (amount > 0) this.counters[name].added += amount;
      else this.counters[name].removed -= amount;
    }
  }

  refuse(detail: string): void {
    this.refused += 1;
    this.refusal = detail;
  }
}

/** Where a demo is, for its progress and its end. */
export interface Course {
  readonly sums: Sums;
  /** Seconds of the shop: where it is, and where it began. */
  readonly atS: number;
  readonly fromS: number;
  /** Seconds that it has taken. */
  readonly tookS: number;
  /** Seconds that the oldest change on its way has waited; 0 when there is none. */
  readonly waitingS: number;
  /** It was told to stop. */
  readonly stopping: boolean;
}

/** How long a change may be on its way before that is worth a word, seconds. */
const LONG_S = 2;

/** The time of a shop as a clock shows it: `09:05`, from the second day on `day 2 09:05`. */
export function clockOf(atS: number): string {
  const [hour, minute] = [Math.floor((atS % DAY_S) / HOUR_S), Math.floor((atS % HOUR_S) / 60)];
  const clock = [hour, minute].map((number) => String(number).padStart(2, '0')).join(':');
  return atS < DAY_S ? clock : `day ${Math.floor(atS / DAY_S) + 1} ${clock}`;
}

/** How far it is, in two lines: the shop's and the server's. */
export function progressOf({ sums, atS, fromS, tookS, waitingS, stopping }: Course): readonly [string, string] {
  const { kinds, counters, counted, refused, refusal } = sums;
  const products = counters.products.added - counters.products.removed;
  const shop = `orders ${kinds.order}  returns ${kinds.return}  sign-ups ${kinds['sign-up']}  products ${products}`;
  const refusals = refused > 0 ? `refused ${refused} (${refusal})` : 'refused 0';
  const hint = stopping && waitingS > 0 ? ' (interrupt again to give up on it)' : '';
  const waiting = hint || waitingS > LONG_S ? `  waiting for the server, ${waitingS.toFixed(0)} s${hint}` : '';
  return [
    `${clockOf(atS)}  ${shop}`,
    `changes ${counted}  ${refusals}  speed ${speedOf(atS - fromS, tookS)}${waiting}`,
  ];
}

/** What it came to, for people. */
export function reportOf(where: string, { sums, atS, fromS, tookS }: Course): readonly string[] {
  const { kinds, counters, counted, refused, unknown } = sums;
  const long = Math.max(...Object.values(counters).flatMap(({ added, removed }) => [added, removed])).toString().length;
  const rows = SHOP_COUNTERS.map((name) => {
    const [added, removed] = [counters[name].added, counters[name].removed].map((sum) => String(sum).padStart(long));
    return `  ${name.padEnd(9)}  +${added}  -${removed}`;
  });
  const took = `${tookS.toFixed(0)} s, speed ${speedOf(atS - fromS, tookS)}`;
  return [
    `${where}: ${clockOf(fromS)} to ${clockOf(atS)} in the shop, in ${took}`,
    `  ${KINDS.map((kind) => `${kind} ${kinds[kind]}`).join(', ')}`,
    ...rows,
    `  changes ${counted}, refused ${refused}${unknown > 0 ? `, not known ${unknown}` : ''}`,
  ];
}

function speedOf(shopS: number, tookS: number): string {
  const speed = tookS > 0 ? shopS / tookS : 0;
  return speed < 10 ? speed.toFixed(1) : speed.toFixed(0);
}
