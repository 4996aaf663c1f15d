/** The deadline of reads runs from the last response, so that waiting behind others is no hang. */
import { Logger } from '@nestjs/common';
import { ReadDeadline } from './read-deadline.js';

const { jest } = import.meta;

afterEach(() => jest.useRealTimers());

it('reads that wait for longer than the deadline are answered as long as the thread works off those before them', async () => {
  jest.useFakeTimers();
  const deadline = new ReadDeadline(new Logger(), 100);
  const respond: (() => void)[] = [];
  const reads = Array.from({ length: 10 }, () => deadline.await(new Promise<void>((resolve) => respond.push(resolve))));
  for (const answer of respond) {
    await jest.advanceTimersByTimeAsync(90);
    answer();
  }
  await Promise.all(reads);
  expect(() => deadline.assertResponding()).not.toThrow();
});
