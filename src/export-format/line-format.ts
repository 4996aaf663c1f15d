/** What an export is written as: lines of JSON, the same for the same dashboards. docs/transfer.md tells it to people. */
import type { BucketTotals, ExportedDashboard, ExportRecord } from '../store/transfer.port.js';

/** Goes up when a program that knows the one before could not read it. */
export const VERSION = 1;

/** How much of a dashboard there is. */
export interface Counts {
  readonly points: number;
  readonly ledger: number;
  readonly keys: number;
}

export const NONE: Counts = { points: 0, ledger: 0, keys: 0 };

export const HEADER = lineOf({ tallyboard: 'export', version: VERSION });

export function dashboardLine({ name, title, epoch, revision, at, counters }: ExportedDashboard): string {
  return lineOf({
    dashboard: {
      name,
      title,
      epoch,
      revision,
      at,
      counters: counters.map(({ name: counter, title: counterTitle, unit, added, removed }) => ({
        name: counter,
        title: counterTitle,
        unit,
        added: String(added),
        removed: String(removed),
      })),
    },
  });
}

export function pieceLine(piece: ExportRecord): string {
  if (piece.points) {
    const { counter, stepMs, startTotals, buckets } = piece.points;
    const { added, removed } = startTotals;
    const rows = buckets.map((mark: BucketTotals) => [mark.at, String(mark.added), String(mark.removed)]);
    return lineOf({ points: { counter, step: stepMs / 1_000, from: [String(added), String(removed)], rows } });
  }
  if (piece.ledger) {
    const { revision, at, changes, key, reason, who } = piece.ledger;
    return lineOf({ ledger: { revision, at, changes, key, reason, who } });
  }
  const { key, at, fingerprint, reply } = piece.key;
  if (!reply.outcome) {
    const { code, detail } = reply.refusal;
    return lineOf({ key: { key, at, fingerprint, refusal: { code, detail } } });
  }
  const { revision, at: appliedAt, counters } = reply.outcome;
  return lineOf({ key: { key, at, fingerprint, outcome: { revision, at: appliedAt, counters } } });
}

export function endLine(dashboard: string, { points, ledger, keys }: Counts): string {
  return lineOf({ end: { dashboard, points, ledger, keys } });
}

export function finishedLine(dashboards: number): string {
  return lineOf({ finished: { dashboards } });
}

/** Counts with those of more pieces. */
export function countedWith(counts: Counts, pieces: readonly ExportRecord[]): Counts {
  let { points, ledger, keys } = counts;
  for (const piece of pieces) {
    if (piece.points) points += piece.points.buckets.length;
    else if (piece.ledger) ledger += 1;
    else keys += 1;
  }
  return { points, ledger, keys };
}

/** For people. */
export function countsText({ points, ledger, keys }: Counts): string {
  return `${points} points, ${ledger} ledger entries, ${keys} keys`;
}

function lineOf(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}
