/** `useChange`: changes counters, and shows the change before the service has confirmed it. */
import { useCallback, useMemo, useState } from 'react';
import { type Change, type Outcome, RefusedError, UnavailableError } from '@tallyboard/client';
import type { ChangeRequest, SendOptions } from './service.js';
import { useDashboardHandle } from './use-view.js';

export interface UseChangeOptions {
  /** Default: the dashboard of the Provider. */
  readonly dashboard?: string | undefined;
}

/**
 * Why a change was not counted (`RefusedError`), or may not have been (`UnavailableError`). Repeat it with the same
 * `key` to be sure: it counts once.
 */
export type ChangeError = RefusedError | UnavailableError;

/** Result of a change: an outcome, or an error. */
export type ChangeResult =
  | { readonly outcome: Outcome; readonly error?: undefined }
  | { readonly outcome?: undefined; readonly error: ChangeError };

/**
 * Functions that change counters, the same ones in each render. Each change carries a key, and is sent again with it
 * until the service has answered, at most for `maxRetryMs`, also after the component is gone. The promises are rejected
 * only with the reason of an aborted `signal`, and for what cannot be sent at all.
 */
export interface CounterChanges {
  /** Adds an amount, an integer from 1 to 2^53 - 1. */
  readonly add: (counter: string, amount?: number, options?: SendOptions) => Promise<ChangeResult>;
  /** Subtracts an amount. Where fewer remain it is refused: the code is `nothing-to-remove`. */
  readonly remove: (counter: string, amount?: number, options?: SendOptions) => Promise<ChangeResult>;
  /** Applies 1 to 1,000 changes: all of them or none. */
  readonly change: (changes: readonly Change[], options?: SendOptions) => Promise<ChangeResult>;
  /** Takes back a revision, once. It is shown when it is confirmed. */
  readonly undo: (revision: number, options?: SendOptions) => Promise<ChangeResult>;
}

export interface ChangeState extends CounterChanges {
  /** True while a change of this hook has no response. */
  readonly isPending: boolean;
  /** Error of the last change of this hook; undefined if it was counted, or has no response yet. */
  readonly error: ChangeError | undefined;
}

/**
 * Changes counters. All hooks of the page that show them show a change at once, and replace it by the service's word:
 * the outcome, a newer state, or the number of before if it is refused. Opens no connection by itself.
 * @throws Error if there is no Provider above
 * @example const { add, error } = useChange();
 */
export function useChange({ dashboard }: UseChangeOptions = {}): ChangeState {
  const handle = useDashboardHandle(dashboard);
  const [{ count, error }, setProgress] = useState<{ count: number; error?: ChangeError | undefined }>({ count: 0 });
  const send = useCallback(
    async (request: ChangeRequest, options: SendOptions = {}): Promise<ChangeResult> => {
      let failure: ChangeError | undefined;
      setProgress((progress) => ({ count: progress.count + 1 }));
      try {
        return { outcome: await handle.send(request, options) };
      } catch (caught) {
        if (!(caught instanceof RefusedError) && !(caught instanceof UnavailableError)) throw caught;
        failure = caught;
        return { error: caught };
      } finally {
        setProgress((progress) => ({ count: progress.count - 1, error: failure }));
      }
    },
    [handle],
  );
  const changes = useMemo<CounterChanges>(
    () => ({
      add: (counter, amount = 1, options) => send({ changes: [{ counter, by: amount }] }, options),
      remove: (counter, amount = 1, options) => send({ changes: [{ counter, by: -amount }] }, options),
      change: (list, options) => send({ changes: list }, options),
      undo: (revision, options) => send({ revision }, options),
    }),
    [send],
  );
  return { ...changes, isPending: count > 0, error };
}
