/** Shows the viewer's changes before the service has confirmed them. */
import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { type Change, change, type ServerProblem, RefusedError, UnavailableError } from '../../src/client/client.js';
import {
  beginChange,
  type ConfirmedValue,
  getShownValue,
  NO_PENDING_CHANGES,
  type PendingChanges,
  settleChange,
} from '../../src/client/pending-changes.js';
import type { BoardData } from './board-data.js';

/** Why a change was not counted, or may not have been. */
export interface ChangeFailure {
  readonly counter: string;
  readonly request: ChangeRequest;
  readonly message: string;
  /** The refusal, if the service refused the change. */
  readonly problem?: ServerProblem | undefined;
  /** True if the change was not sent, because the board was not live. */
  readonly isUnsent?: true;
}

export interface ChangeRequest {
  /** In the smallest unit: an amount to add, below 0 to remove, or the value to set. */
  readonly by?: number;
  readonly to?: number;
  readonly reason?: string;
  /** Idempotency key; a random one if there is none. */
  readonly key?: string;
}

export class OptimisticChanges {
  readonly #pending = new Map<string, Signal<PendingChanges>>();
  readonly #offsets = new Map<string, ReadonlySignal<number>>();
  /** Epochs of the confirmed values, by counter: in another one they mean nothing. */
  readonly #epochs = new Map<string, string>();

  /**
   * @param onCounted called with each counted change and its revision
   * @param onFailure called with the reason of each failed one
   */
  constructor(
    private readonly board: BoardData,
    private readonly onCounted: (counter: string, revision: number, request: ChangeRequest) => unknown,
    private readonly onFailure: (failure: ChangeFailure) => void,
  ) {}

  /** Difference of the value to show and that of the snapshot. */
  getOffset(counter: string): ReadonlySignal<number> {
    let offset = this.#offsets.get(counter);
    if (!offset) {
      const pending = this.#getPending(counter);
      const numbers = this.board.getNumbers(counter);
      offset = computed(() => {
        // Most counters are never changed here: they need not look at each revision.
        if (pending.value === NO_PENDING_CHANGES) return 0;
        const { total } = numbers.value;
        const { revision, epoch } = this.board;
        const { confirmed, ...unconfirmed } = pending.value;
        const isComparable = this.#epochs.get(counter) === epoch.value;
        const known = { ...unconfirmed, ...(confirmed && isComparable && { confirmed }) };
        return typeof total === 'number' ? getShownValue(total, revision.value, known) - total : 0;
      });
      this.#offsets.set(counter, offset);
    }
    return offset;
  }

  isPending(counter: string): boolean {
    return this.#getPending(counter).value.count > 0;
  }

  /** Changes a counter, and reports a failure. @returns true if the change was counted */
  async change(counter: string, request: ChangeRequest): Promise<boolean> {
    const failure = await this.tryChange(counter, request);
    if (failure) this.onFailure(failure);
    return failure === undefined;
  }

  /** Reports a failure that {@link tryChange} has returned. */
  reportFailure(failure: ChangeFailure): void {
    this.onFailure(failure);
  }

  /**
   * Changes a counter. Retries use one idempotency key, so the change counts once.
   * @returns the reason if it was not counted, or may not have been
   */
  async tryChange(counter: string, request: ChangeRequest): Promise<ChangeFailure | undefined> {
    const { by, to, reason, key } = request;
    if (!this.board.isLive.peek()) return { counter, request, message: '', isUnsent: true };
    const pending = this.#getPending(counter);
    const shown = (this.board.getNumbers(counter).peek().total ?? 0) + this.getOffset(counter).peek();
    const net = by ?? (to ?? shown) - shown;
    const { min = 0 } = this.board.definition.peek()?.counters[counter] ?? {};
    const begun = beginChange(pending.peek(), shown, net, min ?? -Infinity);
    pending.value = begun.pending;
    const { base, name, tokenOptions } = this.board;
    const changes: Change[] = [to === undefined ? { counter, by: net } : { counter, to }];
    try {
      const outcome = await change(base, {
        dashboard: name,
        changes,
        ...(reason !== undefined && reason !== '' && { reason }),
        ...(key !== undefined && { key }),
        ...tokenOptions,
      });
      const value = outcome.counters[counter] ?? 0;
      this.#epochs.set(counter, this.board.epoch.peek());
      this.#settle(pending, begun.moved, { revision: outcome.revision, value });
      this.onCounted(counter, outcome.revision, request);
      return undefined;
    } catch (error) {
      this.#settle(pending, begun.moved);
      if (!(error instanceof RefusedError) && !(error instanceof UnavailableError)) throw error;
      return { counter, request, message: error.message, problem: error.problem };
    }
  }

  #settle(pending: Signal<PendingChanges>, moved: number, confirmed?: ConfirmedValue): void {
    pending.value = settleChange(pending.peek(), moved, confirmed);
  }

  #getPending(counter: string): Signal<PendingChanges> {
    let pending = this.#pending.get(counter);
    if (!pending) this.#pending.set(counter, (pending = signal(NO_PENDING_CHANGES)));
    return pending;
  }
}
