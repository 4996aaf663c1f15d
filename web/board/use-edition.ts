/** The rhythm at which an order that depends on numbers is made again. */
import type { RefObject } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/** Rows change places at most this often, milliseconds: whoever reads a list must find the row again. */
const SORT_INTERVAL_MS = 2_000;

/**
 * Returns a number that grows at an interval. It stands while a row has the focus, so that none moves away under the
 * keyboard.
 */
export function useEdition(list: RefObject<HTMLElement | null>): number {
  const [edition, setEdition] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden && !list.current?.matches(':focus-within')) setEdition((present) => present + 1);
    }, SORT_INTERVAL_MS);
    return () => clearInterval(timer);
  }, [list]);
  return edition;
}
