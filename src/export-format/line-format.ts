/** Writes the lines of an export. The same dashboards give the same text. Format: docs/reference/export-format.md. */
import type { BucketTotals, ExportedCounter, ExportedDashboard, ExportRecord } from '../store/transfer.port.js';

/** Versions of the format, oldest first. The number is raised when an older program could no longer read it. */
export const EXPORT_VERSIONS = [1, 2, 3] as const;
export type ExportVersion = (typeof EXPORT_VERSIONS)[number];
/** The version that is written. */
export const EXPORT_VERSION = 3;

/** Number of records of a dashboard by kind. */
export interface RecordCounts {
  /** Rows of points and of levels. */
  readonly points: number;
  readonly ledger: number;
  readonly keys: number;
}

export const NO_RECORDS: RecordCounts = { points: 0, ledger: 0, keys: 0 };

export const HEADER_LINE = formatJsonLine({ tallyboard: 'export', version: EXPORT_VERSION });

export function formatDashboardLine(dashboard: ExportedDashboard): string {
  const { name, settings, version, epoch, revision, at, day, counters, rules = [] } = dashboard;
  const span = day && { start: day.start, end: day.end };
  return formatJsonLine({
    dashboard: {
      ...{ name, settings, version, epoch, revision, at, day: span },
      counters: counters.map(toCounterFields),
      ...(rules.length > 0 && { rules: Object.fromEntries(rules.map((rule) => [rule.name, JSON.parse(rule.text)])) }),
    },
  });
}

function toCounterFields({ name, definition, value, added, removed }: ExportedCounter): object {
  return definition.kind === 'gauge'
    ? { name, definition, value }
    : { name, definition, added: String(added), removed: String(removed) };
}

export function formatRecordLine(record: ExportRecord): string {
  if (record.points) {
    const { counter, stepMs, startTotals, buckets } = record.points;
    const { added, removed } = startTotals;
    const rows = buckets.map((bucket: BucketTotals) => [bucket.at, String(bucket.added), String(bucket.removed)]);
    return formatJsonLine({ points: { counter, step: stepMs / 1_000, from: [String(added), String(removed)], rows } });
  }
  if (record.levels) {
    const { counter, stepMs, levels } = record.levels;
    const rows = levels.map(({ at, value, least, most }) => [at, value, least, most]);
    return formatJsonLine({ levels: { counter, step: stepMs / 1_000, rows } });
  }
  if (record.ledger) {
    const { revision, at, changes, key, reason, who, undoes } = record.ledger;
    return formatJsonLine({ ledger: { revision, at, changes, key, reason, who, undoes } });
  }
  const { key, owner, at, keepUntil, fingerprint, reply } = record.key;
  const header = { key, owner, at, keepUntil, fingerprint };
  if (!reply.outcome) {
    const { code, detail } = reply.refusal;
    return formatJsonLine({ key: { ...header, refusal: { code, detail } } });
  }
  const { revision, at: appliedAt, counters } = reply.outcome;
  return formatJsonLine({ key: { ...header, outcome: { revision, at: appliedAt, counters } } });
}

export function formatEndLine(dashboard: string, { points, ledger, keys }: RecordCounts): string {
  return formatJsonLine({ end: { dashboard, points, ledger, keys } });
}

export function formatFinishedLine(dashboards: number): string {
  return formatJsonLine({ finished: { dashboards } });
}

/** Adds records to counts. */
export function addRecordCounts(counts: RecordCounts, records: readonly ExportRecord[]): RecordCounts {
  let { points, ledger, keys } = counts;
  for (const record of records) {
    if (record.points) points += record.points.buckets.length;
    else if (record.levels) points += record.levels.levels.length;
    else if (record.ledger) ledger += 1;
    else keys += 1;
  }
  return { points, ledger, keys };
}

function formatJsonLine(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}
