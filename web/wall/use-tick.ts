/** Renders a component again each second, for times that pass. */
import { useEffect, useState } from 'preact/hooks';
import { SECOND_MS } from '../words/times.js';

export function useTick(): void {
  const [, setTick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setTick((tick) => tick + 1), SECOND_MS);
    return () => clearInterval(timer);
  }, []);
}
