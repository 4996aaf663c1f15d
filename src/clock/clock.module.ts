/** Provides the clock of the service, and reads it every second, so that it notices steps while nothing happens. */
import { Module, type OnApplicationShutdown } from '@nestjs/common';
import { Config } from '../config/config.js';
import { createClockLog } from './clock-log.js';
import { Clock } from './clock.js';

/** Interval at which the clock is read at least, milliseconds. */
const READ_INTERVAL_MS = 1_000;

@Module({
  providers: [
    {
      provide: Clock,
      inject: [Config],
      useFactory: (config: Config) => new Clock(config.CLOCK_SETTLE_S * 1_000, createClockLog('the wall clock')),
    },
  ],
  exports: [Clock],
})
export class ClockModule implements OnApplicationShutdown {
  readonly #timer: NodeJS.Timeout;

  constructor(clock: Clock) {
    this.#timer = setInterval(() => clock.now(), READ_INTERVAL_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.#timer);
  }
}
