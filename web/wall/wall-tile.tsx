/** A tile of a wall: title, number, comparison, and a foot as far as there is room. Nothing in it can be pressed. */
import type { JSX } from 'preact';
import { formatNumber } from '../../src/measures/format.js';
import { formatShownNumber } from '../../src/measures/shown-number.js';
import { useBoard } from '../app/board-context.js';
import { LevelSign } from '../signs/level-sign.js';
import { Band } from '../tile/band.js';
import { Goal } from '../tile/goal.js';
import { formatBoundary } from '../tile/level-words.js';
import { Parts } from '../tile/parts.js';
import { SecondLine } from '../tile/second-line.js';
import { isGauge } from '../tile/shown-tile.js';
import { Spark } from '../tile/spark.js';
import { getSparkShape } from '../tile/spark-shape.js';
import { type TileFacts, useTileFacts } from '../tile/tile-facts.js';
import { NumberLine } from '../tile/tile-number.js';
import { locale, words } from '../words/locale.js';
import { hasPercentRoom, type PageLayout } from './wall-layout.js';
import { listWallTexts, pickWallText } from './wall-number.js';

interface WallTileProps {
  readonly name: string;
  readonly layout: PageLayout;
  /** Columns of the grid that the tile takes. */
  readonly span: number;
  /** Room for the number, px. */
  readonly room: number;
  readonly commonKind: string;
}

/** No tile of a wall has a colour of its own: there is no chart to match, and red or amber must mean a level. */
const getNoSlot = (): undefined => undefined;

export function WallTile({ name, layout, span, room, commonKind }: WallTileProps): JSX.Element | null {
  const facts = useTileFacts(name);
  if (!facts) return null;
  const { definition, title, kind, numbers, number, isStale, isEmpty, periodData, boundary } = facts;
  const texts = listWallTexts(definition, name, number, locale.value);
  const parts = pickWallText(texts, room / layout.digit);
  const exact = parts === texts[0] ? undefined : formatShownNumber(definition, name, number, locale.value);
  return (
    <article
      class="tile"
      data-counter={name}
      data-size="medium"
      data-level={boundary?.level}
      {...(isStale && { 'data-stale': '' })}
      {...(isEmpty && { 'data-empty': '' })}
      aria-label={title}
      style={{ gridColumn: `span ${span}` }}
    >
      <header>
        <h3 title={title}>
          <bdi>{title}</bdi>
        </h3>
        <Aside facts={facts} name={name} layout={layout} room={room} commonKind={commonKind} />
      </header>
      <NumberLine number={number} parts={parts} exact={exact} />
      {!layout.isDense && (
        <SecondLine name={name} kind={kind} numbers={numbers} data={periodData} boundary={boundary} hasLevelSign />
      )}
      {layout.footRoom !== 'none' && <Foot facts={facts} name={name} layout={layout} />}
    </article>
  );
}

interface PartProps extends Pick<WallTileProps, 'name' | 'layout'> {
  readonly facts: TileFacts;
}

type AsideProps = PartProps & Pick<WallTileProps, 'commonKind' | 'room'>;

/** At the end of the header: what else has no room, or the period where it is not that of the board. */
function Aside({ facts, name, layout, room, commonKind }: AsideProps): JSX.Element | null {
  const { definition, title, kind, boundary, goal, isStale, isEmpty } = facts;
  if (layout.isDense && boundary) {
    return (
      <span class="level">
        <LevelSign level={boundary.level} />
        <span class="unseen">{formatBoundary(definition, name, boundary)}</span>
      </span>
    );
  }
  if (
    layout.footRoom === 'thin' &&
    goal?.done !== undefined &&
    !isStale &&
    !isEmpty &&
    hasPercentRoom(title, layout, room)
  ) {
    const percent = String(Math.floor(goal.done * 100));
    return (
      <span class="level" data-level={goal.level}>
        {goal.level && <LevelSign level={goal.level} />}
        <bdi>{formatNumber(percent, { scale: 0, percent: true }, locale.value)}</bdi>
      </span>
    );
  }
  if (kind === commonKind || isGauge(definition, name) || layout.isDense) return null;
  return <span class="of">{words.value.running[kind]}</span>;
}

/** Where there is no room for both, the target or the band goes before the course of the day. */
function Foot({ facts, name, layout }: PartProps): JSX.Element {
  const { data } = useBoard();
  const { definition, kind, numbers, number, isStale, isEmpty, periodData, goal, band, parts } = facts;
  const hasFacts = goal !== undefined || band !== undefined;
  const shape =
    periodData && !data.isUncounted.value && (layout.footRoom === 'both' || !hasFacts)
      ? getSparkShape(definition, name, numbers, periodData)
      : undefined;
  return (
    <div class="foot">
      {shape && <Spark shape={{ ...shape, terms: [] }} getSlot={getNoSlot} scale={layout.strokeScale} />}
      {goal && (
        <Goal
          definition={definition}
          name={name}
          goal={goal}
          isOfPeriod={goal.per === kind}
          isStale={isStale || isEmpty}
        />
      )}
      {band && typeof number === 'number' && <Band definition={definition} name={name} number={number} band={band} />}
      {parts && !hasFacts && layout.footRoom === 'both' && <Parts parts={parts} kind={kind} getSlot={getNoSlot} />}
    </div>
  );
}
