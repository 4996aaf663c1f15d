/** A page of a wall: its tiles in rows that are all full, in one size. */
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { useBoard } from '../app/board-context.js';
import { locale, words } from '../words/locale.js';
import { layOutPage, type PageLayout } from './wall-layout.js';
import { WallTile } from './wall-tile.js';

interface WallPageProps {
  readonly names: readonly string[];
  readonly commonKind: string;
  readonly isDense: boolean;
  /** Screen, CSS pixels. */
  readonly width: number;
  readonly height: number;
}

/** The layout follows its names, the definition, the language and the screen, and never a number. */
export function WallPage({ names, commonKind, isDense, width, height }: WallPageProps): JSX.Element | null {
  const { data, view } = useBoard();
  const definition = data.definition.value;
  const { period } = view.value;
  const layout = useMemo(
    () =>
      definition &&
      layOutPage({
        data,
        definition,
        view: view.peek(),
        names,
        commonKind,
        width,
        height,
        isDense,
        locale: locale.value,
      }),
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the period stands for the view
    [data, definition, period, names.join(), commonKind, width, height, isDense, locale.value, words.value],
  );
  if (!layout) return null;
  const columns = layout.rows.reduce(getLeastMultiple, 1);
  return (
    <section
      class="fit"
      aria-labelledby="numbers"
      data-form={layout.form}
      data-lines={layout.lines}
      data-foot={layout.footRoom}
      data-dense={isDense ? '' : undefined}
      style={{
        '--digit': `${layout.digit}px`,
        '--label': `${layout.label}px`,
        '--small': `${layout.small}px`,
        '--pad': `${layout.pad}px`,
        '--gap': `${layout.gap}px`,
        '--number-width': `${layout.numberWidth}px`,
        gridTemplateColumns: `repeat(${isDense ? (layout.rows[0] ?? 1) : columns}, minmax(0, 1fr))`,
        gridTemplateRows: `repeat(${layout.rows.length}, minmax(0, 1fr))`,
      }}
    >
      <h2 class="unseen" id="numbers">
        {words.value.board.numbers}
      </h2>
      {names.map((name, index) => {
        const row = isDense ? undefined : findRow(layout, index);
        return (
          <WallTile
            key={name}
            name={name}
            layout={layout}
            span={row === undefined ? 1 : columns / row}
            room={getRoom(layout, row, width)}
            commonKind={commonKind}
          />
        );
      })}
    </section>
  );
}

/** Returns the tiles in the row of a tile. */
function findRow({ rows }: PageLayout, index: number): number {
  let end = 0;
  return rows.find((tiles) => (end += tiles) > index) ?? 1;
}

/** Wide cells of short rows have more room than the narrowest, which the digits are made for. */
function getRoom({ form, rows, room, numberWidth, gap }: PageLayout, row: number | undefined, width: number): number {
  if (form === 'row') return numberWidth;
  const most = Math.max(...rows);
  if (row === undefined || row === most) return room;
  return room + (width - gap) / row - (width - gap) / most;
}

function getLeastMultiple(one: number, other: number): number {
  const divide = (a: number, b: number): number => (b === 0 ? a : divide(b, a % b));
  return (one * other) / divide(one, other);
}
