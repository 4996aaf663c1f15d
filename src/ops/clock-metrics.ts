/** Metrics of the clock. */
import type { Clock } from '../clock/clock.js';
import { type MetricDefinition, toSample } from './metric-definition.js';

export function createClockMetrics(clock: Clock): readonly MetricDefinition[] {
  return [
    {
      name: 'tallyboard_clock_offset_seconds',
      type: 'gauge',
      help: 'Difference of the wall clock to the time that changes are dated with. 0 unless the wall clock has made a step that is not believed (yet).',
      read: () => toSample(clock.offsetMs / 1_000),
    },
    {
      name: 'tallyboard_clock_followed_steps_total',
      type: 'counter',
      help: 'Steps of the wall clock that stood and were followed.',
      read: () => toSample(clock.followedSteps),
    },
  ];
}
