/** Lets the viewer in and out: asks for a token where one is needed, and forgets it when it is refused or the viewer leaves. */
import { element } from '../page/element.js';
import type { Session } from './session-token.js';
import { SignIn, type Without } from './sign-in-form.js';

export class Door {
  /** Where a token is asked for. */
  readonly place = element('div', { class: 'door' });
  readonly signOut = element('button', { type: 'button', class: 'sign-out' }, 'Sign out');
  #form: SignIn | undefined;

  /** @param onPassed is told that all is to be asked for again: with another token, or without one */
  constructor(
    private readonly base: URL,
    private readonly dashboard: string,
    private readonly session: Session,
    private readonly onPassed: () => void,
  ) {
    this.signOut.hidden = session.token === undefined;
    this.signOut.addEventListener('click', () => this.#leave());
  }

  /** Watching was refused for want of a token that the service takes. @param takesFocus whether there is nothing else on the page */
  askToWatch(takesFocus: boolean): void {
    const refused = this.#refused();
    const why = refused ?? `A token is needed to watch ${this.dashboard}.`;
    // Who had a token may be let in without one.
    this.#ask(
      why,
      'Watch',
      takesFocus,
      refused === undefined ? undefined : { text: 'Go on without', act: this.onPassed },
    );
  }

  /** A change was refused likewise. */
  askToChange(): void {
    this.#ask(this.#refused() ?? 'A token is needed to change counters.', 'Unlock', true, this.#cancel());
  }

  /** The viewer wants to be let in by another token than the present one. */
  askForAnother(): void {
    this.#ask('Another token may open more.', 'Use it', true, this.#cancel());
  }

  close(): void {
    this.#form?.close();
  }

  /** Forgets a token that was refused. @returns what to say of it; undefined when there was none */
  #refused(): string | undefined {
    if (this.session.token === undefined) return undefined;
    this.session.forget();
    this.signOut.hidden = true;
    return 'The token is no longer valid.';
  }

  #ask(why: string, does: string, takesFocus: boolean, without?: Without): void {
    if (this.#form) {
      // It is asked for already.
      if (takesFocus) this.#form.focus();
      return;
    }
    const { base, dashboard } = this;
    this.#form = new SignIn({
      base,
      dashboard,
      why,
      does,
      without,
      onToken: (token) => {
        this.session.keep(token);
        this.onPassed();
      },
    });
    this.place.replaceChildren(this.#form.root);
    if (takesFocus) this.#form.focus();
  }

  /** Closes what asks, and gives the focus back. */
  #cancel(): Without {
    const before = document.activeElement;
    const act = (): void => {
      this.#form?.close();
      this.#form = undefined;
      if (before instanceof HTMLElement) before.focus();
    };
    return { text: 'Cancel', act };
  }

  #leave(): void {
    this.session.forget();
    this.onPassed();
  }
}
