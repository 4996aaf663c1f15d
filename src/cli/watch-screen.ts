/** Draws the numbers of a watch in place on a terminal. */
import type { DashboardDefinition, Period, Snapshot } from '../client/client.js';
import { findNumber, formatShownNumber, NO_NUMBER } from '../measures/shown-number.js';
import { Screen, type Terminal } from './screen.js';

export interface SnapshotView {
  showSnapshot(snapshot: Snapshot): void;
  showStatus(text: string): void;
  /** Absent if the view shows numbers as they are. */
  showDefinition?(definition: DashboardDefinition): void;
}

export interface TerminalViewOptions {
  readonly title: string;
  /** BCP 47 tag. */
  readonly locale: string;
  /** Shows the numbers of this present period. Undefined: values. */
  readonly period: Period | undefined;
}

/** Draws name, number and last change of each counter and each measure, and the status below them. */
export class TerminalView implements SnapshotView {
  readonly #screen: Screen;
  /** The last change of each number. */
  readonly #changes = new Map<string, number>();
  #definition: DashboardDefinition | undefined;
  #snapshot: Snapshot | undefined;
  #status = '';

  constructor(
    terminal: Terminal,
    private readonly options: TerminalViewOptions,
  ) {
    this.#screen = new Screen(terminal);
  }

  showSnapshot(snapshot: Snapshot): void {
    for (const name of listNames(snapshot)) {
      const [number, before] = [this.#find(name, snapshot), this.#find(name, this.#snapshot)];
      const change = typeof number === 'number' && typeof before === 'number' ? number - before : 0;
      if (change !== 0) this.#changes.set(name, change);
    }
    this.#snapshot = snapshot;
    this.#draw();
  }

  showDefinition(definition: DashboardDefinition): void {
    this.#definition = definition;
    this.#draw();
  }

  showStatus(text: string): void {
    this.#status = text;
    this.#draw();
  }

  #find(name: string, snapshot: Snapshot | undefined): number | null | undefined {
    return snapshot && findNumber(snapshot, name, this.options.period);
  }

  #draw(): void {
    const rows = listNames(this.#snapshot).map((name) => [
      name,
      this.#format(name, this.#find(name, this.#snapshot)),
      this.#changes.has(name) ? this.#format(name, this.#changes.get(name), true) : '',
    ]);
    const [nameWidth = 0, numberWidth = 0] = [0, 1].map((column) =>
      Math.max(0, ...rows.map((cells) => cells[column]?.length ?? 0)),
    );
    const lines = rows.map(
      ([name = '', number = '', change]) => `${name.padEnd(nameWidth)}  ${number.padStart(numberWidth)}  ${change}`,
    );
    this.#screen.draw([this.options.title, ...lines, this.#status]);
  }

  /** Until the definition is known, it is not known how to read the numbers. */
  #format(name: string, number: number | null | undefined, signed = false): string {
    if (!this.#definition) return NO_NUMBER;
    return formatShownNumber(this.#definition, name, number, this.options.locale, { signed });
  }
}

function listNames(snapshot: Snapshot | undefined): string[] {
  return Object.keys({ ...snapshot?.counters, ...snapshot?.measures });
}
