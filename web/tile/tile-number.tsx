/**
 * The large number of a tile: the longest form that fits, with the exact one on hover, focus and to assistive tools.
 */
import type { JSX } from 'preact';
import type { DashboardDefinition } from '../../src/client/client.js';
import type { NumberPart } from '../../src/measures/format.js';
import { formatShownNumber, listShownNumberParts } from '../../src/measures/shown-number.js';
import { locale } from '../words/locale.js';
import { isMinor, pickFitting } from './text-width.js';

interface TileNumberProps {
  readonly definition: DashboardDefinition;
  readonly name: string;
  readonly number: number | null | undefined;
  /** Room for the number, em of its digits. */
  readonly room: number;
  readonly children?: JSX.Element | false | undefined;
}

export function TileNumber({ definition, name, number, room, children }: TileNumberProps): JSX.Element {
  const texts = listShownNumberParts(definition, name, number, locale.value);
  const parts = pickFitting(texts, room);
  const exact = parts === texts[0] ? undefined : formatShownNumber(definition, name, number, locale.value);
  return (
    <NumberLine number={number} parts={parts} exact={exact}>
      {children}
    </NumberLine>
  );
}

interface NumberLineProps extends Pick<TileNumberProps, 'number' | 'children'> {
  readonly parts: readonly NumberPart[];
  /** The exact number, where the parts are shorter. */
  readonly exact: string | undefined;
}

export function NumberLine({ number, parts, exact, children }: NumberLineProps): JSX.Element {
  return (
    <p
      class="number"
      data-value={number ?? undefined}
      {...(exact !== undefined && { title: exact, 'data-exact': exact })}
    >
      {exact !== undefined && <span class="unseen">{exact}</span>}
      <NumberText parts={parts} isHidden={exact !== undefined} />
      {children}
    </p>
  );
}

interface NumberTextProps {
  readonly parts: readonly NumberPart[];
  /** True if assistive tools get another text. */
  readonly isHidden?: boolean;
}

/** A number in parts. The isolation keeps signs and units at their side in texts that run from right to left. */
export function NumberText({ parts, isHidden }: NumberTextProps): JSX.Element {
  return (
    <bdi aria-hidden={isHidden || undefined}>
      {parts.map((part, index) =>
        isMinor(part, parts) ? (
          <span key={index} class={`minor ${part.type}`}>
            {part.value}
          </span>
        ) : (
          part.value
        ),
      )}
    </bdi>
  );
}
