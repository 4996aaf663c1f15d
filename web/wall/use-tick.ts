/** Renders a component again and again, for times that pass. */
import { useEffect, useState } from 'preact/hooks';

/**
 * @param intervalMs renders at its multiples, so that a clock changes with the minute
 * @param now time to follow, milliseconds
 */
export function useTick(intervalMs: number, now: () => number): void {
  const [, setTick] = useState(0);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    const wait = (): void => {
      timer = setTimeout(
        () => {
          setTick((tick) => tick + 1);
          wait();
        },
        intervalMs - (now() % intervalMs),
      );
    };
    wait();
    return () => clearTimeout(timer);
  }, [intervalMs, now]);
}
