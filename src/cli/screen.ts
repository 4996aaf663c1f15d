/** Redraws a block of lines in place on a terminal. */
import { stripVTControlCharacters } from 'node:util';

export interface Terminal {
  readonly columns: number;
  readonly rows: number;
  write(text: string): unknown;
}

/** Moves the cursor up to the start of a line, and clears the rest of the screen (ECMA-48: CPL, ED). */
const moveCursorUp = (lines: number) => `\u001B[${lines}F`;
const CLEAR_BELOW = '\u001B[0J';

export class Screen {
  #drawnLines = 0;

  constructor(private readonly terminal: Terminal) {}

  /**
   * Replaces the lines that were drawn before. Lines that are too wide are cut, since they would wrap. If there are too
   * many lines, the first ones and the last are drawn, with the number of the others between.
   */
  draw(lines: readonly string[]): void {
    // A terminal that does not know its size reports 0 by 0.
    const [columns, rows] = [this.terminal.columns || 80, this.terminal.rows || 24];
    const maxLines = Math.max(rows - 2, 2);
    const hidden = lines.length - maxLines;
    const shownLines =
      hidden > 0 ? [...lines.slice(0, maxLines - 2), `(${hidden + 1} more)`, lines.at(-1) ?? ''] : lines;
    const text = shownLines.map((line) => `${stripVTControlCharacters(line).slice(0, columns - 1)}\n`).join('');
    this.terminal.write(`${this.#drawnLines > 0 ? moveCursorUp(this.#drawnLines) : ''}${CLEAR_BELOW}${text}`);
    this.#drawnLines = shownLines.length;
  }
}
