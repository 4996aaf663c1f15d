/** Stores the viewer's token in the tab's session storage, and nowhere else. */
import type { TicketSource } from '../../src/client/client.js';

/** The token as an option of the client's functions. */
export interface TokenOptions {
  readonly token?: string;
  /** Only in pages of others, which hold no token. */
  readonly ticket?: TicketSource;
}

export class SessionToken {
  /** Contains the path, since several services may share an origin. */
  readonly #key: string;
  /** Without session storage the token lasts until the page is closed. */
  #token: string | undefined;

  constructor(base: URL) {
    this.#key = `tallyboard token of ${base.pathname}`;
    this.#token = this.#useStorage((storage) => storage.getItem(this.#key)) ?? undefined;
  }

  get token(): string | undefined {
    return this.#token;
  }

  get tokenOptions(): TokenOptions {
    return this.#token === undefined ? {} : { token: this.#token };
  }

  save(token: string): void {
    this.#token = token;
    this.#useStorage((storage) => storage.setItem(this.#key, token));
  }

  clear(): void {
    this.#token = undefined;
    this.#useStorage((storage) => storage.removeItem(this.#key));
  }

  #useStorage<T>(use: (storage: Storage) => T): T | undefined {
    try {
      return use(sessionStorage);
    } catch {
      return undefined;
    }
  }
}
