/** What goes wrong with a store, in words for people. */

/** Thrown by `open` when the store cannot be used; the message says what to do. */
export class StoreOpenError extends Error {
  override readonly name = 'StoreOpenError';

  constructor(message: string) {
    super(message);
    // It is for the person who starts the program: Nest logs it, and the lines of code would bury what to do.
    this.stack = `${this.name}: ${message}`;
  }
}
