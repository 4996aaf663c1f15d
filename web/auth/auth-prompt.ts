/** Lets the viewer in and out: asks for a token where one is needed, and forgets it when it is refused or the viewer leaves. */
import { createElement } from '../page/element.js';
import type { SessionToken } from './session-token.js';
import { SignInForm, type SignInAlternative } from './sign-in-form.js';

export class AuthPrompt {
  /** Where a token is asked for. */
  readonly root = createElement('div', { class: 'auth-prompt' });
  readonly signOutButton = createElement('button', { type: 'button', class: 'sign-out' }, 'Sign out');
  #form: SignInForm | undefined;

  /** @param onTokenChange is told that all is to be asked for again: with another token, or without one */
  constructor(
    private readonly base: URL,
    private readonly dashboard: string,
    private readonly session: SessionToken,
    private readonly onTokenChange: () => void,
  ) {
    this.signOutButton.hidden = session.token === undefined;
    this.signOutButton.addEventListener('click', () => this.#signOut());
  }

  /** Watching was refused for want of a token that the service takes. @param takesFocus whether there is nothing else on the page */
  promptToWatch(takesFocus: boolean): void {
    const refusal = this.#forgetRefusedToken();
    const reason = refusal ?? `A token is needed to watch ${this.dashboard}.`;
    // Who had a token may be let in without one.
    this.#prompt(
      reason,
      'Watch',
      takesFocus,
      refusal === undefined ? undefined : { text: 'Go on without', onClick: this.onTokenChange },
    );
  }

  /** A change was refused likewise. */
  promptToChange(): void {
    this.#prompt(
      this.#forgetRefusedToken() ?? 'A token is needed to change counters.',
      'Unlock',
      true,
      this.#createCancelAction(),
    );
  }

  /** The viewer wants to be let in by another token than the present one. */
  promptForOtherToken(): void {
    this.#prompt('Another token may open more.', 'Use it', true, this.#createCancelAction());
  }

  close(): void {
    this.#form?.close();
  }

  /** Forgets a token that was refused. @returns what to say of it; undefined when there was none */
  #forgetRefusedToken(): string | undefined {
    if (this.session.token === undefined) return undefined;
    this.session.clear();
    this.signOutButton.hidden = true;
    return 'The token is no longer valid.';
  }

  #prompt(reason: string, submitLabel: string, takesFocus: boolean, alternative?: SignInAlternative): void {
    if (this.#form) {
      // It is asked for already.
      if (takesFocus) this.#form.focus();
      return;
    }
    const { base, dashboard } = this;
    this.#form = new SignInForm({
      base,
      dashboard,
      reason,
      submitLabel,
      alternative,
      onToken: (token) => {
        this.session.save(token);
        this.onTokenChange();
      },
    });
    this.root.replaceChildren(this.#form.root);
    if (takesFocus) this.#form.focus();
  }

  /** Closes what asks, and gives the focus back. */
  #createCancelAction(): SignInAlternative {
    const previousFocus = document.activeElement;
    const onClick = (): void => {
      this.#form?.close();
      this.#form = undefined;
      if (previousFocus instanceof HTMLElement) previousFocus.focus();
    };
    return { text: 'Cancel', onClick };
  }

  #signOut(): void {
    this.session.clear();
    this.onTokenChange();
  }
}
