/** How fresh the numbers are, in words that a status region reads out. */
import type { JSX } from 'preact';
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { WatchStatus } from '../../src/client/client.js';
import { isAuthError } from '../../src/client/errors.js';
import { Icon } from '../signs/icon.js';
import { LevelSign } from '../signs/level-sign.js';
import { words } from '../words/locale.js';
import { Sentence } from '../words/sentence.js';
import { formatDuration, formatTime, getZoneCity } from '../words/times.js';
import { useBoard } from './board-context.js';
import { Lazy } from './lazy.js';
import { isPhone } from './phone.js';

export interface StatusWords {
  /** State as the look of the pill. */
  readonly look: 'connecting' | 'live' | 'off' | 'past' | 'locked';
  readonly text: string;
  readonly reason: string;
}

/** Describes a status. @param now viewer's clock, ms @param zone of the dashboard */
export function describeStatus(status: WatchStatus, now: number, zone: string | undefined): StatusWords {
  const { status: texts } = words.value;
  switch (status.state) {
    case 'connecting':
      return { look: 'connecting', text: texts.connecting, reason: texts.connectingReason };
    case 'live':
      return { look: 'live', text: texts.live, reason: '' };
    case 'degraded':
      return { look: 'off', text: texts.behindSince(formatTime(status.since, 'time', zone)), reason: texts.storeAway };
    case 'stale': {
      const silence = texts.silence(formatDuration(now - status.since));
      return {
        look: 'off',
        text: texts.notLiveSince(formatTime(status.since, 'time', zone)),
        reason: `${silence} · ${texts.otherConnection}`,
      };
    }
    case 'reconnecting': {
      const inMs = status.at - now;
      const attempt = inMs > 0 ? texts.tryingIn(formatDuration(inMs)) : texts.trying;
      return {
        look: 'off',
        text: texts.notLiveSince(formatTime(status.since, 'time', zone)),
        reason: navigator.onLine ? attempt : texts.offline,
      };
    }
    case 'closed': {
      if (isAuthError(status.problem, status.code)) return { look: 'locked', text: texts.signInToSee, reason: '' };
      // The board itself says why.
      return { look: 'off', text: status.problem?.status === 404 ? texts.notFound : texts.ended, reason: '' };
    }
  }
}

/** Interval at which times that pass are written again, milliseconds. */
const TICK_MS = 1_000;

const loadPastPill = async () => (await import('../past/past-pill.js')).PastPill;

interface StatusPillProps {
  /** Precision of a board of the past; undefined until it has been read. */
  readonly precision?: string | undefined;
}

export function StatusPill({ precision }: StatusPillProps): JSX.Element {
  const { at } = useBoard().view.value;
  return at === undefined ? <LivePill /> : <Lazy load={loadPastPill} props={{ at, precision }} />;
}

function LivePill(): JSX.Element {
  const { data } = useBoard();
  const now = useSignal(Date.now());
  useEffect(() => {
    const timer = setInterval(() => (now.value = Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, [now]);
  const { status: texts, time } = words.value;
  const status = data.status.value;
  const zone = data.definition.value?.resolved.timeZone;
  const { look, text, reason } = describeStatus(status, now.value, zone);
  const changedAt = data.lastChangeAt.value;
  const ago = changedAt ? data.now() - changedAt : 0;
  const change =
    changedAt === undefined
      ? ''
      : changedAt === 0
        ? texts.noChangeYet
        : texts.lastChange(time.ago(formatDuration(ago)));
  return (
    <>
      <p class="live" data-state={status.state} data-look={look} role="status">
        {look === 'locked' ? <Icon name="lock" /> : look === 'off' ? <LevelSign level="warn" /> : <span class="dot" />}
        {text}
      </p>
      {(look === 'live' || reason !== '') && (
        <p class="when">
          {look === 'live' ? (
            <>
              <span>{isPhone.value && changedAt ? time.ago(formatDuration(ago)) : change}</span>
              {zone !== undefined && !isPhone.value && (
                <span>
                  <Sentence text={texts.inCity(formatTime(data.now(), 'weekdayTime', zone), getZoneCity(zone))} />
                </span>
              )}
            </>
          ) : (
            <span>{reason}</span>
          )}
        </p>
      )}
      <p class="printed">
        <Sentence text={texts.asOf(formatTime(data.now(), 'stamp', zone), zone ?? '')} />
        {look !== 'live' && ` · ${text}`}
      </p>
    </>
  );
}
