/** Logs what a clock reports, in words for people. */
import { Logger } from '@nestjs/common';
import type { ClockEvent } from './clock.js';

/** Units of durations, the largest first, milliseconds. */
const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/**
 * Creates a reporter for {@link Clock}.
 * @param name what is read, such as `the wall clock`
 */
export function createClockLog(name: string): (event: ClockEvent) => void {
  const logger = new Logger('Clock');
  return (event) => {
    switch (event.kind) {
      case 'doubted':
        return logger.warn(
          `${name} went ${describeStep(event.stepMs)} in a moment: not believed unless it stays there. ` +
            'Changes are dated as if it had not; check the time synchronization of the machine',
        );
      case 'returned':
        return logger.log(`${name} is right again; it was off by ${formatDuration(event.stepMs)}`);
      case 'followed':
        return logger.warn(
          `${name} has stayed ${describeStep(event.stepMs)}: changes are dated by it from now on. ` +
            'Nothing expires by it before it has stood longer',
        );
      case 'behind':
        return logger.warn(
          `${name} is ${formatDuration(event.behindMs)} behind the time that was known before, or before this program ` +
            'existed: check the time synchronization of the machine',
        );
      case 'resumed':
        return logger.log(`the machine was suspended for ${formatDuration(event.awayMs)}`);
    }
  };
}

function describeStep(stepMs: number): string {
  return `${formatDuration(stepMs)} ${stepMs > 0 ? 'forward' : 'back'}`;
}

/** Formats the size of a duration in its largest unit, such as `3 d`. */
export function formatDuration(durationMs: number): string {
  const sizeMs = Math.abs(durationMs);
  const [unit, unitMs] = UNITS.find(([, ms]) => sizeMs >= ms) ?? (['s', 1_000] as const);
  return `${Math.round(sizeMs / unitMs)} ${unit}`;
}
