/** Tells when a list can be put in order, so that it does not jump while the page comes. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { getPresentation } from '../../src/measures/shown-number.js';
import { useBoard } from '../app/board-context.js';
import type { SortOrder } from '../app/page-url.js';
import { getDrawnPeriod } from '../tile/shown-tile.js';
import type { BoardFacts } from './facts.js';

/** A list waits no longer than this for what only its order needs, milliseconds. */
const PATIENCE_MS = 1_000;

/** Returns true from the moment on at which all is known that the order depends on, or after a second. */
export function useReadiness(facts: BoardFacts, names: readonly string[], order: SortOrder): boolean {
  const { data } = useBoard();
  const wasReady = useRef(false);
  const [isOverdue, setOverdue] = useState(false);
  const hasNumbers = data.hasNumbers.value;
  useEffect(() => {
    if (!hasNumbers) return undefined;
    const timer = setTimeout(() => setOverdue(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [hasNumbers]);
  const definition = data.definition.value;
  if (wasReady.current || !definition || order === 'board' || order === 'name') return definition !== undefined;
  const isKnown = (name: string): boolean => {
    const { number, kind } = facts.get(name).value;
    const { target } = getPresentation(definition, name);
    const period = order === 'change' && kind !== 'total' ? getDrawnPeriod(kind) : order === 'attention' && target?.per;
    return number !== undefined && (!period || data.getPeriodData(period).value !== undefined);
  };
  wasReady.current = hasNumbers && (isOverdue || names.every(isKnown));
  return wasReady.current;
}
