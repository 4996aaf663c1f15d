/** Loads the chart beside the page, so that the numbers do not depend on it. */
import type { Chart, ChartContent, CursorValues } from './chart.js';

/**
 * Stands for a `Chart` while it loads, and after it has failed:
 *
 *     loading --loaded--> ready (and the latest content is drawn)
 *     loading, ready --error--> failed
 *     any --close--> closed
 *
 * uPlot can throw when it is imported or drawn, and the file of the chart may not arrive.
 */
export class LazyChart {
  #state: 'loading' | 'ready' | 'failed' | 'closed' = 'loading';
  #chart: Chart | undefined;
  #content: ChartContent | undefined;

  /**
   * @param root container; the chart fills it
   * @param now returns the time of the service
   * @param onCursor called when the cursor has moved, or the values at it have changed
   * @param onFailure called once if the chart cannot be loaded or drawn
   */
  constructor(
    root: HTMLElement,
    now: () => number,
    onCursor: () => void,
    private readonly onFailure: (error: unknown) => void,
  ) {
    void this.#load(root, now, onCursor);
  }

  show(content: ChartContent): void {
    this.#content = content;
    this.#attempt((chart) => chart.show(content));
  }

  /** Redraws soon. */
  refresh(): void {
    this.#attempt((chart) => chart.refresh());
  }

  getCursorValues(): CursorValues | undefined {
    return this.#chart?.getCursorValues();
  }

  get hasCursor(): boolean {
    return this.#chart?.hasCursor === true;
  }

  /** Returns the position of the cursor from 0 to 100; 100 without a cursor. */
  getCursorPercent(): number {
    return this.#chart?.getCursorPercent() ?? 100;
  }

  /** Moves the cursor with the keyboard. @param by number of rows; 0 removes the cursor */
  moveCursor(by: number): void {
    this.#attempt((chart) => chart.moveCursor(by));
  }

  close(): void {
    this.#attempt((chart) => chart.close());
    this.#state = 'closed';
  }

  async #load(root: HTMLElement, now: () => number, onCursor: () => void): Promise<void> {
    try {
      const { Chart } = await import('./chart.js');
      if (this.#state === 'closed') return;
      this.#chart = new Chart(root, now, onCursor);
      this.#state = 'ready';
      if (this.#content) this.#chart.show(this.#content);
    } catch (error) {
      this.#fail(error);
    }
  }

  #attempt(use: (chart: Chart) => void): void {
    if (this.#state !== 'ready' || !this.#chart) return;
    try {
      use(this.#chart);
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (this.#state === 'closed') return;
    this.#state = 'failed';
    this.onFailure(error);
  }
}
