/** A form that asks for a token and accepts only tokens that the service knows. */
import type { JSX } from 'preact';
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { describeDashboard, listDashboards, RefusedError } from '../../src/client/client.js';
import { isAuthError } from '../../src/client/errors.js';
import { words } from '../words/locale.js';
import { describeError } from '../words/problem-words.js';

interface SignInProps {
  readonly base: URL;
  readonly dashboard: string;
  /** Heading: why a token is needed. */
  readonly reason: string;
  /** Another way out of the form. Absent if a token is needed. */
  readonly alternative?: { readonly text: string; readonly onClick: () => void } | undefined;
  readonly takesFocus: boolean;
  /** Called with a token that the service accepts. */
  readonly onToken: (token: string) => void;
}

export function SignIn({ base, dashboard, reason, alternative, takesFocus, onToken }: SignInProps): JSX.Element {
  const fault = useSignal('');
  const isBusy = useSignal(false);
  const input = useRef<HTMLInputElement>(null);
  const controller = useRef(new AbortController());
  const { signIn } = words.value;
  useEffect(() => {
    const before = document.activeElement;
    if (takesFocus) input.current?.focus();
    const { current } = controller;
    return () => {
      current.abort();
      if (takesFocus && before instanceof HTMLElement) before.focus();
    };
  }, [takesFocus]);
  const submit = async (): Promise<void> => {
    const { current } = input;
    if (!current || isBusy.value) return;
    const token = current.value.trim();
    isBusy.value = true;
    fault.value = '';
    const { signal } = controller.current;
    const found = token === '' ? signIn.empty : await findTokenFault(base, dashboard, token, signal);
    if (signal.aborted) return;
    isBusy.value = false;
    if (found === undefined) {
      current.value = '';
      onToken(token);
      return;
    }
    fault.value = found;
    current.select();
    current.focus();
  };
  return (
    <section
      class="sign-in"
      aria-labelledby="sign-in-reason"
      onKeyDown={({ key }) => key === 'Escape' && alternative?.onClick()}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <h2 id="sign-in-reason">{reason}</h2>
        <div class="field">
          <label for="sign-in-token">{signIn.token}</label>
          {/* No name, so that a submission cannot put the token into a URL. A password field, for password managers. */}
          <input
            ref={input}
            id="sign-in-token"
            class="input"
            type="password"
            autocomplete="current-password"
            autocapitalize="none"
            spellcheck={false}
            aria-describedby="sign-in-fault"
            aria-invalid={fault.value !== '' || undefined}
          />
        </div>
        <p id="sign-in-fault" class="fault" role="alert">
          {fault.value}
        </p>
        <div class="buttons">
          <button type="submit" class="button" data-look="primary" disabled={isBusy.value}>
            {signIn.submit}
          </button>
          {alternative && (
            <button type="button" class="button" onClick={alternative.onClick}>
              {alternative.text}
            </button>
          )}
        </div>
        <p class="hint">{signIn.privacy}</p>
      </form>
    </section>
  );
}

/** Returns the fault of a token; undefined if it may read this dashboard or any other. */
async function findTokenFault(
  base: URL,
  dashboard: string,
  token: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    await describeDashboard(base, { dashboard, token, signal });
  } catch (error) {
    const problem = error instanceof RefusedError ? error.problem : undefined;
    if (isAuthError(problem)) return words.value.signIn.unknown;
    if (problem?.status === 404) return undefined;
    if (problem?.code !== 'forbidden') return describeError(error);
    const others = await listDashboards(base, { token, signal }).catch(() => []);
    return others.length > 0 ? undefined : `${words.value.ended.forbidden}.`;
  }
  return undefined;
}
