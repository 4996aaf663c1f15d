/** Shows the viewer's changes before the service has confirmed them. */
import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { type Change, change, type ServerProblem, RefusedError, UnavailableError } from '../../src/client/client.js';
import type { BoardData } from './board-data.js';

/** Changes of a counter: those without a response, and the value of a response that may be newer than the snapshot. */
interface PendingChanges {
  readonly count: number;
  readonly net: number;
  /** Value that was shown at the last change, plus that change. */
  readonly expected: number;
  readonly confirmed?: { readonly revision: number; readonly value: number };
}

const NOTHING: PendingChanges = { count: 0, net: 0, expected: 0 };

/** Why a change was not counted, or may not have been. */
export interface ChangeFailure {
  readonly counter: string;
  readonly message: string;
  /** The refusal, if the service refused the change. */
  readonly problem?: ServerProblem | undefined;
}

export interface ChangeRequest {
  /** In the smallest unit: an amount to add, below 0 to remove, or the value to set. */
  readonly by?: number;
  readonly to?: number;
  readonly reason?: string;
}

export class OptimisticChanges {
  readonly #pending = new Map<string, Signal<PendingChanges>>();
  readonly #offsets = new Map<string, ReadonlySignal<number>>();

  /**
   * @param onCounted called with the revision of each counted change
   * @param onFailure called with the reason of each failed one
   */
  constructor(
    private readonly board: BoardData,
    private readonly onCounted: (counter: string, revision: number) => unknown,
    private readonly onFailure: (failure: ChangeFailure) => void,
  ) {}

  /** Difference of the value to show and that of the snapshot. */
  getOffset(counter: string): ReadonlySignal<number> {
    let offset = this.#offsets.get(counter);
    if (!offset) {
      const pending = this.#getPending(counter);
      const numbers = this.board.getNumbers(counter);
      offset = computed(() => {
        const { total } = numbers.value;
        const { revision } = this.board;
        return typeof total === 'number' ? getShownValue(total, revision.value, pending.value) - total : 0;
      });
      this.#offsets.set(counter, offset);
    }
    return offset;
  }

  isPending(counter: string): boolean {
    return this.#getPending(counter).value.count > 0;
  }

  /** Changes a counter. Retries use one idempotency key, so the change counts once. @returns true if it was counted */
  async change(counter: string, { by, to, reason }: ChangeRequest): Promise<boolean> {
    const pending = this.#getPending(counter);
    const shown = (this.board.getNumbers(counter).peek().total ?? 0) + this.getOffset(counter).peek();
    const net = by ?? (to ?? shown) - shown;
    const { min = 0 } = this.board.definition.peek()?.counters[counter] ?? {};
    const { count, net: before, confirmed } = pending.peek();
    pending.value = {
      count: count + 1,
      net: before + net,
      expected: Math.max(min ?? -Infinity, shown + net),
      ...(confirmed && { confirmed }),
    };
    const { base, name, tokenOptions } = this.board;
    const changes: Change[] = [to === undefined ? { counter, by: net } : { counter, to }];
    try {
      const outcome = await change(base, {
        dashboard: name,
        changes,
        ...(reason !== undefined && reason !== '' && { reason }),
        ...tokenOptions,
      });
      const value = outcome.counters[counter] ?? 0;
      this.#settle(pending, net, { revision: outcome.revision, value });
      this.onCounted(counter, outcome.revision);
      return true;
    } catch (error) {
      this.#settle(pending, net);
      if (!(error instanceof RefusedError) && !(error instanceof UnavailableError)) throw error;
      this.onFailure({ counter, message: error.message, problem: error.problem });
      return false;
    }
  }

  #settle(pending: Signal<PendingChanges>, net: number, confirmed = pending.peek().confirmed): void {
    const { count, net: all, expected } = pending.peek();
    pending.value = { count: count - 1, net: all - net, expected, ...(confirmed && { confirmed }) };
  }

  #getPending(counter: string): Signal<PendingChanges> {
    let pending = this.#pending.get(counter);
    if (!pending) this.#pending.set(counter, (pending = signal(NOTHING)));
    return pending;
  }
}

/** Returns the known value with the pending changes. */
function getShownValue(total: number, revision: number, { count, net, expected, confirmed }: PendingChanges): number {
  const known = confirmed && confirmed.revision > revision ? confirmed.value : total;
  if (count === 0) return known;
  // A snapshot may contain a change before its response arrives: count it once, and never let the number jump back.
  return net < 0 ? Math.min(known, expected) : Math.max(known, expected);
}
