/** Follows a value that may change with every frame, at a pace that eyes can follow. */
import { useEffect, useReducer, useRef } from 'preact/hooks';

/**
 * Returns the value at once if the last one has stood for the interval; else the last one, until it has.
 * @param intervalMs least time between two values, milliseconds
 */
export function useSlowly<T>(value: T, intervalMs: number): T {
  const shown = useRef({ value, at: -Infinity });
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const now = performance.now();
  if (value !== shown.current.value && now - shown.current.at >= intervalMs) shown.current = { value, at: now };
  const isBehind = value !== shown.current.value;
  useEffect(() => {
    if (!isBehind) return undefined;
    const timer = setTimeout(redraw, shown.current.at + intervalMs - performance.now(), undefined);
    return () => clearTimeout(timer);
  }, [isBehind, intervalMs]);
  return shown.current.value;
}
