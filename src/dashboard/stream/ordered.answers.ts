/** Answers in the order of the lines, however they come, written as many at a time as are ready. */
import type { ServerResponse } from 'node:http';

interface Slot {
  text: string | undefined;
  readonly bytes: number;
}

export class OrderedAnswers {
  readonly #slots: Slot[] = [];
  /** Index of the first slot that is not written. */
  #first = 0;
  #bytes = 0;
  #flush: 'none' | 'due' = 'none';
  /** Called whenever answers have been written, or could not be any more. */
  #onProgress: () => void = () => {};

  constructor(private readonly response: ServerResponse) {
    const wake = (): void => this.#onProgress();
    response.on('drain', wake).on('close', wake);
  }

  /** Lines that wait for their answer. */
  get lines(): number {
    return this.#slots.length - this.#first;
  }

  /** Bytes of those lines: an answer is at most about twice as long as its line. */
  get bytes(): number {
    return this.#bytes;
  }

  /** True when the client has gone: what is answered then is written nowhere. */
  get gone(): boolean {
    return this.response.destroyed;
  }

  /** Takes the next place in the order. @returns how to fill it, once */
  open(lineBytes: number): (text: string) => void {
    const slot: Slot = { text: undefined, bytes: lineBytes };
    this.#slots.push(slot);
    this.#bytes += lineBytes;
    return (text) => {
      slot.text = text;
      if (this.#flush === 'due') return;
      this.#flush = 'due';
      // The answers of a whole commit come in one go: they are written as one piece after the last of them.
      queueMicrotask(() => this.#write());
    };
  }

  /** Resolves when the client takes what is written, and at most so many lines and bytes wait; at once when it has gone. */
  async room(lines: number, bytes: number): Promise<void> {
    while (!this.gone && (this.lines > lines || this.#bytes > bytes || this.response.writableNeedDrain)) {
      await new Promise<void>((resolve) => (this.#onProgress = resolve));
    }
  }

  #write(): void {
    this.#flush = 'none';
    let text = '';
    for (let slot = this.#slots[this.#first]; slot?.text !== undefined; slot = this.#slots[this.#first]) {
      text += slot.text;
      this.#bytes -= slot.bytes;
      this.#first += 1;
    }
    if (this.#first > 1_024 || this.#first === this.#slots.length) {
      this.#slots.splice(0, this.#first);
      this.#first = 0;
    }
    if (text !== '' && !this.gone) this.response.write(text);
    this.#onProgress();
  }
}
