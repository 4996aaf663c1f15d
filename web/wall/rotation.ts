/** The dashboards that a wall shows in turn. The next one is connected before it is shown. */
import { effect, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { Board } from '../app/board-context.js';
import { followNeededPeriods } from '../board/needed-periods.js';
import { LiveDashboard } from '../data/live-dashboard.js';
import { OptimisticChanges } from '../data/optimistic-changes.js';

/** Time after which a dashboard that does not answer is skipped, milliseconds. */
const MAX_WAIT_MS = 15_000;
/** A board that has been replaced stays for the crossfade, milliseconds. */
const CLOSE_DELAY_MS = 1_000;

interface ConnectedBoard {
  readonly board: Board;
  readonly close: () => void;
}

/**
 * At most three dashboards are connected: that of the page, the one that is shown, and the next one. A dashboard that
 * cannot be read is skipped, and tried again in the next round.
 */
export class Rotation {
  readonly #shown: Signal<Board>;
  readonly #skipped = signal<readonly string[]>([]);
  readonly #names: readonly string[];
  #current: ConnectedBoard;
  #next: (ConnectedBoard & { readonly stop: () => void }) | undefined;
  /** True if the next board is to be shown as soon as it has its numbers. */
  #isDue = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #closing = new Map<ReturnType<typeof setTimeout>, ConnectedBoard>();

  /**
   * @param home board of the page, which the page closes
   * @param names dashboards to show; home comes first if it is not among them
   */
  constructor(
    private readonly home: Board,
    names: readonly string[],
  ) {
    this.#names = names.includes(home.data.name) ? names : [home.data.name, ...names];
    this.#current = { board: home, close: () => undefined };
    this.#shown = signal(home);
  }

  get shown(): ReadonlySignal<Board> {
    return this.#shown;
  }

  /** Dashboards that could not be read when it was their turn. */
  get skipped(): ReadonlySignal<readonly string[]> {
    return this.#skipped;
  }

  get names(): readonly string[] {
    return this.#names;
  }

  /** Connects the next dashboard. */
  prepare(after = this.#current.board.data.name): void {
    if (this.#next) return;
    const name = this.#names[(this.#names.indexOf(after) + 1) % this.#names.length];
    if (name === undefined || name === this.#current.board.data.name) return;
    const connected = this.#connect(name);
    this.#next = { ...connected, stop: effect(() => this.#follow(connected.board)) };
    // The effect has run before there was a next board.
    this.#follow(connected.board);
  }

  /** Shows the next dashboard, at once or as soon as it has its numbers. */
  advance(): void {
    this.#isDue = true;
    this.prepare();
    if (!this.#next) this.#isDue = false;
    else if (isReady(this.#next.board)) this.#show();
    else this.#timer ??= setTimeout(() => this.#onTimeout(), MAX_WAIT_MS);
  }

  /** Shows the next dashboard in place of one that cannot be read any more. */
  skipCurrent(): void {
    this.#addSkipped(this.#current.board.data.name);
    this.advance();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#next?.stop();
    this.#next?.close();
    this.#current.close();
    for (const [timer, board] of this.#closing) {
      clearTimeout(timer);
      board.close();
    }
  }

  #connect(name: string): ConnectedBoard {
    const { base, tokenOptions, name: homeName } = this.home.data;
    if (name === homeName) return { board: this.home, close: () => undefined };
    const data = new LiveDashboard(base, name, this.home.view.peek().counters, tokenOptions);
    const stop = followNeededPeriods(data, this.home.view);
    const ignore = (): void => undefined;
    return {
      board: { ...this.home, data, changes: new OptimisticChanges(data, ignore, ignore) },
      close: () => {
        stop();
        data.close();
      },
    };
  }

  #follow(board: Board): void {
    const { status } = board.data;
    const isRefused = status.value.state === 'closed';
    const hasNumbers = isReady(board);
    if (this.#next?.board !== board) return;
    if (isRefused) this.#skip();
    else if (hasNumbers && this.#isDue) this.#show();
  }

  /** Without a connection no board answers, and none is to blame. */
  #onTimeout(): void {
    this.#timer = undefined;
    if (this.#current.board.data.isLive.peek()) this.#skip();
    else if (this.#isDue) this.advance();
  }

  #skip(): void {
    const skipped = this.#drop();
    if (!skipped) return;
    const { name } = skipped.board.data;
    skipped.close();
    this.#addSkipped(name);
    this.prepare(name);
    if (this.#isDue) this.advance();
  }

  #show(): void {
    const next = this.#drop();
    if (!next) return;
    const last = this.#current;
    this.#isDue = false;
    this.#current = next;
    const { name } = next.board.data;
    if (this.#skipped.peek().includes(name)) this.#skipped.value = this.#skipped.peek().filter((one) => one !== name);
    this.#shown.value = next.board;
    const timer = setTimeout(() => {
      this.#closing.delete(timer);
      last.close();
    }, CLOSE_DELAY_MS);
    this.#closing.set(timer, last);
  }

  #addSkipped(name: string): void {
    if (!this.#skipped.peek().includes(name)) this.#skipped.value = [...this.#skipped.peek(), name];
  }

  #drop(): ConnectedBoard | undefined {
    const next = this.#next;
    this.#next = undefined;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    next?.stop();
    return next;
  }
}

function isReady({ data }: Board): boolean {
  const isRead = data.definition.value !== undefined && data.hasNumbers.value;
  return data.status.value.state !== 'closed' && isRead;
}
