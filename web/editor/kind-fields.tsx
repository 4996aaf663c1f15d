/** The kind of something new, as cards with examples. */
import type { JSX } from 'preact';
import { Icon, type IconName } from '../signs/icon.js';
import { locale, words } from '../words/locale.js';
import type { SettingsModel } from './settings-model.js';
import { createTileForm, isMeasureForm, type NumberFormat, type TileForm, type TileKind } from './tile-form.js';

type Card = 'events' | 'money' | 'level' | 'ratio' | 'sum';

const CARDS: Readonly<
  Record<Card, { readonly icon: IconName; readonly kind: TileKind; readonly format: NumberFormat }>
> = {
  events: { icon: 'bars', kind: 'counter', format: 'number' },
  money: { icon: 'coins', kind: 'counter', format: 'money' },
  level: { icon: 'level', kind: 'gauge', format: 'number' },
  ratio: { icon: 'line', kind: 'ratio', format: 'number' },
  sum: { icon: 'plus', kind: 'sum', format: 'number' },
};

export function KindFields({ model }: { readonly model: SettingsModel }): JSX.Element {
  const form = model.form.value;
  const { editor } = words.value;
  const cards: readonly Card[] = isMeasureForm(form) ? ['ratio', 'sum'] : ['events', 'money', 'level'];
  const chosen = cards.find((card) => CARDS[card].kind === form.kind && isOfCard(card, form)) ?? cards[0];
  return (
    <fieldset class="kinds">
      <legend class="unseen">{editor.kind}</legend>
      {cards.map((card) => {
        const [title, examples] = editor.kinds[card];
        return (
          <label key={card}>
            <input
              type="radio"
              name="kind"
              checked={card === chosen}
              onChange={() => model.set(changeKind(form, card))}
            />
            <span class="card">
              <Icon name={CARDS[card].icon} />
              <b>{title}</b>
              <small>{examples}</small>
            </span>
          </label>
        );
      })}
    </fieldset>
  );
}

function isOfCard(card: Card, { kind, format }: TileForm): boolean {
  return kind !== 'counter' || CARDS[card].format === format;
}

/** Keeps what was typed. A level has no period. */
function changeKind(form: TileForm, card: Card): TileForm {
  const { kind, format } = CARDS[card];
  const { name, title, target, unit, currency } = form;
  return { ...createTileForm(kind, locale.peek()), name, title, target, unit, currency, format };
}
