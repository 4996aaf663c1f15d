/** The client applies every patch of the server: afterwards it holds what the server would send as a snapshot. */
import * as fc from 'fast-check';
import { applyMessage } from '../../src/client/snapshot-state.js';
import { type FreshOutcome, type Snapshot, type Total, toTotal } from '../../src/counters/counters.js';
import type { MeasureDefinition, Period } from '../../src/counters/definition.js';
import { Feed } from '../../src/dashboard/live/feed.js';
import { DefinitionNotice, type FeedView, type Position, Status } from '../../src/dashboard/live/frames.js';
import { TrafficStats } from '../../src/dashboard/live/viewer.js';
import { DashboardState } from '../../src/dashboard/state/dashboard-state.js';
import { OpenPeriods } from '../../src/dashboard/state/open-periods.js';
import { stringifyDecimals } from '../../src/measures/decimal-json.js';
import type { LiveMessage } from '../../src/protocol/live-messages.js';

const START_MS = Date.parse('2026-10-24T21:30:00Z');
const HOUR_MS = 3_600_000;
const RECKONING = { timeZone: 'Europe/Berlin', dayStartsAt: '00:00', weekStartsOn: 'monday' } as const;
const COUNTERS = ['orders', 'revenue', 'queue', 'returns'] as const;
const MEASURES: Readonly<Record<string, MeasureDefinition>> = {
  basket: { ratio: ['revenue', 'orders'] },
  busy: { sum: ['orders', 'queue'] },
  net: { sum: ['orders', '-revenue'], scale: 1 },
};

const change = fc.record({
  counter: fc.constantFrom(...COUNTERS),
  by: fc.integer({ min: -50, max: 50 }),
  /** Dated before the present period at times. */
  lateMs: fc.constantFrom(0, 0, HOUR_MS),
});
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('change' as const), changes: fc.array(change, { maxLength: 3 }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), hours: fc.constantFrom(0.4, 3, 26, 800) }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('send' as const), isSkipped: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('define' as const), measures: fc.subarray(Object.keys(MEASURES)) }),
  },
);
const view = fc.record({
  names: fc.option(fc.subarray([...COUNTERS, ...Object.keys(MEASURES)], { minLength: 1 })),
  periods: fc.subarray<Period>(['hour', 'day', 'month']),
  totals: fc.boolean(),
});

/** A dashboard and one of its feeds, without a store. */
class Scene {
  readonly state: DashboardState;
  readonly feed: Feed;
  nowMs = START_MS;

  constructor(feedView: FeedView, totals: boolean) {
    const counters = COUNTERS.slice(0, 3).map(
      (name) =>
        [
          name,
          {
            definition: name === 'queue' ? { kind: 'gauge' as const } : { min: null },
            value: 7,
            added: 9n,
            removed: 2n,
          },
        ] as const,
    );
    this.state = new DashboardState({ ...this.#definition(MEASURES), counters: new Map(counters) });
    const periods = new OpenPeriods(RECKONING, undefined);
    const totalsAtStart = new Map(counters.map(([name]) => [name, { added: 4, removed: 1 }]));
    for (const period of feedView.periods)
      periods.open(period, periods.findSpan(period, START_MS), new Map(totalsAtStart));
    this.state.periods = periods;
    const context = { state: this.state, status: new Status(false, 0), definition: new DefinitionNotice(1) };
    this.feed = new Feed({ ...context, traffic: new TrafficStats() }, feedView, HOUR_MS);
    // Totals are copied while a viewer wants them.
    if (totals) this.feed.add(createSilentViewer());
  }

  change(changes: readonly { readonly counter: string; readonly by: number; readonly lateMs: number }[]): void {
    const [counters, added, removed]: [Record<string, number>, Record<string, Total>, Record<string, Total>] = [
      {},
      {},
      {},
    ];
    for (const { counter, by } of changes) {
      const known = this.state.counterStates.get(counter) ?? { value: 0, added: 0, removed: 0 };
      counters[counter] = (counters[counter] ?? known.value) + by;
      if (counter === 'queue') continue;
      added[counter] = toTotal(BigInt(added[counter] ?? known.added) + BigInt(Math.max(0, by)));
      removed[counter] = toTotal(BigInt(removed[counter] ?? known.removed) + BigInt(Math.max(0, -by)));
    }
    const at = this.nowMs - Math.max(0, ...changes.map(({ lateMs }) => lateMs));
    const outcome: FreshOutcome = {
      dashboard: 'shop',
      revision: this.state.revision + 1,
      at,
      counters,
      added,
      removed,
      replayed: false,
    };
    this.state.apply(outcome);
    for (const name of Object.keys(counters)) this.feed.markDirty(name);
  }

  wait(hours: number): void {
    this.nowMs += hours * HOUR_MS;
    this.state.periods?.advance(this.nowMs, this.state.counterStates);
  }

  define(names: readonly string[]): void {
    const measures = Object.fromEntries(Object.entries(MEASURES).filter(([name]) => names.includes(name)));
    this.state.updateDefinition({ ...this.#definition(measures), version: this.state.version + 1 });
    this.feed.requireSnapshot();
  }

  #definition(measures: Readonly<Record<string, MeasureDefinition>>) {
    const counters = new Map();
    return { name: 'shop', settings: { measures }, version: 1, epoch: 'e1', revision: 5, at: START_MS, counters };
  }
}

function createSilentViewer(): Parameters<Feed['add']>[0] {
  const nothing = (): void => {};
  const viewer = { kind: 'v1+totals', sendLatest: nothing, sendStatus: nothing, sendDefinition: nothing };
  return viewer as unknown as Parameters<Feed['add']>[0];
}

/** Reads a text frame (RFC 6455, 5.2) of fewer than 65,536 bytes. */
function decodeFrame(bytes: Buffer): LiveMessage {
  return JSON.parse(bytes.subarray((bytes[1] ?? 0) < 126 ? 2 : 4).toString()) as LiveMessage;
}

it('after any sequence of patches and snapshots the client holds what the server shows', () => {
  fc.assert(
    fc.property(view, fc.array(step, { maxLength: 30 }), ({ names, periods, totals }, steps) => {
      const feedView = { filter: names ? new Set(names.toSorted()) : undefined, periods };
      const scene = new Scene(feedView, totals);
      const { state, feed } = scene;
      const kind = totals ? 'v1+totals' : 'v1';
      let position: Position | undefined;
      let received: Snapshot | undefined;
      const receive = (frame: Position & { readonly bytes: Buffer }): void => {
        const message = decodeFrame(frame.bytes);
        if (message.type !== 'snapshot' && message.type !== 'patch') throw new Error(`unexpected ${message.type}`);
        received = applyMessage(received, message);
        position = frame;
        expect(received).toEqual({
          ...JSON.parse(stringifyDecimals(state.toSnapshot({ ...feedView, totals }))),
        });
      };
      receive(feed.snapshots.getLatest(kind));
      for (const one of [...steps, { kind: 'send', isSkipped: false } as const]) {
        if (one.kind === 'change') scene.change(one.changes);
        else if (one.kind === 'wait') scene.wait(one.hours);
        else if (one.kind === 'define') scene.define(one.measures);
        else {
          const patch = feed.takePatch();
          if (patch && position && !one.isSkipped)
            receive(patch.getFrame(kind, position) ?? feed.snapshots.getLatest(kind));
        }
      }
    }),
    { numRuns: 400 },
  );
});
