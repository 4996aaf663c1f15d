/** A provider that delivers events, some several times and in any order, to services that are killed under load. */
import { setTimeout } from 'node:timers/promises';
import { postToHook } from './hooks.js';
import { createStripeRequest, type SampleEvent } from './provider-requests.js';
import { createRandom, SEED } from './rounds.js';
import type { Service } from './service.js';

/** Hook `shop`: each event is an order, and its amount so many products. */
export const SHOP_HOOK = {
  provider: 'stripe',
  secrets: ['the secret of the shop'],
  dashboard: 'main',
  rules: [
    { when: { '/type': 'sale' }, counter: 'orders' },
    { when: { '/type': 'sale' }, counter: 'products', by: { pointer: '/data/object/amount_total' } },
  ],
};
const [SECRET] = SHOP_HOOK.secrets;

/** Requests at a time. */
const CLIENTS = 16;
/** Three of ten events are delivered 2 to 5 times. */
const REPEATED_OF_TEN = 3;
const RETRY_DELAY_MS = 20;

interface DeliveryOptions {
  readonly events: number;
  readonly kills: number;
  /** The services that run. Each delivery goes to one of them, at random. */
  readonly services: () => readonly Service[];
  /** Kills a service and starts it again. */
  readonly restart: (random: (below: number) => number) => Promise<void>;
}

interface DeliveryReport {
  readonly events: readonly (SampleEvent & { readonly amount: number })[];
  readonly deliveries: number;
  /** Answers by status and outcome. */
  readonly answers: ReadonlyMap<string, number>;
  /** Ids that were answered with `counted` more than once. */
  readonly countedTwice: readonly string[];
  /** Requests whose answer was lost. */
  readonly lost: number;
}

/** Delivers each event until it is answered with 200, as a provider does. The signature of each delivery is new. */
export async function deliverEvents({
  events: count,
  kills,
  services,
  restart,
}: DeliveryOptions): Promise<DeliveryReport> {
  const random = createRandom(SEED);
  const events = Array.from({ length: count }, (_, index) => ({ id: `evt_${index}`, amount: 1 + random(1_000) }));
  const queue = shuffle(
    events.flatMap((event) => Array.from({ length: random(10) < REPEATED_OF_TEN ? 2 + random(4) : 1 }, () => event)),
    random,
  );
  const deliveries = queue.length;
  const answers = new Map<string, number>();
  const counted = new Map<string, number>();
  let lost = 0;
  let answered = 0;
  let killed = 0;
  let restarting = Promise.resolve();
  const deliver = async (event: (typeof events)[number]): Promise<void> => {
    const running = services();
    const target = running[random(running.length)];
    const answer =
      target &&
      (await postToHook(target.url, 'shop', createStripeRequest({ ...event, secret: SECRET ?? '' })).catch(
        () => undefined,
      ));
    if (answer?.[0] !== 200) {
      lost += Number(answer === undefined);
      queue.push(event);
      await setTimeout(RETRY_DELAY_MS);
      return;
    }
    const [status, outcome] = answer;
    answers.set(`${status} ${outcome}`, (answers.get(`${status} ${outcome}`) ?? 0) + 1);
    if (outcome === 'counted') counted.set(event.id, (counted.get(event.id) ?? 0) + 1);
    answered += 1;
    // Evenly over the deliveries, one after the other.
    if (killed < kills && answered >= ((killed + 1) * deliveries) / (kills + 1)) {
      killed += 1;
      restarting = restarting.then(() => restart(random));
    }
  };
  const runClient = async (): Promise<void> => {
    for (let event = queue.pop(); event; event = queue.pop()) await deliver(event);
  };
  // A client that finds the queue empty ends, while another one may put an event back.
  while (queue.length > 0) await Promise.all(Array.from({ length: CLIENTS }, runClient));
  await restarting;
  const countedTwice = [...counted].flatMap(([id, times]) => (times > 1 ? [id] : []));
  return { events, deliveries, answers, countedTwice, lost };
}

function shuffle<T>(items: readonly T[], random: (below: number) => number): T[] {
  const shuffled = [...items];
  for (let last = shuffled.length - 1; last > 0; last -= 1) {
    const other = random(last + 1);
    [shuffled[last], shuffled[other]] = [shuffled[other] as T, shuffled[last] as T];
  }
  return shuffled;
}
