/** Retries: their number, the delays between them, and the conditions that end them. */
import { computeBackoffMs, retry } from './retry.js';

beforeEach(() => import.meta.jest.useFakeTimers());
afterEach(() => import.meta.jest.useRealTimers());

/** An attempt that rejects until it has been made `attempts` times, and the times at which it was made. */
function succeedAt(attempts: number): { readonly attempt: () => Promise<number>; readonly times: number[] } {
  const times: number[] = [];
  const attempt = (): Promise<number> => {
    times.push(performance.now());
    return times.length < attempts ? Promise.reject(new Error(`attempt ${times.length}`)) : Promise.resolve(attempts);
  };
  return { attempt, times };
}

it('retry() repeats an attempt until it succeeds, with the computed delays', async () => {
  const { attempt, times } = succeedAt(4);
  const result = retry(attempt, (_error, failures) => computeBackoffMs(failures, 100, 300));
  await import.meta.jest.advanceTimersByTimeAsync(600);
  expect(await result).toBe(4);
  expect(times.map((time) => time - (times[0] ?? 0))).toEqual([0, 100, 300, 600]);
});

it('retry() throws a permanent error after the first attempt', async () => {
  const { attempt, times } = succeedAt(2);
  await expect(retry(attempt, () => undefined)).rejects.toThrow('attempt 1');
  expect(times).toHaveLength(1);
});

it('retry() throws the last error if the next attempt would begin after the deadline', async () => {
  const { attempt, times } = succeedAt(10);
  const result = retry(attempt, () => 100, performance.now() + 250);
  const [settled] = await Promise.all([
    result.catch((error: unknown) => error),
    import.meta.jest.advanceTimersByTimeAsync(300),
  ]);
  expect(settled).toEqual(new Error('attempt 3'));
  expect(times).toHaveLength(3);
});

it('retry() throws the reason of a signal that is aborted before an attempt or during a delay', async () => {
  const { attempt, times } = succeedAt(10);
  const controller = new AbortController();
  const result = retry(attempt, () => 60_000, Infinity, controller.signal).catch((error: unknown) => error);
  await import.meta.jest.advanceTimersByTimeAsync(1);
  controller.abort(new Error('stopped'));
  expect(await result).toEqual(new Error('stopped'));
  await expect(retry(attempt, () => 1, Infinity, controller.signal)).rejects.toThrow('stopped');
  expect(times).toHaveLength(1);
  expect(import.meta.jest.getTimerCount()).toBe(0);
});
