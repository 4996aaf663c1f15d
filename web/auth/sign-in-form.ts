/** Asks for a token, and takes it only when the service does. */
import { isOfToken } from '../../src/client/errors.js';
import { describe, listDashboards, RefusedError } from '../../src/client/client.js';
import { element, setAttributes, setText } from '../page/element.js';

/** A button that does without a token. */
export interface Without {
  readonly text: string;
  readonly act: () => void;
}

/** What a token is asked for, and what happens then. */
export interface Asking {
  /** Base URL of the service. */
  readonly base: URL;
  readonly dashboard: string;
  /** Why it is asked for. */
  readonly why: string;
  /** On the button that sends it. */
  readonly does: string;
  /** None: it cannot be done without. */
  readonly without?: Without | undefined;
  /** Gets a token that the service knows. */
  readonly onToken: (token: string) => void;
}

const HEADING = 'sign-in-heading';
const ERROR = 'sign-in-error';

export class SignIn {
  readonly root: HTMLElement;
  /** Without a name it is in no address and no body, whatever becomes of the form. A password, for those who have a manager of such. */
  readonly #input = element('input', {
    type: 'password',
    id: 'sign-in-token',
    autocomplete: 'current-password',
    autocapitalize: 'none',
    spellcheck: 'false',
    'aria-describedby': ERROR,
  });
  readonly #send: HTMLButtonElement;
  readonly #error = element('p', { id: ERROR, class: 'error', role: 'alert' });
  readonly #closing = new AbortController();

  constructor(private readonly asking: Asking) {
    const { why, does, without } = asking;
    this.#send = element('button', { type: 'submit' }, does);
    const buttons = element('div', { class: 'buttons' }, this.#send);
    if (without) {
      const leave = element('button', { type: 'button' }, without.text);
      leave.addEventListener('click', without.act);
      buttons.append(leave);
    }
    const form = element(
      'form',
      {},
      element('h2', { id: HEADING }, why),
      element('label', { for: this.#input.id }, 'Token'),
      this.#input,
      buttons,
      this.#error,
      element('p', { class: 'note' }, 'Sent to this service alone, and forgotten when the tab is closed.'),
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#submit();
    });
    this.root = element('section', { class: 'sign-in', 'aria-labelledby': HEADING }, form);
    this.root.addEventListener('keydown', ({ key }) => {
      if (key === 'Escape') without?.act();
    });
  }

  focus(): void {
    this.#input.focus();
  }

  close(): void {
    this.#closing.abort();
    this.root.remove();
  }

  async #submit(): Promise<void> {
    if (this.#send.disabled) return;
    const token = this.#input.value.trim();
    this.#send.disabled = true;
    this.#say('');
    const fault = await this.#faultOf(token);
    if (this.#closing.signal.aborted) return;
    this.#send.disabled = false;
    if (fault === undefined) {
      this.#input.value = '';
      this.asking.onToken(token);
      return;
    }
    this.#say(fault);
    this.#input.select();
    this.#input.focus();
  }

  #say(fault: string): void {
    setText(this.#error, fault);
    setAttributes(this.#input, { 'aria-invalid': fault !== '' && 'true' });
  }

  /** What is wrong with a token; undefined when it opens this dashboard, or another one. */
  async #faultOf(token: string): Promise<string | undefined> {
    if (token === '') return 'Enter a token.';
    const { base, dashboard } = this.asking;
    const { signal } = this.#closing;
    try {
      await describe(base, { dashboard, token, signal });
    } catch (error) {
      const problem = error instanceof RefusedError ? error.problem : undefined;
      if (isOfToken(problem)) return 'The service does not know this token.';
      if (problem?.status === 404) return undefined;
      if (problem?.code !== 'forbidden') return textOf(error);
      const others = await listDashboards(base, { token, signal }).catch(() => []);
      return others.length > 0 ? undefined : `${problem.detail}.`;
    }
    return undefined;
  }
}

function textOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
