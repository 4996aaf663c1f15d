/** A countdown that pauses, in components. */
import { useLayoutEffect, useRef } from 'preact/hooks';

/**
 * Calls a function once a time has passed in which the countdown was not paused.
 * @param durationMs at the start, milliseconds
 * @param restartKey the countdown begins anew with another one
 */
export function useCountdown(durationMs: number, isPaused: boolean, restartKey: unknown, onEnd: () => void): void {
  const remainingMs = useRef(durationMs);
  const end = useRef(onEnd);
  end.current = onEnd;
  // Layout effects run with the render: a pause holds before the next timer fires.
  useLayoutEffect(() => {
    remainingMs.current = durationMs;
  }, [restartKey, durationMs]);
  useLayoutEffect(() => {
    if (isPaused) return undefined;
    const startedAt = performance.now();
    const timer = setTimeout(() => end.current(), remainingMs.current);
    return () => {
      clearTimeout(timer);
      remainingMs.current -= performance.now() - startedAt;
    };
  }, [isPaused, restartKey]);
}
