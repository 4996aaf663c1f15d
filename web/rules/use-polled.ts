/** Reads something of the service again and again while it is shown. */
import { type ReadonlySignal, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { describeError } from '../words/problem-words.js';

interface Polled<T> {
  /** Undefined until it has been read. */
  readonly value: ReadonlySignal<T | undefined>;
  /** Reason why the last attempt failed; empty if it did not. */
  readonly fault: ReadonlySignal<string>;
}

/** Time from an answer to the next request, milliseconds. */
const INTERVAL_MS = 2_000;

/** @param read the first one is used while the component is there */
export function usePolled<T>(read: (signal: AbortSignal) => Promise<T>): Polled<T> {
  const value = useSignal<T | undefined>(undefined);
  const fault = useSignal('');
  const first = useRef(read);
  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const load = async (): Promise<void> => {
      try {
        value.value = await first.current(stop.signal);
        fault.value = '';
      } catch (error) {
        if (!stop.signal.aborted) fault.value = describeError(error);
      }
      if (!stop.signal.aborted) timer = setTimeout(() => void load(), INTERVAL_MS);
    };
    void load();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [value, fault]);
  return { value, fault };
}
