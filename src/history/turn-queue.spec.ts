/** Histories take turns of the event loop, so that changes are handled between their slices. */
import { setImmediate } from 'node:timers/promises';
import { selectRowsToKeep } from './downsampling.js';
import { waitForTurn } from './turn-queue.js';

/** Counts the turns of the event loop. */
async function countTurns(counter: { turns: number; running: boolean }): Promise<void> {
  for (; counter.running; counter.turns += 1) await setImmediate();
}

it('of several histories, one at a time gets a turn of the event loop', async () => {
  const counter = { turns: 0, running: true };
  const counting = countTurns(counter);
  const turns: number[] = [];
  const read = async (): Promise<void> => {
    for (let slice = 0; slice < 3; slice += 1) {
      await waitForTurn();
      turns.push(counter.turns);
    }
  };
  await Promise.all(Array.from({ length: 12 }, read));
  counter.running = false;
  await counting;
  expect(new Set(turns).size).toBe(36);
});

it('downsampling the widest history pauses after each small part of it', () => {
  const [counterCount, rowCount] = [28, 17_500];
  const series = Array.from({ length: counterCount }, (_, counter) =>
    Float64Array.from({ length: rowCount }, (__, row) => (row * 7_919 + counter) % 1_009),
  );
  const selection = selectRowsToKeep(series, rowCount, 3_571);
  let pauses = 0;
  while (!selection.next().done) pauses += 1;
  expect(pauses).toBeGreaterThanOrEqual((counterCount * rowCount) / 50_000);
});
