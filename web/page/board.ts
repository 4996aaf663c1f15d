/** The tiles of a dashboard: one for each counter, in the order in which they were declared. */
import type { Problem } from '../../src/client/client.js';
import { element, setText } from './element.js';
import type { LiveDashboard } from '../data/live-dashboard.js';
import { Stepper } from '../data/optimistic-changes.js';
import { Tile } from './tile.js';

/** Width that a tile needs, and the gap between two, in rem: as board.css has it. */
const [TILE_REM, GAP_REM] = [14, 1];

export class Board {
  readonly root = element('section', { class: 'board', 'aria-label': 'Counters' });
  /** Beside the board: why nothing can be changed. */
  readonly reason = element('p', { class: 'note', hidden: true });
  readonly #tiles = new Map<string, Tile>();
  readonly #stepper: Stepper;
  /** Tiles in sight, by their element: what only time changes is shown on these alone. */
  readonly #inSight = new Set<Element>();
  readonly #sight = new IntersectionObserver((entries) => this.#look(entries));
  readonly #size = new ResizeObserver(() => this.#arrange());
  /** Why the viewer may not change counters. */
  #forbidden: string | undefined;

  /** @param onRefused is told why a change was not made, and what the service said */
  constructor(
    private readonly dashboard: LiveDashboard,
    onRefused: (text: string, problem?: Problem) => void,
  ) {
    this.#stepper = new Stepper(
      dashboard,
      (counter) => this.#show(counter),
      (text, problem) => {
        if (problem?.status === 403) this.#forbid(text);
        onRefused(text, problem);
      },
    );
    this.#size.observe(this.root);
  }

  close(): void {
    this.#size.disconnect();
    this.#sight.disconnect();
  }

  /** Shows counters whose numbers have changed. */
  showNumbers(counters: readonly string[]): void {
    for (const counter of counters) {
      this.#show(counter);
      this.#move(counter);
    }
  }

  /** Shows everything: which counters there are, their titles, their past. */
  showAll(): void {
    const { counters } = this.dashboard;
    for (const [counter, tile] of this.#tiles) {
      if (counters.includes(counter)) continue;
      tile.root.remove();
      this.#sight.unobserve(tile.root);
      this.#inSight.delete(tile.root);
      this.#tiles.delete(counter);
    }
    const tiles = counters.map((counter) => this.#tileOf(counter));
    for (const [index, { root }] of tiles.entries()) {
      if (this.root.children[index] !== root) this.root.insertBefore(root, this.root.children[index] ?? null);
    }
    this.#arrange();
    this.showNumbers(counters);
    this.showPast();
  }

  /** Shows how counters went: time passes when nothing changes, too. */
  showPast(): void {
    for (const [counter, tile] of this.#tiles) if (this.#inSight.has(tile.root)) this.#drawPast(counter, tile);
  }

  #look(entries: readonly IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) this.#inSight.add(target);
      else this.#inSight.delete(target);
    }
    this.showPast();
  }

  #drawPast(counter: string, tile: Tile): void {
    this.#move(counter);
    tile.draw(this.dashboard.past.hour.values(counter));
  }

  /** As many columns as fit, but no row with a lonely tile where full rows are possible. */
  #arrange(): void {
    const count = Math.max(1, this.#tiles.size);
    const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
    const most = Math.max(1, Math.floor((this.root.clientWidth + GAP_REM * rem) / ((TILE_REM + GAP_REM) * rem)));
    this.root.style.setProperty('--columns', String(Math.ceil(count / Math.ceil(count / most))));
  }

  #show(counter: string): void {
    this.#tiles.get(counter)?.show(this.#stepper.valueOf(counter), this.#stepper.isWaiting(counter));
  }

  #move(counter: string): void {
    const { past } = this.dashboard;
    this.#tiles.get(counter)?.move({ perMinute: past.perMinute(counter), today: past.today(counter) });
  }

  #tileOf(counter: string): Tile {
    let tile = this.#tiles.get(counter);
    if (!tile) {
      tile = new Tile(counter, (by) => void this.#stepper.step(counter, by));
      if (this.#forbidden !== undefined) tile.forbid(this.#forbidden);
      this.#tiles.set(counter, tile);
      this.#sight.observe(tile.root);
    }
    tile.name(this.dashboard.titleOf(counter));
    return tile;
  }

  #forbid(reason: string): void {
    this.#forbidden = reason;
    setText(this.reason, `Counters cannot be changed: ${reason}.`);
    this.reason.hidden = false;
    for (const tile of this.#tiles.values()) tile.forbid(reason);
  }
}
