/** The clock: steps of a wall clock that the test sets, seen from the time of day and from the time for expiry. */
import { Clock, type ClockEvent } from './clock.js';

const START_MS = Date.UTC(2026, 10, 29);
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const YEAR_MS = 365 * DAY_MS;
const SETTLE_MS = 15_000;

/** A clock whose sources stand still until the test moves them. Reads the clock every second while time passes. */
function createScene(startMs = START_MS) {
  let [wallMs, monotonicMs, uptimeMs] = [startMs, 5_000, 90_000];
  const events: ClockEvent[] = [];
  const sources = {
    readWallMs: () => wallMs,
    readMonotonicMs: () => monotonicMs,
    readUptimeMs: () => uptimeMs,
  };
  const clock = new Clock(SETTLE_MS, (event) => events.push(event), sources);
  const pass = (ms: number): void => {
    for (let left = ms; left > 0; left -= 1_000) {
      const part = Math.min(left, 1_000);
      [wallMs, monotonicMs, uptimeMs] = [wallMs + part, monotonicMs + part, uptimeMs + part];
      clock.nowForExpiry();
    }
  };
  return {
    clock,
    events,
    pass,
    step: (ms: number): void => void (wallMs += ms),
    suspend: (ms: number): void => void ([wallMs, uptimeMs] = [wallMs + ms, uptimeMs + ms]),
    /** Differences of the time of day and of the time for expiry to the start. */
    read: () => [clock.now() - startMs, clock.nowForExpiry() - startMs],
    kinds: () => events.map(({ kind }) => kind),
  };
}

describe('Clock', () => {
  it('follows a wall clock that is corrected by up to two seconds at once', () => {
    const { clock, pass, step, read, kinds } = createScene();
    pass(10_000);
    step(1_900);
    expect(read()).toEqual([11_900, 11_900]);
    step(-1_900);
    expect([read(), clock.offsetMs, kinds()]).toEqual([[10_000, 10_000], 0, []]);
  });

  it.each([
    ['a minute', MINUTE_MS],
    ['an hour', HOUR_MS],
    ['a day', DAY_MS],
    ['three years', 3 * YEAR_MS],
  ])('goes on without a wall clock that is wrong by %s for a moment, forward and back', (_name, stepMs) => {
    for (const sign of [1, -1]) {
      const { clock, pass, step, read, events } = createScene();
      pass(10_000);
      step(sign * stepMs);
      expect(read()).toEqual([10_000, 10_000]);
      pass(3_000);
      expect([read(), clock.offsetMs, clock.isSettled]).toEqual([[13_000, 13_000], sign * stepMs, false]);
      step(-sign * stepMs);
      expect([read(), clock.offsetMs]).toEqual([[13_000, 13_000], 0]);
      expect(events).toEqual([
        { kind: 'doubted', stepMs: sign * stepMs },
        { kind: 'returned', stepMs: sign * stepMs, lastedMs: 3_000 },
      ]);
    }
  });

  it('follows a step forward that has stood, and lets nothing expire by it until it has stood for as long', () => {
    const { clock, pass, step, read, kinds } = createScene();
    step(HOUR_MS);
    clock.now();
    pass(SETTLE_MS);
    expect(read()).toEqual([HOUR_MS + SETTLE_MS, SETTLE_MS]);
    expect([kinds(), clock.followedSteps, clock.isSettled]).toEqual([['doubted', 'followed'], 1, true]);
    pass(HOUR_MS - SETTLE_MS - 1_000);
    expect(read()).toEqual([2 * HOUR_MS - 1_000, HOUR_MS - 1_000]);
    pass(1_000);
    expect(read()).toEqual([2 * HOUR_MS, 2 * HOUR_MS]);
  });

  it('lets data expire by a step of years once it has stood a day', () => {
    const { clock, pass, step, read } = createScene();
    step(3 * YEAR_MS);
    clock.now();
    pass(DAY_MS - 1_000);
    expect(read()[1]).toBe(DAY_MS - 1_000);
    pass(1_000);
    expect(read()).toEqual([3 * YEAR_MS + DAY_MS, 3 * YEAR_MS + DAY_MS]);
  });

  it('follows a step back that has stood, and trusts it once it has stood for as long as the time before', () => {
    const { clock, pass, step, read, kinds } = createScene();
    pass(HOUR_MS);
    step(-YEAR_MS / 2);
    read();
    pass(SETTLE_MS - 1_000);
    expect(read()).toEqual([HOUR_MS + SETTLE_MS - 1_000, HOUR_MS + SETTLE_MS - 1_000]);
    pass(1_000);
    expect(read()).toEqual([HOUR_MS + SETTLE_MS - YEAR_MS / 2, HOUR_MS + SETTLE_MS - YEAR_MS / 2]);
    expect([kinds(), clock.isSettled, clock.offsetMs]).toEqual([['doubted', 'followed'], false, -YEAR_MS / 2]);
    expect(clock.trust).toEqual({ timeMs: START_MS + HOUR_MS + SETTLE_MS, stoodMs: HOUR_MS });
    pass(HOUR_MS);
    expect([clock.isSettled, clock.offsetMs, clock.trust.timeMs]).toEqual([true, 0, clock.now()]);
  });

  it('trusts a time again at once to which the clock returns', () => {
    const { clock, pass, step, read } = createScene();
    pass(HOUR_MS);
    for (const stepMs of [3 * YEAR_MS, -3 * YEAR_MS]) {
      step(stepMs);
      read();
      pass(SETTLE_MS);
    }
    expect([read(), clock.isSettled]).toEqual([[HOUR_MS + 2 * SETTLE_MS, HOUR_MS + 2 * SETTLE_MS], true]);
    step(-100 * DAY_MS);
    read();
    pass(MINUTE_MS);
    expect(clock.isSettled).toBe(false);
    step(100 * DAY_MS);
    read();
    pass(SETTLE_MS);
    expect([read()[1], clock.isSettled]).toEqual([HOUR_MS + 3 * SETTLE_MS + MINUTE_MS, true]);
  });

  it('never believes a time before this program existed, unless it began with it', () => {
    const { clock, pass, step, read } = createScene();
    step(-50 * YEAR_MS);
    read();
    pass(2 * DAY_MS);
    expect([read(), clock.offsetMs]).toEqual([[2 * DAY_MS, 2 * DAY_MS], -50 * YEAR_MS]);
    const old = createScene(Date.UTC(1970, 0, 2));
    old.pass(DAY_MS);
    expect([old.read(), old.clock.isSettled]).toEqual([[DAY_MS, DAY_MS], false]);
  });

  it('begins to wait anew when the wall clock steps again', () => {
    const { pass, step, read, kinds } = createScene();
    step(HOUR_MS);
    read();
    pass(SETTLE_MS - 1_000);
    step(HOUR_MS);
    read();
    pass(SETTLE_MS - 1_000);
    expect([read()[0], kinds()]).toEqual([2 * SETTLE_MS - 2_000, ['doubted']]);
    pass(1_000);
    expect([read()[0], kinds()]).toEqual([2 * HOUR_MS + 2 * SETTLE_MS - 1_000, ['doubted', 'followed']]);
  });

  it('follows a machine that was suspended at once, also while the wall clock is wrong', () => {
    const { clock, pass, step, suspend, read, events } = createScene();
    suspend(8 * HOUR_MS);
    expect(read()).toEqual([8 * HOUR_MS, 8 * HOUR_MS]);
    expect(events).toEqual([{ kind: 'resumed', awayMs: 8 * HOUR_MS }]);
    step(DAY_MS);
    read();
    suspend(HOUR_MS);
    expect([read(), clock.offsetMs]).toEqual([[9 * HOUR_MS, 9 * HOUR_MS], DAY_MS]);
    pass(SETTLE_MS);
    expect(read()[0]).toBe(DAY_MS + 9 * HOUR_MS + SETTLE_MS);
  });

  it('lets nothing expire by the time since an earlier one until it has stood for as long', () => {
    const { clock, pass, read } = createScene();
    clock.recall({ timeMs: START_MS - HOUR_MS, stoodMs: 0 });
    pass(MINUTE_MS);
    expect(read()).toEqual([MINUTE_MS, MINUTE_MS - HOUR_MS]);
    pass(HOUR_MS - MINUTE_MS);
    expect(read()).toEqual([HOUR_MS, HOUR_MS]);
  });

  it.each([
    ['a day', DAY_MS, DAY_MS],
    ['a minute', MINUTE_MS, MINUTE_MS],
  ])('begins behind a time that had stood for %s, and is trusted as long after', (_name, stoodMs, untilMs) => {
    const { clock, pass, kinds } = createScene();
    clock.recall({ timeMs: START_MS + YEAR_MS, stoodMs });
    pass(untilMs - 1_000);
    expect([clock.isSettled, kinds()]).toEqual([false, ['behind']]);
    pass(untilMs + 1_000);
    expect(clock.isSettled).toBe(true);
  });

  it('is settled once the first time of day has stood', () => {
    const { clock, pass } = createScene();
    pass(SETTLE_MS - 1_000);
    expect(clock.isSettled).toBe(false);
    pass(1_000);
    expect(clock.isSettled).toBe(true);
  });
});
