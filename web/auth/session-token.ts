/** The token of the viewer: kept for the session of the tab, and nowhere else. */

/** A token, as the functions of the client take it. */
export interface Access {
  readonly token?: string;
}

export class Session {
  /** Services that share an origin have a path each. */
  readonly #key: string;
  /** Where the browser keeps nothing, it lasts until the page is left. */
  #token: string | undefined;

  /** @param base base URL of the service */
  constructor(base: URL) {
    this.#key = `tallyboard token of ${base.pathname}`;
    this.#token = this.#try((storage) => storage.getItem(this.#key)) ?? undefined;
  }

  get token(): string | undefined {
    return this.#token;
  }

  get access(): Access {
    return this.#token === undefined ? {} : { token: this.#token };
  }

  keep(token: string): void {
    this.#token = token;
    this.#try((storage) => storage.setItem(this.#key, token));
  }

  forget(): void {
    this.#token = undefined;
    this.#try((storage) => storage.removeItem(this.#key));
  }

  #try<T>(use: (storage: Storage) => T): T | undefined {
    try {
      return use(sessionStorage);
    } catch {
      return undefined;
    }
  }
}
