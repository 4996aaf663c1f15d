/** Lengths of time in milliseconds, and how they are written. */
export const [SECOND_MS, MINUTE_MS, HOUR_MS, DAY_MS] = [1_000, 60_000, 3_600_000, 86_400_000];

/** Durations with the signs of units that most languages share. */
export const SHARED_DURATIONS = {
  seconds: (count: number): string => `${count}\u00a0s`,
  minutes: (count: number): string => `${count}\u00a0min`,
  hours: (count: number): string => `${count}\u00a0h`,
};
