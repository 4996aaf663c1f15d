/** What stands on a board without counters, and below one on which nothing has been counted yet. */
import type { JSX } from 'preact';
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { type DashboardEntry, listDashboards } from '../../src/client/client.js';
import { useBoard } from '../app/board-context.js';
import { Lazy } from '../app/lazy.js';
import { words } from '../words/locale.js';

/** Board that the first run offers to fill. */
const DEMO_DASHBOARD = 'demo';

const loadFirstCounter = async () => (await import('../editor/first-counter.js')).FirstCounter;

/** Shown to admins on an empty board, and on the only board of a service on which nothing has been counted. */
export function EmptyBoard({ isEmpty }: { readonly isEmpty: boolean }): JSX.Element | null {
  const { data, right } = useBoard();
  const entries = useSignal<readonly DashboardEntry[]>([]);
  const isAdmin = right.value === 'admin';
  useEffect(() => {
    if (!isAdmin) return;
    // Nothing is offered if the list cannot be read.
    listDashboards(data.base, data.tokenOptions).then(
      (all) => (entries.value = all),
      () => undefined,
    );
  }, [data, isAdmin, entries]);
  const definition = data.definition.value;
  if (!isAdmin) return isEmpty ? <p class="hint">{words.value.board.nothingHere}</p> : null;
  const all = entries.value;
  const isUnused = all.length > 0 && all.every(({ name, revision }) => revision === 0 && name !== DEMO_DASHBOARD);
  if (!definition || !(isEmpty || (isUnused && all.length === 1))) return null;
  return <Lazy load={loadFirstCounter} props={{ definition, offersDemo: isUnused }} />;
}
