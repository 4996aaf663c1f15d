/** A counter or a measure on the board: title, number, comparison, and a foot with its course, target or range. */
import type { JSX } from 'preact';
import { formatShownNumber, isMeasure } from '../../src/measures/shown-number.js';
import { listenForChanges } from '../activity/tile-gestures.js';
import { useBoard } from '../app/board-context.js';
import { LevelSign } from '../signs/level-sign.js';
import { SeriesMark, type SeriesSlot } from '../signs/series-mark.js';
import { locale, words } from '../words/locale.js';
import { Band } from './band.js';
import { Bump } from './bump.js';
import { Goal } from './goal.js';
import { formatBoundary } from './level-words.js';
import { Parts } from './parts.js';
import { isGauge } from './shown-tile.js';
import { Spark } from './spark.js';
import { getSparkShape } from './spark-shape.js';
import { getOne, Steps } from './steps.js';
import { useTileFacts } from './tile-facts.js';
import { TileNumber } from './tile-number.js';
import { SecondLine } from './second-line.js';

export type TileSize = 'small' | 'medium' | 'large';

interface TileProps {
  readonly name: string;
  readonly size: TileSize;
  /** Room for the number, em of its digits. */
  readonly room: number;
  readonly getSlot: (name: string) => SeriesSlot | undefined;
  /** Kind of number that most of the board shows: it is not repeated. */
  readonly commonKind: string;
  readonly tabIndex?: number;
  /** True to take the whole width of a phone. */
  readonly isFull?: boolean;
  readonly onOther?: (name: string) => void;
}

export function Tile({
  name,
  size,
  room,
  getSlot,
  commonKind,
  tabIndex,
  isFull,
  onOther,
}: TileProps): JSX.Element | null {
  const { data, view, changes, right } = useBoard();
  const facts = useTileFacts(name);
  if (!facts) return <article class="tile" data-size={size} data-counter={name} aria-label={name} />;

  const { definition, title, kind, numbers, number, isStale, isEmpty, periodData, boundary, goal, band, parts } = facts;
  const slot = getSlot(name);
  const { state } = data.status.value;
  // While the board is not live, a press says why nothing can be counted.
  const isOpen = state !== 'connecting' && state !== 'closed' && view.value.at === undefined;
  const isChangeable = right.value !== 'read' && !isMeasure(definition, name) && isOpen;
  const { running, tile } = words.value;

  const numberLine = (
    <TileNumber definition={definition} name={name} number={number} room={room}>
      {data.isLive.value && !isMeasure(definition, name) && (
        <Bump
          value={numbers.total}
          format={(by) => formatShownNumber(definition, name, by, locale.value, { signed: true, withoutUnit: true })}
        />
      )}
    </TileNumber>
  );
  const secondLine = <SecondLine name={name} kind={kind} numbers={numbers} data={periodData} boundary={boundary} />;
  // The sparkline keeps its place until its numbers have come.
  const isComing = number === undefined || !periodData || periodData.parts.length === 0;
  const spark =
    size === 'small' ? (
      false
    ) : isComing ? (
      <svg class="spark" aria-hidden="true" />
    ) : isEmpty ? (
      false
    ) : (
      <Spark shape={getSparkShape(definition, name, numbers, periodData)} getSlot={getSlot} />
    );
  const foot = (
    <>
      {goal && (
        <Goal definition={definition} name={name} goal={goal} isOfPeriod={goal.per === kind} isStale={isStale} />
      )}
      {band && typeof number === 'number' && <Band definition={definition} name={name} number={number} band={band} />}
      {parts && <Parts parts={parts} kind={kind} getSlot={getSlot} />}
    </>
  );
  return (
    <article
      class="tile"
      data-counter={name}
      data-size={size}
      data-series={slot}
      data-level={boundary?.level}
      {...(isFull && { 'data-full': '' })}
      {...(isStale && { 'data-stale': '' })}
      {...(isEmpty && { 'data-empty': '' })}
      aria-label={title}
      aria-busy={changes.isPending(name)}
      tabIndex={tabIndex}
      {...(isChangeable &&
        listenForChanges(
          () => onOther?.(name),
          (direction) => void changes.change(name, { by: direction * getOne(definition, name) }),
        ))}
    >
      <header>
        {slot && <SeriesMark slot={slot} />}
        <h3 title={title}>
          <bdi>{title}</bdi>
        </h3>
        {boundary ? (
          <span class="level">
            <LevelSign level={boundary.level} />
            <span class="unseen">{tile.levels[boundary.level]}: </span>
            <span class="words">{formatBoundary(definition, name, boundary)}</span>
          </span>
        ) : (
          kind !== commonKind && !isGauge(definition, name) && <span class="of">{running[kind]}</span>
        )}
      </header>
      {size === 'large' ? (
        <div class="wide">
          <div class="facts">
            {numberLine}
            {secondLine}
            <div class="foot">{foot}</div>
          </div>
          {spark}
        </div>
      ) : size === 'small' ? (
        <div class="line">
          {numberLine}
          {secondLine}
        </div>
      ) : (
        <>
          {numberLine}
          {secondLine}
          <div class="foot">
            {spark}
            {foot}
          </div>
        </>
      )}
      {isChangeable && <Steps name={name} title={title} onOther={() => onOther?.(name)} />}
    </article>
  );
}
