/** A countdown that pauses, in components. */
import { useEffect, useRef } from 'preact/hooks';

/**
 * Calls a function once a time has passed in which the countdown was not paused.
 * @param durationMs at the start, milliseconds
 * @param restartKey the countdown begins anew with another one
 */
export function useCountdown(durationMs: number, isPaused: boolean, restartKey: unknown, onEnd: () => void): void {
  const remainingMs = useRef(durationMs);
  const end = useRef(onEnd);
  end.current = onEnd;
  useEffect(() => {
    remainingMs.current = durationMs;
  }, [restartKey, durationMs]);
  useEffect(() => {
    if (isPaused) return undefined;
    const startedAt = performance.now();
    const timer = setTimeout(() => end.current(), remainingMs.current);
    return () => {
      clearTimeout(timer);
      remainingMs.current -= performance.now() - startedAt;
    };
  }, [isPaused, restartKey]);
}
