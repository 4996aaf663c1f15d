/** The change that has just come, beside the number: further ones add up in it, until it goes. */
import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { BEAT_MS, getTimeToBeat } from '../data/beat.js';

/** Time for which a change stands, milliseconds: `--linger` of tokens.css. */
const LINGER_MS = 1_600;

interface BumpProps {
  /** Value of the counter. */
  readonly value: number | null | undefined;
  readonly format: (difference: number) => string;
}

export function Bump({ value, format }: BumpProps): JSX.Element | null {
  const last = useRef(value);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const [sum, setSum] = useState(0);
  // In the frame of the number itself.
  useLayoutEffect(() => {
    const before = last.current;
    last.current = value;
    if (typeof value !== 'number' || typeof before !== 'number' || value === before) return;
    setSum((present) => present + value - before);
    timer.current ??= setTimeout(
      () => {
        timer.current = undefined;
        setSum(0);
      },
      LINGER_MS + getTimeToBeat(BEAT_MS),
    );
  }, [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return sum === 0 ? null : (
    <span class="bump" aria-hidden="true">
      <bdi>{format(sum)}</bdi>
    </span>
  );
}
