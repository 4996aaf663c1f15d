/** A form that asks for a token and accepts only tokens that the service knows. */
import { isAuthError } from '../../src/client/errors.js';
import { describeDashboard, listDashboards, RefusedError } from '../../src/client/client.js';
import { createElement, setAttributes, setText } from '../page/element.js';
import { formatError } from '../page/formatting.js';

export interface SignInAlternative {
  readonly text: string;
  readonly onClick: () => void;
}

interface SignInOptions {
  readonly base: URL;
  readonly dashboard: string;
  /** Heading: why a token is required. */
  readonly reason: string;
  readonly submitLabel: string;
  /** Absent if a token is required. */
  readonly alternative?: SignInAlternative | undefined;
  /** Called with a token that the service accepts. */
  readonly onToken: (token: string) => void;
}

const HEADING_ID = 'sign-in-heading';
const ERROR_ID = 'sign-in-error';

export class SignInForm {
  readonly root: HTMLElement;
  /**
   * Has no name, so that a form submission cannot put the token into a URL or body. A password field, for password
   * managers.
   */
  readonly #input = createElement('input', {
    type: 'password',
    id: 'sign-in-token',
    autocomplete: 'current-password',
    autocapitalize: 'none',
    spellcheck: 'false',
    'aria-describedby': ERROR_ID,
  });
  readonly #submitButton: HTMLButtonElement;
  readonly #error = createElement('p', { id: ERROR_ID, class: 'error', role: 'alert' });
  readonly #controller = new AbortController();

  constructor(private readonly options: SignInOptions) {
    const { reason, submitLabel, alternative } = options;
    this.#submitButton = createElement('button', { type: 'submit' }, submitLabel);
    const buttons = createElement('div', { class: 'buttons' }, this.#submitButton);
    if (alternative) {
      const leave = createElement('button', { type: 'button' }, alternative.text);
      leave.addEventListener('click', alternative.onClick);
      buttons.append(leave);
    }
    const form = createElement(
      'form',
      {},
      createElement('h2', { id: HEADING_ID }, reason),
      createElement('label', { for: this.#input.id }, 'Token'),
      this.#input,
      buttons,
      this.#error,
      createElement('p', { class: 'note' }, 'Sent only to this service, and forgotten when you close this tab.'),
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#submit();
    });
    this.root = createElement('section', { class: 'sign-in', 'aria-labelledby': HEADING_ID }, form);
    this.root.addEventListener('keydown', ({ key }) => {
      if (key === 'Escape') alternative?.onClick();
    });
  }

  focus(): void {
    this.#input.focus();
  }

  close(): void {
    this.#controller.abort();
    this.root.remove();
  }

  async #submit(): Promise<void> {
    if (this.#submitButton.disabled) return;
    const token = this.#input.value.trim();
    this.#submitButton.disabled = true;
    this.#showError('');
    const fault = await this.#findTokenFault(token);
    if (this.#controller.signal.aborted) return;
    this.#submitButton.disabled = false;
    if (fault === undefined) {
      this.#input.value = '';
      this.options.onToken(token);
      return;
    }
    this.#showError(fault);
    this.#input.select();
    this.#input.focus();
  }

  #showError(fault: string): void {
    setText(this.#error, fault);
    setAttributes(this.#input, { 'aria-invalid': fault !== '' && 'true' });
  }

  /** Returns the fault of a token; undefined if it may read this dashboard or any other. */
  async #findTokenFault(token: string): Promise<string | undefined> {
    if (token === '') return 'Enter a token.';
    const { base, dashboard } = this.options;
    const { signal } = this.#controller;
    try {
      await describeDashboard(base, { dashboard, token, signal });
    } catch (error) {
      const problem = error instanceof RefusedError ? error.problem : undefined;
      if (isAuthError(problem)) return 'This token is unknown or has expired.';
      if (problem?.status === 404) return undefined;
      if (problem?.code !== 'forbidden') return toSentence(error);
      const others = await listDashboards(base, { token, signal }).catch(() => []);
      return others.length > 0 ? undefined : `${problem.detail}.`;
    }
    return undefined;
  }
}

function toSentence(error: unknown): string {
  const text = formatError(error);
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
