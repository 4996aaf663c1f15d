/** Reads levels that are crossed aloud, and changes where the reader wants it: at most one sentence in 20 seconds. */
import type { JSX } from 'preact';
import { effect, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { DashboardDefinition } from '../../src/client/client.js';
import { formatShownNumber, isMeasure } from '../../src/measures/shown-number.js';
import { type Board, useBoard } from '../app/board-context.js';
import { formatBoundary } from '../tile/level-words.js';
import { getBoundary, getShownKind } from '../tile/shown-tile.js';
import { isolate } from '../words/isolate.js';
import { Sentence } from '../words/sentence.js';
import { locale, words } from '../words/locale.js';
import { type AnnouncedNumber, type Announcement, AnnouncementPicker } from './announcement-picker.js';
import { getTitle } from './change-words.js';
import { isReadAloud } from './read-aloud.js';

/** Shortest time between two sentences, and the time in which changes gather before one, milliseconds. */
const [MIN_INTERVAL_MS, GATHERING_MS] = [20_000, 1_000];

export function Announcer(): JSX.Element {
  const board = useBoard();
  const sentence = useSignal('');
  useEffect(() => {
    const { data } = board;
    const picker = new AnnouncementPicker();
    let lastSaidAt = -Infinity;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isStarted = false;
    const say = (): void => {
      timer = undefined;
      const definition = data.definition.peek();
      if (!definition || !data.isLive.peek()) return;
      const announcement = picker.pick(listNumbers(board, definition), isReadAloud.peek());
      if (!announcement) return;
      sentence.value = formatAnnouncement(announcement, board, definition);
      lastSaidAt = performance.now();
      timer = setTimeout(say, MIN_INTERVAL_MS);
    };
    const stopSetting = effect(() => {
      const definition = data.definition.peek();
      // What came before is not told when reading is switched on.
      if (isReadAloud.value && definition) picker.start(listNumbers(board, definition));
    });
    const stop = effect(() => {
      const definition = data.definition.value;
      if (data.revision.value === 0 || !data.isLive.value || !definition) return;
      if (!isStarted) picker.start(listNumbers(board, definition));
      isStarted = true;
      timer ??= setTimeout(say, Math.max(GATHERING_MS, lastSaidAt + MIN_INTERVAL_MS - performance.now()));
    });
    return () => {
      stopSetting();
      stop();
      clearTimeout(timer);
    };
  }, [board, sentence]);
  return (
    <p class="unseen" role="status">
      <Sentence text={sentence.value} />
    </p>
  );
}

function listNumbers({ data, view }: Board, definition: DashboardDefinition): AnnouncedNumber[] {
  return data.names.peek().map((name) => {
    const numbers = data.getNumbers(name).peek();
    const shown = numbers[getShownKind(definition, name, view.peek().period)];
    return {
      name,
      value: isMeasure(definition, name) ? undefined : (numbers.total ?? undefined),
      level: getBoundary(definition, name, shown)?.level,
    };
  });
}

function formatAnnouncement(
  announcement: Announcement,
  { data, view }: Board,
  definition: DashboardDefinition,
): string {
  const { activity, tile } = words.peek();
  const { name } = announcement;
  const shown = data.getNumbers(name).peek()[getShownKind(definition, name, view.peek().period)];
  const title = isolate(getTitle(definition, name));
  const number = isolate(formatShownNumber(definition, name, shown, locale.peek()));
  if (announcement.kind === 'change') {
    const { difference } = announcement;
    const amount = formatShownNumber(definition, name, Math.abs(difference), locale.peek(), { withoutUnit: true });
    return (difference > 0 ? activity.more : activity.less)(title, number, isolate(amount));
  }
  const boundary = getBoundary(definition, name, shown);
  if (!boundary) return '';
  return activity.crossed(title, number, tile.levels[boundary.level], formatBoundary(definition, name, boundary));
}
