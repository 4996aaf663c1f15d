/** Published states are correct and in the order of the revisions, whatever patches are lost or out of order. */
import * as fc from 'fast-check';
import type { Counter, Dashboard } from '../../counters/counters.js';
import type { StoreEvent } from '../store-events.js';
import { DashboardSubscription } from './dashboard-subscription.js';
import type { DashboardPatch } from './reply-codec.js';

type Values = Readonly<Record<string, number>>;

const NAMES = ['a', 'b', 'c'];
/** Longer than an early patch waits for those before it. */
const BEYOND_GAP_MS = 1_000;

beforeEach(() =>
  import.meta.jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'performance'] }),
);
afterEach(() => import.meta.jest.useRealTimers());

/** A server: all states of a dashboard, and the patches between them. */
class Server {
  readonly states: Values[] = [{ a: 0, b: 0, c: 0 }];
  readonly patches: DashboardPatch[] = [];
  /** Unanswered reads, each with the revision at which it began. */
  readonly #readings: { readonly from: number; readonly answer: (dashboard: Dashboard) => void }[] = [];
  epoch = 'first';

  get revision(): number {
    return this.states.length - 1;
  }

  /** Applies a group of change sets: one revision for each, and one patch. */
  apply(names: readonly string[]): void {
    const from = this.revision;
    for (const name of names) {
      const last = this.states.at(-1) ?? {};
      this.states.push({ ...last, [name]: (last[name] ?? 0) + 1 });
    }
    const counters = Object.fromEntries(names.map((name) => [name, this.states.at(-1)?.[name] ?? 0]));
    this.patches.push({
      epoch: this.epoch,
      from,
      revision: this.revision,
      at: this.revision,
      counters,
      totals: Object.values(counters).flatMap((value) => [value, 0]),
    });
  }

  read(): Promise<Dashboard> {
    return new Promise((answer) => this.#readings.push({ from: this.revision, answer }));
  }

  /** Answers the oldest read with a state between its beginning (share 0) and now (share 1). */
  answer(share: number): boolean {
    const reading = this.#readings.shift();
    if (!reading) return false;
    const revision = reading.from + Math.floor((this.revision - reading.from) * share);
    reading.answer(this.dashboardAt(revision));
    return true;
  }

  dashboardAt(revision: number): Dashboard {
    const values = this.states[revision] ?? {};
    const counters = Object.entries(values).map(([name, value]): [string, Counter] => {
      return [name, { definition: {}, value, added: BigInt(value), removed: 0n }];
    });
    const definition = { name: 'main', settings: {}, version: 1, counters: new Map(counters) };
    return { ...definition, epoch: this.epoch, revision, at: revision };
  }
}

/** Receives the events, and knows what a viewer would show. */
class EventRecorder {
  revision = -1;
  values: Values = {};
  readonly faults: string[] = [];
  /** Events before the first state. */
  #early: StoreEvent[] | undefined = [];

  constructor(private readonly server: Server) {}

  get hasStarted(): boolean {
    return this.#early === undefined;
  }

  begin(dashboard: Dashboard): void {
    this.#show(dashboard);
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const event of early) this.receiveEvent(event);
  }

  receiveEvent(event: StoreEvent): void {
    if (this.#early) this.#early.push(event);
    else if (event.kind === 'reloaded') this.#show(event.dashboard);
    else if (event.kind === 'applied') {
      this.#move(event.outcome.revision, { ...this.values, ...event.outcome.counters });
    }
  }

  #show({ revision, counters }: Dashboard): void {
    this.#move(revision, Object.fromEntries([...counters].map(([name, { value }]) => [name, value])));
  }

  #move(revision: number, values: Values): void {
    if (revision < this.revision) this.faults.push(`${revision} after ${this.revision}`);
    this.revision = revision;
    this.values = values;
    const truth = JSON.stringify(this.server.states[revision]);
    if (JSON.stringify(values) !== truth) this.faults.push(`${JSON.stringify(values)}, not ${truth}, at ${revision}`);
  }
}

function begin() {
  const server = new Server();
  const recorder = new EventRecorder(server);
  const subscription = new DashboardSubscription('main', {
    read: () => server.read(),
    renewEpoch: () => Promise.reject(new Error('no change was lost')),
    publish: (event) => recorder.receiveEvent(event),
  });
  const begun = subscription.start().then((dashboard) => recorder.begin(dashboard));
  return { server, recorder, subscription, begun };
}

async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ apply: fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 }) }) },
  // Position from the newest patch: a patch can be delivered late, twice or never.
  { weight: 6, arbitrary: fc.record({ deliver: fc.nat({ max: 3 }) }) },
  { weight: 3, arbitrary: fc.record({ answer: fc.double({ min: 0, max: 1, noNaN: true }) }) },
  // A state that was read for another purpose, this many revisions old.
  { weight: 3, arbitrary: fc.record({ see: fc.nat({ max: 3 }) }) },
  { weight: 2, arbitrary: fc.record({ wait: fc.constantFrom(10, BEYOND_GAP_MS) }) },
);

it('a subscription publishes correct states in order for any order of patches and reads, and ends up to date', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), async (steps) => {
      const { server, recorder, subscription, begun } = begin();
      for (const action of steps) {
        if ('apply' in action) server.apply(action.apply);
        else if ('deliver' in action) {
          const patch = server.patches.at(-1 - action.deliver);
          if (patch) subscription.receive(patch);
        } else if ('answer' in action) server.answer(action.answer);
        else if ('see' in action) {
          const seen = server.dashboardAt(Math.max(0, server.revision - action.see));
          subscription.adoptIfNewer(seen);
          if (recorder.hasStarted && recorder.revision < seen.revision)
            recorder.faults.push(`not ${seen.revision} at once`);
        } else await import.meta.jest.advanceTimersByTimeAsync(action.wait);
        await turn();
      }
      // Patches that never arrived are found by the next check.
      const settled = subscription.reread();
      while (server.answer(0)) await turn();
      await Promise.all([begun, settled]);
      expect(recorder.faults).toEqual([]);
      expect([recorder.revision, recorder.values]).toEqual([server.revision, server.states.at(-1)]);
      subscription.close();
    }),
    { numRuns: 300 },
  );
});

it('a newer state that was read elsewhere fills a gap, and waiting patches are published at once', async () => {
  const { server, recorder, subscription, begun } = begin();
  server.answer(0);
  await begun;
  server.apply(['a']);
  server.apply(['b']);
  const [, second] = server.patches;
  if (second) subscription.receive(second);
  expect(recorder.revision).toBe(0);
  subscription.adoptIfNewer(server.dashboardAt(1));
  expect([recorder.revision, recorder.faults]).toEqual([2, []]);
  subscription.close();
});
