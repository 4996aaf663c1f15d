/** The board of tiles: one for each counter and each measure, in the order of their definition. */
import type { ServerProblem } from '../../src/client/client.js';
import { createElement, setText } from './element.js';
import { describeLevel, describeTarget, getHeadline, PERIOD_WORDS } from '../data/headline.js';
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

  showValues(names: readonly string[]): void {
    for (const name of names) {
      this.#showValue(name);
      this.#showMovement(name);
    }
  }

  /** Updates everything: tiles, titles, values and history. */
  showAll(): void {
    const { names } = this.dashboard;
    for (const [counter, tile] of this.#tiles) {
      if (names.includes(counter)) continue;
      tile.root.remove();
      this.#intersectionObserver.unobserve(tile.root);
      this.#visibleTiles.delete(tile.root);
      this.#tiles.delete(counter);
    }
    const tiles = names.map((name) => this.#getTile(name));
    for (const [index, { root }] of tiles.entries()) {
      if (this.root.children[index] !== root) this.root.insertBefore(root, this.root.children[index] ?? null);
    }
    this.#layOutColumns();
    this.showValues(names);
    this.showHistory();
  }

  /** Updates the history of visible tiles, which changes as time passes. */
  showHistory(): void {
    for (const [counter, tile] of this.#tiles)
      if (this.#visibleTiles.has(tile.root)) this.#showTileHistory(counter, tile);
  }

  /** Returns title and headline of a counter or a measure. */
  describe(name: string): string {
    const { headline } = getHeadline(this.dashboard.definition, name);
    return `${this.dashboard.getTitle(name)} ${this.dashboard.format(name, this.dashboard.findNumber(name, headline))}`;
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

  #showValue(name: string): void {
    const { definition } = this.dashboard;
    if (!definition) return;
    const { headline, target } = getHeadline(definition, name);
    // Changes of this viewer that the snapshot does not contain yet.
    const pending = (this.#changes.getValue(name) ?? 0) - (this.dashboard.snapshot?.counters[name] ?? 0);
    const findNumber = (kind: typeof headline): number | null | undefined => {
      const number = this.dashboard.findNumber(name, kind);
      return typeof number === 'number' ? number + pending : number;
    };
    const number = findNumber(headline);
    this.#tiles.get(name)?.showNumber({
      number,
      text: this.dashboard.format(name, number),
      isPending: this.#changes.isPending(name),
      level: describeLevel(definition, name, number),
      target: describeTarget(definition, name, findNumber(target?.per ?? 'total')),
    });
  }

  #showMovement(counter: string): void {
    const { history } = this.dashboard;
    const [perMinute, today] = [history.getChangePerMinute(counter), history.getTotalsToday(counter)];
    const toAmount = (amount: number, signed = false) => ({
      amount,
      text: this.dashboard.format(counter, amount, { signed, withoutUnit: true }),
    });
    this.#tiles.get(counter)?.showMovement({
      perMinute: perMinute === undefined ? undefined : toAmount(perMinute, true),
      today: today && { added: toAmount(today.added), removed: toAmount(today.removed) },
    });
  }

  #getTile(name: string): Tile {
    const { definition, counters, charted } = this.dashboard;
    let tile = this.#tiles.get(name);
    if (!tile) {
      tile = new Tile(name, (sign) => void this.#changes.change(name, sign * this.#getStep(name)));
      if (this.#forbiddenReason !== undefined) tile.disableChanges(this.#forbiddenReason);
      this.#tiles.set(name, tile);
      this.#intersectionObserver.observe(tile.root);
    }
    tile.showHead({
      title: this.dashboard.getTitle(name),
      of: PERIOD_WORDS[getHeadline(definition, name).headline],
      isChangeable: counters.includes(name),
      hasMovement: charted.includes(name),
    });
    return tile;
  }

  /** One as it is read: at scale 2 these are 100 of the smallest unit. */
  #getStep(counter: string): number {
    return 10 ** (this.dashboard.definition?.counters[counter]?.scale ?? 0);
  }

  #disableChanges(reason: string): void {
    this.#forbiddenReason = reason;
    setText(this.changeNotice, `Counters cannot be changed: ${reason}.`);
    this.changeNotice.hidden = false;
    for (const tile of this.#tiles.values()) tile.disableChanges(reason);
  }
}
