/**
 * Reads the state of a dashboard as it was at a moment.
 *
 * Points know the counters at the boundaries of their rows: of seconds, minutes, hours or days, the finer the more
 * recent. From the nearest boundary the ledger leads to the moment itself: its entries in between are applied or taken
 * back. The work is bounded by the rows between, and by MAX_FOLDED_ENTRIES entries with MAX_FOLDED_CHANGES changes.
 * Where the ledger does not reach, or has more, the answer is the state at the end of the row.
 */
import { Injectable } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import type { PastSnapshot, TimeSpan } from '../../counters/counters.js';
import { TallyError } from '../../counters/errors.js';
import type { LedgerEntry } from '../../counters/ledger-entry.js';
import { CounterStore, DAY_ROWS, type RowRange } from '../../store/store.js';
import { DashboardService } from '../dashboard.service.js';
import type { DashboardState } from '../state/dashboard-state.js';
import type { SnapshotView } from '../state/snapshot.js';
import { applyEntries, type CountersAt, revertEntries } from './ledger-fold.js';
import { findLedgerPath, type LedgerPath, MAX_FOLDED_CHANGES } from './ledger-path.js';
import { findFirstRow, findMomentPeriod, findMomentRow, type MomentPeriod } from './moment-row.js';
import { copyDefinition, createPastSnapshot, type PastNumbers, type PresentDefinition } from './past-state.js';
import { readCountersAtRow, readTotals } from './row-counters.js';

/** Attempts to read when the dashboard is defined anew or loses a counter meanwhile. */
const MAX_ATTEMPTS = 10;
/** Ledger entries of one read. */
const ENTRIES_PER_READ = 1_000;
/** Changes are dated with the clock of the store, which is behind this one by less, milliseconds. */
const MAX_CLOCK_DIFFERENCE_MS = 60_000;

interface AsOfRequest extends SnapshotView {
  /** Milliseconds since the Unix epoch. */
  readonly atMs: number;
}

/** A snapshot of the past, and the tag of all that it depends on. */
export interface AsOfResult {
  readonly snapshot: PastSnapshot;
  readonly tag: string;
}

@Injectable()
export class AsOfService {
  constructor(
    private readonly dashboards: DashboardService,
    private readonly store: CounterStore,
    private readonly clock: Clock,
  ) {}

  /**
   * Reads the state after the last change at or before a moment, with the counters that exist now.
   * @throws TallyError `invalid-request` for a moment in the future; `too-far-back` before the first row;
   *   `unknown-dashboard`, `unknown-counter`, `overloaded`, `store-unavailable`
   */
  async read(dashboard: string, request: AsOfRequest): Promise<AsOfResult> {
    for (let attempt = 1; ; attempt += 1) {
      const state = await this.dashboards.getLatest(dashboard, request.filter ?? []);
      const present = copyDefinition(state);
      try {
        const result = await this.#read(state, present, request);
        const { epoch, version } = await this.dashboards.getLatest(dashboard, request.filter ?? []);
        if (epoch === present.epoch && version === present.version) return result;
      } catch (error) {
        const isGone = error instanceof TallyError && error.code === 'unknown-counter';
        if (!isGone || attempt === MAX_ATTEMPTS) throw error;
      }
      if (attempt === MAX_ATTEMPTS) throw new TallyError('overloaded', `${dashboard} is being defined again and again`);
    }
  }

  async #read(state: DashboardState, present: PresentDefinition, request: AsOfRequest): Promise<AsOfResult> {
    const { atMs } = request;
    const nowMs = Math.max(this.clock.now(), present.at);
    if (atMs > nowMs) throw createFutureError(nowMs);
    const reckoning = this.dashboards.resolveReckoning(state);
    const row = findMomentRow(reckoning, atMs, nowMs);
    const periods = (request.periods ?? []).map((period) =>
      findMomentPeriod(reckoning, period, present.day, { atMs, row }),
    );
    const numbers =
      atMs >= present.at
        ? await this.#readPresent(state, present, periods)
        : await this.#readPast(present, { atMs, row, nowMs, periods });
    const snapshot = createPastSnapshot(present, numbers, reckoning, request);
    return { snapshot, tag: createTag(present, request, numbers, row) };
  }

  /** The moment is after the last change: nothing but the periods differs from the present. */
  async #readPresent(
    state: DashboardState,
    present: PresentDefinition,
    periods: readonly MomentPeriod[],
  ): Promise<PastNumbers> {
    const counters: CountersAt = new Map();
    for (const [name, { definition, value, added, removed }] of state.counterStates) {
      const isGauge = definition.kind === 'gauge';
      counters.set(name, { value: BigInt(value), added: BigInt(added), removed: BigInt(removed), isGauge });
    }
    const { at, revision } = state;
    const totals = await readTotals(
      { store: this.store, dashboard: present.dashboard },
      periods.length > 0 ? [...present.definitions.keys()] : [],
      periods.map(({ rows }) => rows),
    );
    return { counters, at, revision, isExact: areExact(periods), periods: addTotals(periods, totals) };
  }

  async #readPast(
    present: PresentDefinition,
    {
      atMs,
      row,
      nowMs,
      periods,
    }: {
      readonly atMs: number;
      readonly row: RowRange;
      readonly nowMs: number;
      readonly periods: readonly MomentPeriod[];
    },
  ): Promise<PastNumbers> {
    const { dashboard, definitions } = present;
    const names = [...definitions.keys()];
    const moments = [atMs, row.start - 1, row.end - 1];
    const bounds = await this.store.readPastBounds(dashboard, names, moments);
    const firstRows = new Map(names.map((name) => [name, findFirstRow(bounds.firstRows.get(name) ?? [], nowMs)]));
    const startsIn = ({ start, end }: TimeSpan, name: string): boolean => {
      const first = firstRows.get(name) ?? Number.MAX_SAFE_INTEGER;
      return first >= start && first < end;
    };
    const created = new Set(names.filter((name) => startsIn(row, name)));
    const later = names.filter((name) => startsIn({ start: row.end, end: Infinity }, name));
    const isSettled = row.end <= present.at || row.end <= nowMs - MAX_CLOCK_DIFFERENCE_MS;
    const isOfRows = row.stepMs !== DAY_ROWS.stepMs;
    const path = isOfRows ? findLedgerPath(bounds, { atMs, isSettled, prefersEnd: created.size > 0 }) : undefined;
    if (!path?.position) assertReached(atMs, path ? [bounds.oldestEntry?.at] : [...firstRows.values()]);
    const source = { store: this.store, dashboard, definitions, firstRows: bounds.firstRows };
    const groups = periods.map(({ rows }) => rows);
    const end = { stepMs: row.stepMs, at: isOfRows ? row.end : atMs + 1 };
    if (path?.position) {
      const start = path.from === 'start' ? { ...end, at: row.start } : end;
      const { counters, startTotals } = await readCountersAtRow(source, start, groups);
      for (const name of later) counters.delete(name);
      if (await this.#follow(path, dashboard, counters, created)) {
        const { at, revision } = path.position;
        return { counters, at, revision, isExact: areExact(periods), periods: addTotals(periods, startTotals) };
      }
    }
    const { counters, startTotals } = await readCountersAtRow(source, end, groups);
    const at = Math.min(row.end, nowMs);
    return { counters, at, revision: undefined, isExact: false, periods: addTotals(periods, startTotals) };
  }

  /**
   * Carries counters along a path, in place.
   * @returns false if the entries do not lead to the moment, or have too many changes
   */
  async #follow(
    { from, after, last }: LedgerPath,
    dashboard: string,
    counters: CountersAt,
    created: ReadonlySet<string>,
  ): Promise<boolean> {
    const entries: LedgerEntry[] = [];
    let changeCount = 0;
    for (let revision = after; revision < last;) {
      const limit = Math.min(ENTRIES_PER_READ, last - revision);
      const page = await this.store.readLedger(dashboard, revision, limit);
      // Entries may expire in between, and those that were damaged are missing.
      if (page.length === 0 || page.some((entry, index) => entry.revision !== revision + 1 + index)) return false;
      changeCount += page.reduce((sum, { changes }) => sum + changes.length, 0);
      if (changeCount > MAX_FOLDED_CHANGES) return false;
      entries.push(...page);
      revision += page.length;
    }
    if (from === 'end') return revertEntries(counters, entries, created);
    applyEntries(counters, entries, created);
    return true;
  }
}

function areExact(periods: readonly MomentPeriod[]): boolean {
  return periods.every(({ isExact }) => isExact);
}

function addTotals(
  periods: readonly MomentPeriod[],
  totals: readonly ReadonlyMap<string, { readonly added: bigint; readonly removed: bigint }>[],
): PastNumbers['periods'] {
  return periods.map(({ period, span }, index) => ({ period, span, startTotals: totals[index] ?? new Map() }));
}

/** The state of a moment changes only with the definition, when a counter goes, and when rows or entries expire. */
function createTag(
  { epoch, revision, version }: PresentDefinition,
  { atMs, totals = false, periods = [] }: AsOfRequest,
  { isExact }: PastNumbers,
  { stepMs }: RowRange,
): string {
  const parts = [epoch, revision, `v${version}`, `at${atMs}`, isExact ? 'exact' : `row${stepMs}`];
  return [...parts, ...periods, ...(totals ? ['totals'] : [])].join(':');
}

/** @param starts of the rows and entries that are known */
function assertReached(atMs: number, starts: readonly (number | undefined)[]): void {
  const first = Math.min(...starts.filter((start) => start !== undefined));
  if (atMs >= first) return;
  const begin = Number.isFinite(first) ? `the past begins at ${toText(first)}` : 'nothing was counted yet';
  throw new TallyError('too-far-back', `nothing is known of ${toText(atMs)}: ${begin}`);
}

function createFutureError(nowMs: number): TallyError {
  const detail = `must not be in the future: it is ${new Date(nowMs).toISOString()}`;
  return new TallyError('invalid-request', `the parameter at ${detail}`, { errors: [{ parameter: 'at', detail }] });
}

function toText(atMs: number): string {
  return new Date(atMs).toISOString();
}
