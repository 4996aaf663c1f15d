/** The wall: all numbers of a board on one screen, or on pages that turn, of one dashboard or of several in turn. */
import type { JSX } from 'preact';
import { computed } from '@preact/signals';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { NumberKind } from '../../src/measures/shown-number.js';
import { type Board, BoardContext, useBoard } from '../app/board-context.js';
import { DEFAULT_EVERY_S, listAddressFaults } from '../app/address-faults.js';
import { useDocumentTitle } from '../app/document-title.js';
import { useShortcut } from '../app/shortcuts.js';
import type { BoardData } from '../data/board-data.js';
import { listGroups } from '../board/layout.js';
import { getCommonKind, getShownKind, listNeededPeriods } from '../tile/shown-tile.js';
import { loadFace } from '../tile/text-width.js';
import { isolate } from '../words/isolate.js';
import { formatList } from '../words/lists.js';
import { locale, words } from '../words/locale.js';
import { SECOND_MS } from '../words/times.js';
import { Crossfade } from './crossfade.js';
import { Rotation } from './rotation.js';
import { Turns } from './turns.js';
import { WallActions } from './wall-actions.js';
import { WallEmpty } from './wall-empty.js';
import { WallHeader } from './wall-header.js';
import { usePointer, useWallMode, useWindowSize } from './wall-mode.js';
import { type LayoutOptions, paginate } from './wall-layout.js';
import { WallPage } from './wall-page.js';
import './wall.css';

/** Time after which a wall looks again for a dashboard that could not be shown, milliseconds. */
const RETRY_MS = 60_000;
/** Longest wait for the past and the face, which the first layout is made with, milliseconds. */
const MAX_MEASURE_WAIT_MS = 3_000;

export interface WallProps {
  /** Shown in place of the numbers of the page's own board: a form to sign in, or why it has ended. */
  readonly obstacle: JSX.Element | undefined;
  /** True if the obstacle is the form. */
  readonly needsToken: boolean;
  /** Starts over. */
  readonly onRetry: () => void;
}

interface Place {
  readonly board: Board;
  readonly page: number;
  /** Counts the turns. */
  readonly turn: number;
}

export function Wall({ obstacle, needsToken, onRetry }: WallProps): JSX.Element {
  const home = useBoard();
  const { kiosk: _, all, every, rotate } = home.view.value;
  const rotation = useMemo(() => new Rotation(home, home.view.peek().rotate), [home, rotate.join()]);
  useEffect(() => () => rotation.close(), [rotation]);
  const board = rotation.shown.value;
  useDocumentTitle(board.data);
  const isHome = board === home;
  const isClosed = board.data.status.value.state === 'closed';
  const isEnded = isClosed || (isHome && obstacle !== undefined);
  useEffect(() => {
    if (isClosed) rotation.skipCurrent();
  }, [rotation, isClosed, board]);
  const isAway = isHome && isClosed && !needsToken;
  useEffect(() => {
    // Nobody stands at a wall to press a button when the dashboard is there again.
    const timer = isAway ? setTimeout(onRetry, RETRY_MS) : undefined;
    return () => clearTimeout(timer);
  }, [isAway, onRetry]);
  const everyS = every ?? DEFAULT_EVERY_S;

  const size = useWindowSize();
  const isMeasured = useMeasured(board);
  const commonKind = getShownCommonKind(board);
  const shown = listNames(board);
  const pages = usePages(board, isMeasured ? shown : [], { ...size, isDense: all, commonKind });
  const place = usePlace(rotation, board, pages.length, everyS);
  const isMoving = usePointer();
  useWallMode(isMoving || isEnded);
  const leave = (): void => home.setView({ kiosk: false, dashboard: board.data.name });
  useShortcut('escape', leave);
  useShortcut('w', leave);

  const { wall } = words.value;
  const definition = board.data.definition.value;
  const skipped = rotation.skipped.value.filter((name) => name !== board.data.name);
  const [fault] = isHome ? listAddressFaults(location, definition) : [];
  const remark = fault ?? (skipped.length > 0 ? wall.skipped(formatList(skipped.map(isolate))) : '');
  const names = pages[place.page] ?? [];
  const hasNumbers = board.data.hasNumbers.value;
  const isEmpty = definition !== undefined && hasNumbers && shown.length === 0;
  return (
    <div class="wall" data-board={board.data.name}>
      <BoardContext.Provider value={board}>
        <WallHeader
          commonKind={isEmpty ? undefined : commonKind}
          isEnded={isEnded}
          remark={remark}
          turns={isEnded ? undefined : renderTurns(rotation, place, pages.length, everyS)}
        >
          <WallActions isShown={isMoving} onLeave={leave} />
        </WallHeader>
      </BoardContext.Provider>
      <main>
        {isEnded ? (
          <div class="obstacle">
            {isHome && obstacle}
            {isHome && needsToken && <p>{wall.signInHint}</p>}
          </div>
        ) : (
          <Crossfade id={`${board.data.name} ${place.page}`} size={`${size.width} ${size.height}`}>
            <BoardContext.Provider value={board}>
              {isEmpty ? (
                <WallEmpty />
              ) : (
                isMeasured &&
                commonKind !== undefined &&
                names.length > 0 && <WallPage names={names} commonKind={commonKind} isDense={all} {...size} />
              )}
            </BoardContext.Provider>
          </Crossfade>
        )}
      </main>
    </div>
  );
}

/** Returns the names of all tiles of a board, in order. */
function listNames({ data }: Board): readonly string[] {
  const definition = data.definition.value;
  const names = data.names.value;
  return definition ? listGroups(definition, names).flatMap(({ tiles }) => tiles.map(({ show }) => show)) : [];
}

/** Kind of number that most tiles show: the header names it. */
function getShownCommonKind({ data, view }: Board): NumberKind | undefined {
  const definition = data.definition.value;
  return definition && (view.value.period ?? getCommonKind(definition));
}

interface PagesOptions extends Pick<LayoutOptions, 'width' | 'height' | 'isDense'> {
  readonly commonKind: NumberKind | undefined;
}

/** Returns the names of each page. They do not follow the numbers either. */
function usePages({ data, view }: Board, names: readonly string[], options: PagesOptions): (readonly string[])[] {
  const { width, height, isDense, commonKind } = options;
  const definition = data.definition.value;
  return useMemo(
    () =>
      definition && commonKind !== undefined
        ? paginate({
            data,
            definition,
            view: view.peek(),
            names,
            commonKind,
            width,
            height,
            isDense,
            locale: locale.value,
          })
        : [],
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the common kind stands for the view
    [data, definition, names.join(), commonKind, width, height, isDense, locale.value, words.value],
  );
}

/** Turns the pages of the board, then shows the next board. */
function usePlace(rotation: Rotation, board: Board, pages: number, everyS: number): Place {
  const [place, setPlace] = useState<Place>({ board, page: 0, turn: 0 });
  const present = place.board === board && place.page < Math.max(1, pages) ? place : { board, page: 0, turn: 0 };
  const { page, turn } = present;
  const isLast = page >= pages - 1;
  const isTurning = pages > 1 || rotation.names.length > 1;
  useEffect(() => {
    if (!isTurning) return undefined;
    if (isLast) rotation.prepare();
    const timer = setTimeout(() => {
      setPlace({ board, page: isLast ? 0 : page + 1, turn: turn + 1 });
      if (isLast) rotation.advance();
    }, everyS * SECOND_MS);
    return () => clearTimeout(timer);
  }, [rotation, board, page, turn, isLast, isTurning, everyS]);
  return present;
}

/** True once all is there that the first layout is made with, or after a time that nobody waits longer. */
function useMeasured({ data, view }: Board): boolean {
  const measured = useRef<BoardData | undefined>(undefined);
  const [hasFace, setFace] = useState(false);
  const [waited, setWaited] = useState<BoardData | undefined>(undefined);
  const hasNumbers = data.hasNumbers.value && data.definition.value !== undefined;
  // What comes each minute does not render the wall again.
  const hasPast = useMemo(() => computed(() => hasPeriods(data, view.value.period)), [data, view]).value;
  useEffect(() => void loadFace().then(() => setFace(true)), []);
  useEffect(() => {
    if (!hasNumbers) return undefined;
    const timer = setTimeout(() => setWaited(data), MAX_MEASURE_WAIT_MS);
    return () => clearTimeout(timer);
  }, [data, hasNumbers]);
  if (hasNumbers && ((hasPast && hasFace) || waited === data)) measured.current = data;
  return measured.current === data;
}

/** True if the running periods of all tiles have been read. */
function hasPeriods(data: BoardData, period: NumberKind | undefined): boolean {
  const definition = data.definition.value;
  if (!definition) return false;
  return data.names.value
    .flatMap((name) => listNeededPeriods(definition, name, getShownKind(definition, name, period)))
    .every((one) => data.getPeriodData(one).value !== undefined);
}

/** Pages of the board; else, boards of the rotation. */
function renderTurns(
  rotation: Rotation,
  { board, page, turn }: Place,
  pages: number,
  everyS: number,
): JSX.Element | undefined {
  const { wall } = words.value;
  const { names } = rotation;
  if (pages > 1) return <Turns label={wall.page} index={page} count={pages} everyS={everyS} turn={turn} />;
  if (names.length < 2) return undefined;
  const index = names.indexOf(board.data.name);
  return <Turns label={wall.board} index={index} count={names.length} everyS={everyS} turn={turn} />;
}
