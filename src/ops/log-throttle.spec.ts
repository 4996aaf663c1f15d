/** Bursts of the same log line: the first few are written, then the number of suppressed ones. */
import { BURST_SIZE, LogThrottle } from './log-throttle.js';

beforeEach(() => import.meta.jest.useFakeTimers());
afterEach(() => import.meta.jest.useRealTimers());

/** Creates a throttle, with a list of the lines that it wrote. */
function createThrottle() {
  const throttle = new LogThrottle(1_000);
  const written: string[] = [];
  const log = (kind: string): void => {
    if (throttle.shouldLog(kind, (suppressed) => written.push(`${suppressed} more of ${kind}`))) written.push(kind);
  };
  return { throttle, written, log };
}

it('the throttle writes the first few lines of a kind, and the number of the others after the interval', () => {
  const { written, log } = createThrottle();
  for (let one = 0; one < BURST_SIZE + 40; one += 1) log('a');
  log('b');
  expect(written).toEqual([...Array<string>(BURST_SIZE).fill('a'), 'b']);
  import.meta.jest.advanceTimersByTime(1_000);
  expect(written.slice(BURST_SIZE + 1)).toEqual(['40 more of a']);
});

it('the throttle starts anew after the interval, and keeps no timer without lines', () => {
  const { written, log } = createThrottle();
  for (let one = 0; one < BURST_SIZE + 1; one += 1) log('a');
  import.meta.jest.advanceTimersByTime(1_000);
  log('a');
  expect(written.at(-1)).toBe('a');
  import.meta.jest.advanceTimersByTime(1_000);
  expect(written).toHaveLength(BURST_SIZE + 2);
  expect(import.meta.jest.getTimerCount()).toBe(0);
});

it('the throttle writes the counts at once when flushed', () => {
  const { throttle, written, log } = createThrottle();
  for (let one = 0; one < BURST_SIZE + 2; one += 1) log('a');
  throttle.flush();
  expect(written.at(-1)).toBe('2 more of a');
  expect(import.meta.jest.getTimerCount()).toBe(0);
});
