/** Metrics of viewers and frames, and of the cost and delay of fan-outs. */
import { CLOSE_CODES } from '../protocol/close-codes.js';
import type { TrafficStats } from '../dashboard/live/viewer.js';
import { Histogram, DURATION_BUCKETS_S } from '../telemetry/histogram.js';
import {
  type ConnectionDropped,
  DROP_REASONS,
  type FrameBroadcast,
  type ViewerConnected,
  type ViewerDisconnected,
} from '../telemetry/events.js';
import { toSamplesBy, createHistogram, type MetricDefinition, toSample } from './metric-definition.js';

/** Close codes that clients usually send, or that stand for none. Any other code of a client has the label `other`. */
const CLIENT_CLOSE_CODES = [1000, 1005, 1006];
const CLOSE_CODE_LABELS = [...CLIENT_CLOSE_CODES, ...Object.values(CLOSE_CODES).map(({ code }) => code)];

export class ViewerStats {
  readonly connected = createCounts(['bare', 'v1', 'sse', 'ledger']);
  readonly connectedTotal = createCounts(['bare', 'v1', 'sse', 'ledger']);
  readonly disconnectedTotal = createCounts([...CLOSE_CODE_LABELS, 'none', 'other']);
  readonly fanOutCosts = new Histogram(DURATION_BUCKETS_S);
  readonly frameDelays = new Histogram(DURATION_BUCKETS_S);
  conflatedTotal = 0;
  upgradesTotal = 0;
  readonly droppedTotal = createCounts(DROP_REASONS);

  recordConnected({ kind }: ViewerConnected): void {
    incrementBy(this.connected, toBaseKind(kind), 1);
    incrementBy(this.connectedTotal, toBaseKind(kind), 1);
  }

  recordDisconnected({ kind, code }: ViewerDisconnected): void {
    const label = code ?? 'none';
    incrementBy(this.connected, toBaseKind(kind), -1);
    incrementBy(this.disconnectedTotal, this.disconnectedTotal.has(label) ? label : 'other', 1);
  }

  recordDropped(reason: ConnectionDropped['reason']): void {
    incrementBy(this.droppedTotal, reason, 1);
  }

  recordFanOut({ changes, frames, costMs, delayMs }: FrameBroadcast): void {
    this.conflatedTotal += Math.max(0, changes - 1);
    this.fanOutCosts.record(costMs / 1_000);
    if (frames > 0) this.frameDelays.record(delayMs / 1_000);
  }
}

export function createViewerMetrics(
  viewerStats: ViewerStats,
  traffic: TrafficStats,
  maxViewers: number,
): readonly MetricDefinition[] {
  return [
    {
      name: 'tallyboard_viewers',
      type: 'gauge',
      help: 'Connected viewers by kind: bare (WebSocket without a subprotocol), v1 (WebSocket, tallyboard.v1), sse (server-sent events), ledger (the ledger as server-sent events).',
      read: () => toSamplesBy('kind', viewerStats.connected),
    },
    {
      name: 'tallyboard_viewers_limit',
      type: 'gauge',
      help: 'Limit of connected viewers (MAX_VIEWERS). Further viewers are refused.',
      read: () => toSample(maxViewers),
    },
    {
      name: 'tallyboard_viewers_entered_total',
      type: 'counter',
      help: 'Viewers that connected, by kind.',
      read: () => toSamplesBy('kind', viewerStats.connectedTotal),
    },
    {
      name: 'tallyboard_viewers_closed_total',
      type: 'counter',
      help: 'Viewers that disconnected, by close code: none for streams closed by the client, other for codes chosen by a client.',
      read: () => toSamplesBy('code', viewerStats.disconnectedTotal),
    },
    {
      name: 'tallyboard_upgrades_total',
      type: 'counter',
      help: 'WebSocket handshakes requested, accepted or not.',
      read: () => toSample(viewerStats.upgradesTotal),
    },
    {
      name: 'tallyboard_connections_dropped_total',
      type: 'counter',
      help: 'Connections that were closed, by reason: pending (without a complete request) and idle (between two requests) because there were too many (MAX_PENDING_CONNECTIONS), stalled because the client did not take its response.',
      read: () => toSamplesBy('reason', viewerStats.droppedTotal),
    },
    {
      name: 'tallyboard_frames_total',
      type: 'counter',
      help: 'Frames sent to viewers: snapshots, patches, heartbeats and statuses.',
      read: () => toSample(traffic.frames),
    },
    {
      name: 'tallyboard_frame_bytes_total',
      type: 'counter',
      help: 'Bytes of these frames.',
      read: () => toSample(traffic.bytes),
    },
    {
      name: 'tallyboard_frames_passed_over_total',
      type: 'counter',
      help: 'Frames skipped because the viewer had not received an earlier one yet. It gets the latest state afterwards.',
      read: () => toSample(traffic.skipped),
    },
    {
      name: 'tallyboard_states_conflated_total',
      type: 'counter',
      help: 'States that viewers did not see on their own because one frame carried several change sets.',
      read: () => toSample(viewerStats.conflatedTotal),
    },
    createHistogram('tallyboard_fanout_seconds', 'Event loop time of one fan-out.', viewerStats.fanOutCosts),
    createHistogram(
      'tallyboard_frame_delay_seconds',
      'Time from the first change in a frame until the frame is sent to the last viewer.',
      viewerStats.frameDelays,
    ),
  ];
}

function toBaseKind(kind: string): string {
  return kind.replace('+totals', '');
}

function createCounts(names: readonly (string | number)[]): Map<string | number, number> {
  return new Map(names.map((name) => [name, 0]));
}

function incrementBy(counts: Map<string | number, number>, name: string | number, count: number): void {
  counts.set(name, (counts.get(name) ?? 0) + count);
}
