/** Asks for a token when the service requires one; forgets it when it is refused or the viewer signs out. */
import { createElement } from '../page/element.js';
import type { SessionToken } from './session-token.js';
import { SignInForm, type SignInAlternative } from './sign-in-form.js';

export class AuthPrompt {
  /** Container of the sign-in form; empty while there is none. */
  readonly root = createElement('div', { class: 'auth-prompt' });
  readonly signOutButton = createElement('button', { type: 'button', class: 'sign-out' }, 'Sign out');
  #form: SignInForm | undefined;

  /** @param onTokenChange called when the page has to start over with another token, or without one */
  constructor(
    private readonly base: URL,
    private readonly dashboard: string,
    private readonly session: SessionToken,
    private readonly onTokenChange: () => void,
  ) {
    this.signOutButton.hidden = session.token === undefined;
    this.signOutButton.addEventListener('click', () => this.#signOut());
  }

  /** Asks for a token after watching was refused. @param takesFocus true if the page shows nothing else */
  promptToWatch(takesFocus: boolean): void {
    const refusal = this.#forgetRefusedToken();
    const reason = refusal ?? `A token is required to watch ${this.dashboard}.`;
    // A viewer whose token was refused may be allowed to watch without one.
    this.#prompt(
      reason,
      'Watch',
      takesFocus,
      refusal === undefined ? undefined : { text: 'Continue without a token', onClick: this.onTokenChange },
    );
  }

  promptToChange(): void {
    this.#prompt(
      this.#forgetRefusedToken() ?? 'A token is required to change counters.',
      'Sign in',
      true,
      this.#createCancelAction(),
    );
  }

  promptForOtherToken(): void {
    this.#prompt('Enter another token.', 'Use token', true, this.#createCancelAction());
  }

  close(): void {
    this.#form?.close();
  }

  /** Forgets the token. @returns the message for the viewer; undefined if there was no token */
  #forgetRefusedToken(): string | undefined {
    if (this.session.token === undefined) return undefined;
    this.session.clear();
    this.signOutButton.hidden = true;
    return 'The token is no longer valid.';
  }

  #prompt(reason: string, submitLabel: string, takesFocus: boolean, alternative?: SignInAlternative): void {
    if (this.#form) {
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

  /** Creates the button that closes the form and restores the focus. */
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
