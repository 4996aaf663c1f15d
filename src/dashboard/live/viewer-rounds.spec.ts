/** Rounds over many viewers: each is visited once a round, and no moment visits all of them. */
import { ViewerRounds } from './viewer-rounds.js';

beforeEach(() => import.meta.jest.useFakeTimers());
afterEach(() => import.meta.jest.useRealTimers());

function startRounds(count: number) {
  const viewers = new Map(Array.from({ length: count }, (_, index) => [index, undefined]));
  const visited: number[] = [];
  const begin = import.meta.jest.fn();
  const rounds = new ViewerRounds(viewers, 900, begin, (viewer) => visited.push(viewer));
  rounds.start();
  return { viewers, visited, begin, rounds };
}

it('a round visits 512 viewers at a time, and takes as long as without viewers', () => {
  const { visited, begin } = startRounds(1_300);
  const counts: number[] = [];
  for (let ms = 0; ms < 2_700; ms += 300) {
    import.meta.jest.advanceTimersByTime(300);
    counts.push(visited.length);
  }
  expect(counts).toEqual([0, 0, 512, 1_024, 1_300, 1_812, 2_324, 2_600, 3_112]);
  expect(new Set(visited.slice(0, 1_300)).size).toBe(1_300);
  expect(begin).toHaveBeenCalledTimes(3);
});

it('a viewer that leaves during a round is skipped, and one that comes is visited', () => {
  const { viewers, visited } = startRounds(600);
  import.meta.jest.advanceTimersByTime(900);
  viewers.delete(599);
  viewers.set(600, undefined);
  import.meta.jest.advanceTimersByTime(450);
  expect(visited.slice(512)).toEqual([...Array.from({ length: 87 }, (_, index) => 512 + index), 600]);
});

it('without viewers, a round still begins in time, and none after the stop', () => {
  const { begin, rounds } = startRounds(0);
  import.meta.jest.advanceTimersByTime(1_800);
  expect(begin).toHaveBeenCalledTimes(2);
  rounds.stop();
  import.meta.jest.advanceTimersByTime(9_000);
  expect(begin).toHaveBeenCalledTimes(2);
});
