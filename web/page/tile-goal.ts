/** Level and target of a tile: signs with words, and a thin meter. */
import type { LevelText, TargetText } from '../data/headline.js';
import { createElement, setText } from './element.js';
import { createLevelSign } from './level-sign.js';

/** A level as a sign and words. Empty without a level. */
class LevelLabel {
  readonly root = createElement('span', { class: 'level', hidden: true });
  readonly #words = createElement('span');

  show(level: LevelText | undefined): void {
    this.root.hidden = level === undefined;
    if (!level) return;
    setText(this.#words, level.text);
    if (this.root.dataset['level'] === level.level) return;
    this.root.dataset['level'] = level.level;
    this.root.replaceChildren(createLevelSign(level.level), ' ', this.#words);
  }
}

export class TileGoal {
  readonly #level = new LevelLabel();
  readonly #target = createElement('span', { class: 'target', hidden: true });
  readonly #targetLevel = new LevelLabel();
  readonly #done = createElement('div');
  readonly #meter = createElement('div', { class: 'meter', hidden: true, 'aria-hidden': 'true' }, this.#done);
  readonly #words = createElement('p', {}, this.#target, this.#targetLevel.root, this.#level.root);
  readonly root = createElement('div', { class: 'goal', hidden: true }, this.#meter, this.#words);

  show(level: LevelText | undefined, target: TargetText | undefined): void {
    this.#level.show(level);
    this.#targetLevel.show(target?.level);
    this.#meter.hidden = this.#target.hidden = target === undefined;
    this.root.hidden = level === undefined && target === undefined;
    if (!target) return;
    setText(this.#target, target.text);
    this.#done.style.inlineSize = `${target.share * 100}%`;
  }
}
