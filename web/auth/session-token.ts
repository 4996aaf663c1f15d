/** The token of the viewer: kept for the session of the tab, and nowhere else. */

/** A token, as the functions of the client take it. */
export interface TokenOptions {
  readonly token?: string;
}

export class SessionToken {
  /** Services that share an origin have a path each. */
  readonly #key: string;
  /** Where the browser keeps nothing, it lasts until the page is left. */
  #token: string | undefined;

  /** @param base base URL of the service */
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
