/** The header of a wall: name, freshness and clock; a band over its whole width while the numbers are not live. */
import type { ComponentChildren, JSX } from 'preact';
import { useCallback } from 'preact/hooks';
import type { WatchStatus } from '../../src/client/client.js';
import { useBoard } from '../app/board-context.js';
import { readBrand } from '../app/brand.js';
import { describeStatus } from '../app/status-pill.js';
import { LevelSign } from '../signs/level-sign.js';
import { Logo } from '../signs/logo.js';
import { Sentence } from '../words/sentence.js';
import { words } from '../words/locale.js';
import { formatDuration, formatTime, SECOND_MS } from '../words/times.js';
import { useTick } from './use-tick.js';

const brand = readBrand(document);
/** The service's time may become known at any moment, and changes what the clock shows. */
const CLOCK_TICK_MS = 10_000;

interface WallHeaderProps {
  /** Kind of number that most tiles show; undefined before it is known. */
  readonly commonKind: keyof typeof words.value.running | undefined;
  /** True if the board cannot be shown: a page in place of the numbers says why. */
  readonly isEnded: boolean;
  /** What is wrong with the wall's address, in a sentence with isolated names. */
  readonly remark: string;
  /** The dots of its pages. */
  readonly turns: JSX.Element | undefined;
  /** Buttons, while the pointer moves. */
  readonly children: ComponentChildren;
}

export function WallHeader({ commonKind, isEnded, remark, turns, children }: WallHeaderProps): JSX.Element {
  const { data } = useBoard();
  const status = data.status.value;
  const title = data.definition.value?.title ?? data.name;
  const band = isEnded ? undefined : getBandText(status, data.definition.value?.resolved.timeZone);
  if (band !== undefined) {
    return (
      <header class="head notlive" data-state={status.state}>
        <h1 class="unseen">
          <bdi>{title}</bdi>
        </h1>
        <LevelSign level="warn" />
        {/* Only the fact is an alert: the reason counts seconds, which nobody wants to hear. */}
        <strong role="alert">{band}</strong>
        <Reason title={title} />
        {children}
        <Clock />
      </header>
    );
  }
  return (
    <header class="head" data-state={status.state}>
      <Logo src={brand.logo?.href} />
      <h1>
        <bdi>{title}</bdi>
      </h1>
      {commonKind && <span class="period">{words.value.period[commonKind]}</span>}
      {!isEnded && <Freshness />}
      {remark !== '' && (
        <span class="remark">
          <LevelSign level="warn" />
          <span>
            <Sentence text={remark} />
          </span>
        </span>
      )}
      <span class="spacer" />
      {turns}
      <CurrentDate />
      {children}
      <Clock />
    </header>
  );
}

/** Returns the text of the band; undefined while the numbers are live, or none are shown. */
function getBandText(status: WatchStatus, zone: string | undefined): string | undefined {
  const { wall } = words.value;
  switch (status.state) {
    case 'connecting':
    case 'live':
    case 'closed':
      return undefined;
    case 'degraded':
      return wall.behindSince(formatTime(status.since, 'time', zone));
    case 'stale':
    case 'reconnecting':
      return wall.notLiveSince(formatTime(status.since, 'time', zone));
  }
}

function Freshness(): JSX.Element {
  const { data } = useBoard();
  const { status: texts, wall } = words.value;
  const { state } = data.status.value;
  const changedAt = data.lastChangeAt.value;
  const zone = data.definition.value?.resolved.timeZone;
  return (
    <>
      <p class="live" data-look={state}>
        <span class="dot" />
        {state === 'live' ? texts.live : texts.connecting}
      </p>
      {state === 'live' && changedAt !== undefined && (
        <div class="last tabular">
          <p>{changedAt === 0 ? texts.noChangeYet : wall.lastChange(formatTime(changedAt, 'seconds', zone))}</p>
        </div>
      )}
    </>
  );
}

/** The reason why the numbers are not live, and their age. */
function Reason({ title }: { readonly title: string }): JSX.Element {
  const { data } = useBoard();
  useTick(SECOND_MS, Date.now);
  const status = data.status.value;
  const now = Date.now();
  const { reason } = describeStatus(status, now, data.definition.value?.resolved.timeZone);
  const age = 'since' in status && now - status.since >= SECOND_MS ? formatDuration(now - status.since) : undefined;
  const facts = [age === undefined ? undefined : words.value.wall.age(age), reason];
  return (
    <p class="why tabular">
      <bdi>{title}</bdi>
      {facts.map((fact) => fact && ` · ${fact}`)}
    </p>
  );
}

function Clock(): JSX.Element {
  const { now, zone } = useServiceTime();
  return (
    <p class="clock">
      <time>{formatTime(now, 'time', zone)}</time>
    </p>
  );
}

function CurrentDate(): JSX.Element {
  const { now, zone } = useServiceTime();
  return <p class="date">{formatTime(now, 'day', zone)}</p>;
}

/** The service's time and the dashboard's zone; before that is known, the zone of the screen. */
function useServiceTime(): { readonly now: number; readonly zone: string } {
  const { data } = useBoard();
  const readTime = useCallback(() => data.now(), [data]);
  useTick(CLOCK_TICK_MS, readTime);
  const zone = data.definition.value?.resolved.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  return { now: readTime(), zone };
}
