/** Moves an evaluator on along the ledger. */
import type { CounterStore } from '../../store/store.js';
import type { RuleEvaluator, Transition } from '../evaluation/rule-evaluator.js';

/** Ledger entries of one read. */
const PAGE_SIZE = 1_000;

/** Entries that the rules have not seen have left the ledger. */
export class LedgerGapError extends Error {}

/**
 * Reads the ledger from the evaluator's revision on.
 * @param last last revision to read; undefined for all
 * @param commit called with what each page has led to, and once more at the end
 * @throws LedgerGapError; TallyError as `CounterStore.searchLedger`; what `commit` throws
 */
export async function followLedger(
  store: CounterStore,
  dashboard: string,
  evaluator: RuleEvaluator,
  last: number | undefined,
  commit: (transitions: readonly Transition[]) => Promise<void>,
): Promise<void> {
  const { numbers } = evaluator;
  const end = last ?? Infinity;
  while (numbers.revision < end) {
    const range = { after: numbers.revision, ...(last !== undefined && { before: last + 1 }) };
    const { entries } = await store.searchLedger(dashboard, { ...range, limit: PAGE_SIZE });
    const transitions: Transition[] = [];
    for (const entry of entries) {
      if (entry.revision !== numbers.revision + 1) {
        const lost = `revisions ${numbers.revision + 1} to ${entry.revision - 1} have left the ledger of ${dashboard}`;
        throw new LedgerGapError(`${lost}: its rules start from the present numbers`);
      }
      const step = numbers.toStep(entry);
      if (!evaluator.offer(step)) transitions.push(...evaluator.apply(step));
    }
    await commit(transitions);
    if (entries.length < PAGE_SIZE) return;
  }
}
