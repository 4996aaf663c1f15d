/** The status of a board of the past: the moment that is shown, and how exactly it is known. */
import type { JSX } from 'preact';
import { useBoard } from '../app/board-context.js';
import { Icon } from '../signs/icon.js';
import { words } from '../words/locale.js';
import { Sentence } from '../words/sentence.js';
import { formatTime, getZoneCity } from '../words/times.js';

interface PastPillProps {
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  /** In words; undefined until the moment has been read, empty if nothing is known of it. */
  readonly precision: string | undefined;
}

export function PastPill({ at, precision }: PastPillProps): JSX.Element {
  const { past, status } = words.value;
  const zone = useBoard().data.definition.value?.resolved.timeZone;
  const time = formatTime(at, 'dateTime', zone);
  return (
    <>
      <p class="live" data-state="past" data-look="past" role="status">
        <Icon name="clock" />
        {past.asItWas}
      </p>
      <p class="when">
        <span>
          <Sentence text={zone === undefined ? time : status.inCity(time, getZoneCity(zone))} />
        </span>
        {precision !== '' && (
          <span>
            <Sentence text={precision ?? past.reading} />
          </span>
        )}
      </p>
      <p class="printed">
        <Sentence text={status.asOf(formatTime(at, 'stamp', zone), zone ?? '')} />
      </p>
    </>
  );
}
