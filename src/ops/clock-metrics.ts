/** Metrics of the clock. */
import type { Clock } from '../clock/clock.js';
import type { CounterStore } from '../store/store.js';
import { type MetricDefinition, toSample } from './metric-definition.js';

export function createClockMetrics(clock: Clock, store: CounterStore): readonly MetricDefinition[] {
  return [
    {
      name: 'tallyboard_clock_offset_seconds',
      type: 'gauge',
      help: 'Difference of the clock, of Redis or else of the machine, to the time that changes are dated with. 0 unless it has made a step that is not believed (yet).',
      read: () => toSample((store.clockOffsetMs ?? clock.offsetMs) / 1_000),
    },
    {
      name: 'tallyboard_clock_followed_steps_total',
      type: 'counter',
      help: 'Steps of the clock of the machine that stood and were followed.',
      read: () => toSample(clock.followedSteps),
    },
  ];
}
