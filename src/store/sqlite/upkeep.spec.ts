/** The upkeep of the embedded store: what a crash between its steps may leave. */
import { Logger } from '@nestjs/common';
import { eventually } from '../../../test/support/cleanup.js';
import { Upkeep } from './upkeep.js';

it('records the trusted time before dates change by it, at every second that they do', async () => {
  const steps: string[] = [];
  const trust = { timeMs: 1_000_000, stoodMs: 5_000 };
  const clock = {
    now: () => 1_000_000,
    nowForExpiry: () => 1_000_000,
    isSettled: true,
    trust,
    recall: () => undefined,
  };
  const upkeep = new Upkeep(clock, new Logger(), {
    expire: async (nowMs) => nowMs + 3_600_000,
    redate: async () => void steps.push('redate'),
    recordTrust: async (recorded) => void steps.push(`record ${recorded.timeMs}`),
  });
  upkeep.start();
  await eventually(() => steps.length >= 4);
  upkeep.stop();
  expect(steps.slice(0, 4)).toEqual(['record 1000000', 'redate', 'record 1000000', 'redate']);
});
