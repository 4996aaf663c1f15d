/** The board of tiles: one for each counter, in the order of their definition. */
import type { ServerProblem } from '../../src/client/client.js';
import { createElement, setText } from './element.js';
import type { LiveDashboard } from '../data/live-dashboard.js';
import { OptimisticChanges } from '../data/optimistic-changes.js';
import { Tile } from './tile.js';

/** Smallest width of a tile and the gap between tiles, rem, as in board.css. */
const [TILE_REM, GAP_REM] = [14, 1];

export class Board {
  readonly root = createElement('section', { class: 'board', 'aria-label': 'Counters' });
  /** Shown beside the board: why counters cannot be changed. */
  readonly changeNotice = createElement('p', { class: 'note', hidden: true });
  readonly #tiles = new Map<string, Tile>();
  readonly #changes: OptimisticChanges;
  /** Elements of visible tiles. Only these are updated as time passes. */
  readonly #visibleTiles = new Set<Element>();
  readonly #intersectionObserver = new IntersectionObserver((entries) => this.#onIntersection(entries));
  readonly #resizeObserver = new ResizeObserver(() => this.#layOutColumns());
  #forbiddenReason: string | undefined;

  /** @param onFailure called with the reason of a failed change, and the refusal if the service refused it */
  constructor(
    private readonly dashboard: LiveDashboard,
    onFailure: (text: string, problem?: ServerProblem) => void,
  ) {
    this.#changes = new OptimisticChanges(
      dashboard,
      (counter) => this.#showValue(counter),
      (text, problem) => {
        if (problem?.status === 403) this.#disableChanges(text);
        onFailure(text, problem);
      },
    );
    this.#resizeObserver.observe(this.root);
  }

  close(): void {
    this.#resizeObserver.disconnect();
    this.#intersectionObserver.disconnect();
  }

  showValues(counters: readonly string[]): void {
    for (const counter of counters) {
      this.#showValue(counter);
      this.#showMovement(counter);
    }
  }

  /** Updates everything: tiles, titles, values and history. */
  showAll(): void {
    const { counters } = this.dashboard;
    for (const [counter, tile] of this.#tiles) {
      if (counters.includes(counter)) continue;
      tile.root.remove();
      this.#intersectionObserver.unobserve(tile.root);
      this.#visibleTiles.delete(tile.root);
      this.#tiles.delete(counter);
    }
    const tiles = counters.map((counter) => this.#getTile(counter));
    for (const [index, { root }] of tiles.entries()) {
      if (this.root.children[index] !== root) this.root.insertBefore(root, this.root.children[index] ?? null);
    }
    this.#layOutColumns();
    this.showValues(counters);
    this.showHistory();
  }

  /** Updates the history of visible tiles, which changes as time passes. */
  showHistory(): void {
    for (const [counter, tile] of this.#tiles)
      if (this.#visibleTiles.has(tile.root)) this.#showTileHistory(counter, tile);
  }

  #onIntersection(entries: readonly IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) this.#visibleTiles.add(target);
      else this.#visibleTiles.delete(target);
    }
    this.showHistory();
  }

  #showTileHistory(counter: string, tile: Tile): void {
    this.#showMovement(counter);
    tile.showHistory(this.dashboard.history.hour.getValues(counter));
  }

  /** Sets the number of columns: as many as fit, balanced so that the rows have similar lengths. */
  #layOutColumns(): void {
    const count = Math.max(1, this.#tiles.size);
    const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
    const maxColumns = Math.max(1, Math.floor((this.root.clientWidth + GAP_REM * rem) / ((TILE_REM + GAP_REM) * rem)));
    this.root.style.setProperty('--columns', String(Math.ceil(count / Math.ceil(count / maxColumns))));
  }

  #showValue(counter: string): void {
    this.#tiles.get(counter)?.showValue(this.#changes.getValue(counter), this.#changes.isPending(counter));
  }

  #showMovement(counter: string): void {
    const { history } = this.dashboard;
    this.#tiles
      .get(counter)
      ?.showMovement({ perMinute: history.getChangePerMinute(counter), today: history.getTotalsToday(counter) });
  }

  #getTile(counter: string): Tile {
    let tile = this.#tiles.get(counter);
    if (!tile) {
      tile = new Tile(counter, (by) => void this.#changes.change(counter, by));
      if (this.#forbiddenReason !== undefined) tile.disableChanges(this.#forbiddenReason);
      this.#tiles.set(counter, tile);
      this.#intersectionObserver.observe(tile.root);
    }
    tile.setTitle(this.dashboard.getCounterTitle(counter));
    return tile;
  }

  #disableChanges(reason: string): void {
    this.#forbiddenReason = reason;
    setText(this.changeNotice, `Counters cannot be changed: ${reason}.`);
    this.changeNotice.hidden = false;
    for (const tile of this.#tiles.values()) tile.disableChanges(reason);
  }
}
