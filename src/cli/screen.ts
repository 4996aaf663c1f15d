/** A block of lines on a terminal that is drawn in place, again and again. */
import { stripVTControlCharacters } from 'node:util';

/** As much of a terminal as is used here. */
interface Terminal {
  readonly columns: number;
  readonly rows: number;
  write(text: string): unknown;
}

/** Goes to the start of a line above, and clears all from there on (ECMA-48: CPL, ED). */
const moveCursorUp = (lines: number) => `\u001B[${lines}F`;
const CLEAR_BELOW = '\u001B[0J';

export class Screen {
  #drawnLines = 0;

  constructor(private readonly terminal: Terminal) {}

  /**
   * Draws the lines in place of those that were drawn before. A line that is too wide is cut: it would wrap, and take two. Of too
   * many lines the first ones and the last are drawn.
   */
  draw(lines: readonly string[]): void {
    // A terminal that does not know its size has 0 of each.
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
