/** The store cannot be opened. The message says why, and what to do. */
export class StoreOpenError extends Error {
  override readonly name = 'StoreOpenError';

  constructor(message: string) {
    super(message);
    // Nest logs the stack of an error at start-up: stack frames would bury the message.
    this.stack = `${this.name}: ${message}`;
  }
}
