/** A burst of the same event: the first few, then how many more. */
import { BURST_SIZE, LogThrottle } from './log-throttle.js';

beforeEach(() => import.meta.jest.useFakeTimers());
afterEach(() => import.meta.jest.useRealTimers());

/** A gate, and how often it let something through and what it said was left out, by kind. */
function createThrottle() {
  const gate = new LogThrottle(1_000);
  const written: string[] = [];
  const take = (kind: string): void => {
    if (gate.shouldLog(kind, (leftOut) => written.push(`${leftOut} more of ${kind}`))) written.push(kind);
  };
  return { gate, written, take };
}

it('the first few of a kind are let through, and the others are counted and told when the time is over', () => {
  const { written, take } = createThrottle();
  for (let one = 0; one < BURST_SIZE + 40; one += 1) take('a');
  take('b');
  expect(written).toEqual([...Array<string>(BURST_SIZE).fill('a'), 'b']);
  import.meta.jest.advanceTimersByTime(1_000);
  expect(written.slice(BURST_SIZE + 1)).toEqual(['40 more of a']);
});

it('when the counts are told all is new again, and nothing is kept or awaited where nothing happens', () => {
  const { written, take } = createThrottle();
  for (let one = 0; one < BURST_SIZE + 1; one += 1) take('a');
  import.meta.jest.advanceTimersByTime(1_000);
  take('a');
  expect(written.at(-1)).toBe('a');
  import.meta.jest.advanceTimersByTime(1_000);
  expect(written).toHaveLength(BURST_SIZE + 2);
  expect(import.meta.jest.getTimerCount()).toBe(0);
});

it('the counts can be told at once, at the end', () => {
  const { gate, written, take } = createThrottle();
  for (let one = 0; one < BURST_SIZE + 2; one += 1) take('a');
  gate.flush();
  expect(written.at(-1)).toBe('2 more of a');
  expect(import.meta.jest.getTimerCount()).toBe(0);
});
