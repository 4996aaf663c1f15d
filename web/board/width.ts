/** The width of an element in rem, which follows the window and the reader's font size. */
import type { RefObject } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/** Returns the inner width, rem; 0 until it has been measured. */
export function useWidth(element: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const { current } = element;
    if (!current) return undefined;
    const observer = new ResizeObserver(() => setWidth(current.clientWidth / readRootSize()));
    observer.observe(current);
    return () => observer.disconnect();
  }, [element]);
  return width;
}

function readRootSize(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
}
