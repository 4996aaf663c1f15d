/** Who watches and what it costs, as metrics: viewers, frames, and how late the last viewer of a frame is. */
import { CLOSE_CODES } from '../protocol/live-messages.js';
import type { TrafficStats } from '../dashboard/live/viewer.js';
import { Histogram, DURATION_BUCKETS_S } from '../telemetry/histogram.js';
import type { FrameBroadcast, ViewerConnected, ViewerDisconnected } from '../telemetry/events.js';
import { by, histogram, type MetricDocs, one } from './metric-definition.js';

/** Codes that viewers close with of their own accord, or that stand for none: a client may send any other, and is no label. */
const CLIENT_CODES = [1000, 1005, 1006];
const CODES = [...CLIENT_CODES, ...Object.values(CLOSE_CODES).map(({ code }) => code)];

/** Viewers and fan-outs, as they were told of. */
export class Watching {
  readonly watching = countsOf(['bare', 'v1', 'sse']);
  readonly entered = countsOf(['bare', 'v1', 'sse']);
  readonly closed = countsOf([...CODES, 'none', 'other']);
  readonly fanOuts = new Histogram(DURATION_BUCKETS_S);
  readonly delays = new Histogram(DURATION_BUCKETS_S);
  conflated = 0;
  upgrades = 0;
  dropped = 0;

  noteEntered({ kind }: ViewerConnected): void {
    add(this.watching, kindOf(kind), 1);
    add(this.entered, kindOf(kind), 1);
  }

  noteLeft({ kind, code }: ViewerDisconnected): void {
    const label = code ?? 'none';
    add(this.watching, kindOf(kind), -1);
    add(this.closed, this.closed.has(label) ? label : 'other', 1);
  }

  noteFannedOut({ changes, frames, costMs, delayMs }: FrameBroadcast): void {
    this.conflated += Math.max(0, changes - 1);
    this.fanOuts.record(costMs / 1_000);
    if (frames > 0) this.delays.record(delayMs / 1_000);
  }
}

/** @param maxViewers most viewers at a time */
export function liveMetrics(watching: Watching, traffic: TrafficStats, maxViewers: number): readonly MetricDocs[] {
  return [
    {
      name: 'tallyboard_viewers',
      type: 'gauge',
      help: 'Viewers by kind: bare (WebSocket without a subprotocol), v1 (WebSocket, tallyboard.v1), sse (server-sent events).',
      read: () => by('kind', watching.watching),
    },
    {
      name: 'tallyboard_viewers_limit',
      type: 'gauge',
      help: 'MAX_VIEWERS: beyond it viewers are refused.',
      read: () => one(maxViewers),
    },
    {
      name: 'tallyboard_viewers_entered_total',
      type: 'counter',
      help: 'Viewers that came, by kind.',
      read: () => by('kind', watching.entered),
    },
    {
      name: 'tallyboard_viewers_closed_total',
      type: 'counter',
      help: 'Viewers that went, by close code: none for streams that their client left, other for codes of its own.',
      read: () => by('code', watching.closed),
    },
    {
      name: 'tallyboard_upgrades_total',
      type: 'counter',
      help: 'WebSocket handshakes that were asked for, taken or not.',
      read: () => one(watching.upgrades),
    },
    {
      name: 'tallyboard_connections_dropped_total',
      type: 'counter',
      help: 'Connections that had sent no whole request yet and were closed to make room for others (MAX_PENDING_CONNECTIONS).',
      read: () => one(watching.dropped),
    },
    {
      name: 'tallyboard_frames_total',
      type: 'counter',
      help: 'Frames written to viewers: snapshots, patches, heartbeats, statuses.',
      read: () => one(traffic.frames),
    },
    {
      name: 'tallyboard_frame_bytes_total',
      type: 'counter',
      help: 'Bytes of these frames.',
      read: () => one(traffic.bytes),
    },
    {
      name: 'tallyboard_frames_passed_over_total',
      type: 'counter',
      help: 'Frames that a viewer was not given because it had yet to take an earlier one. It gets the latest when it has.',
      read: () => one(traffic.skipped),
    },
    {
      name: 'tallyboard_states_conflated_total',
      type: 'counter',
      help: 'States that were not shown by themselves because a frame carried several change sets.',
      read: () => one(watching.conflated),
    },
    histogram('tallyboard_fanout_seconds', 'Time of the loop that one fan-out takes.', watching.fanOuts),
    histogram(
      'tallyboard_frame_delay_seconds',
      'From the first change that a frame carries until it is written to the last viewer.',
      watching.delays,
    ),
  ];
}

function kindOf(kind: string): string {
  return kind.replace('+totals', '');
}

function countsOf(names: readonly (string | number)[]): Map<string | number, number> {
  return new Map(names.map((name) => [name, 0]));
}

function add(counts: Map<string | number, number>, name: string | number, count: number): void {
  counts.set(name, (counts.get(name) ?? 0) + count);
}
