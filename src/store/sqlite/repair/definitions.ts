/** Dashboards and counters as a damaged file has them, each with what its tables and indexes say. */
import { MAX_TOTAL, NAME_PATTERN, type TimeSpan } from '../../../counters/counters.js';
import type { CounterDefinition, DashboardSettings } from '../../../counters/definition.js';
import { toBucketStart } from '../../in-process/decide.js';
import { DAY_ROWS } from '../../store.js';
import { isCounterDefinition, isDashboardSettings } from '../definition-shape.js';
import { readIndexRows } from './index-comparison.js';
import type { StoredValue } from './record.js';
import type { RepairLog } from './repair-log.js';
import { type Column, createIndexShape, type RowShape } from './row-shape.js';
import { toParameter } from './row-copy.js';
import type { StoredRow, TreeReader } from './tree-reader.js';

/** A row of `dashboards`. What could not be read is undefined. */
export interface DashboardDraft {
  readonly id: number;
  name: string | undefined;
  settings: DashboardSettings | undefined;
  version: number | undefined;
  day: TimeSpan | undefined;
  revision: number | undefined;
  at: number | undefined;
}

/** A row of `counters`. What could not be read is undefined. */
export interface CounterDraft {
  readonly id: number;
  dashboard: number | undefined;
  name: string | undefined;
  definition: CounterDefinition | undefined;
  /** The level of a gauge. */
  value: bigint | undefined;
  added: bigint | undefined;
  removed: bigint | undefined;
}

/** Names below 'a' are of removed and incomplete rows. */
const HIDDEN_NAME = /^\/(gone|import)\//;
const DASHBOARD_NAMES = createIndexShape('sqlite_autoindex_dashboards_1', ['TEXT', 'INTEGER']);
const COUNTER_NAMES = createIndexShape('sqlite_autoindex_counters_1', ['INTEGER', 'TEXT', 'INTEGER']);
const TEXT: Column = { name: '', type: 'TEXT', isNullable: true, isKey: false, defaultValue: null };

export class Definitions {
  readonly dashboards = new Map<number, DashboardDraft>();
  readonly counters = new Map<number, CounterDraft>();
  /** What the indexes by name say, by id. */
  readonly #dashboardNames = new Map<number, string>();
  readonly #counterNames = new Map<number, { readonly dashboard: number; readonly name: string }>();

  constructor(private readonly log: RepairLog) {}

  readIndexes(reader: TreeReader, roots: ReadonlyMap<string, number>): void {
    for (const { values } of readIndexRows(reader, roots, DASHBOARD_NAMES)) {
      const [name, id] = [toText(values[0]), toInteger(values[1])];
      if (isName(name) && id !== undefined) this.#dashboardNames.set(id, name);
    }
    for (const { values } of readIndexRows(reader, roots, COUNTER_NAMES)) {
      const [dashboard, name, id] = [toInteger(values[0]), toText(values[1]), toInteger(values[2])];
      if (isName(name) && id !== undefined && dashboard !== undefined) this.#counterNames.set(id, { dashboard, name });
    }
  }

  /** @param shape of the table, whose columns depend on the schema */
  addDashboard(shape: RowShape, { rowid, values }: StoredRow): void {
    if (rowid === undefined || this.dashboards.has(rowid)) return;
    const get = createColumnReader(shape, values);
    const [revision, at] = [toCount(get('revision')), toCount(get('at'))];
    this.dashboards.set(rowid, {
      id: rowid,
      name: toText(get('name')) ?? undefined,
      settings: parseMembers(readMembers(shape, get, 'settings', { title: 'title' }), isDashboardSettings, (loss) =>
        this.log.recordLoss(`${loss} of dashboard ${rowid}`),
      ),
      version: toCount(get('version')),
      day: hasColumn(shape, 'day_start')
        ? readDay(get)
        : revision !== undefined && revision > 0 && at !== undefined
          ? toDayOfUtc(at)
          : undefined,
      revision,
      at,
    });
  }

  /** @param shape of the table, whose columns depend on the schema */
  addCounter(shape: RowShape, { rowid, values }: StoredRow): void {
    if (rowid === undefined || this.counters.has(rowid)) return;
    const get = createColumnReader(shape, values);
    this.counters.set(rowid, {
      id: rowid,
      dashboard: toInteger(get('dashboard')),
      name: toText(get('name')) ?? undefined,
      definition: parseMembers(
        readMembers(shape, get, 'definition', { title: 'title', unit: 'singular' }),
        isCounterDefinition,
        (loss) => this.log.recordLoss(`${loss} of counter ${rowid}`),
      ),
      value: toLevel(get('value')),
      added: toTotal(get('added')),
      removed: toTotal(get('removed')),
    });
  }

  /**
   * Adds the rows that only an index by name has, and settles the names.
   * @param mentioned names of counters in the ledger of each dashboard, which decide if table and index differ
   */
  settle(mentioned: ReadonlyMap<number, ReadonlySet<string>>): void {
    const strayDashboards = [...this.dashboards.values()].filter(({ id }) => !this.#dashboardNames.has(id));
    const strayCounters = [...this.counters.values()].filter(({ id }) => !this.#counterNames.has(id));
    for (const [id, name] of this.#dashboardNames) {
      if (this.dashboards.has(id)) continue;
      const displaced = strayDashboards.find((draft) => draft.name === name);
      if (displaced) this.dashboards.delete(displaced.id);
      this.dashboards.set(id, { ...(displaced ?? UNKNOWN_DASHBOARD), id, name });
      if (!displaced && !isHidden(name)) this.log.recordDamage(`the row of dashboard ${name} is lost`);
    }
    for (const [id, { dashboard, name }] of this.#counterNames) {
      if (this.counters.has(id)) continue;
      const displaced = strayCounters.find((draft) => draft.name === name && draft.dashboard === dashboard);
      if (displaced) this.counters.delete(displaced.id);
      this.counters.set(id, { ...(displaced ?? UNKNOWN_COUNTER), id, dashboard, name });
      if (!displaced && !isHidden(name))
        this.log.recordDamage(`the row of counter ${name} of dashboard ${dashboard} is lost`);
    }
    for (const draft of this.dashboards.values()) this.#settleDashboardName(draft);
    for (const draft of this.counters.values()) this.#settleCounterName(draft, mentioned);
  }

  #settleDashboardName(draft: DashboardDraft): void {
    const indexed = this.#dashboardNames.get(draft.id);
    const stored = isName(draft.name) ? draft.name : undefined;
    if (stored !== indexed && stored !== undefined && indexed !== undefined) {
      const name = stored === 'main' || !NAME_PATTERN.test(indexed) ? stored : indexed;
      this.log.recordRepair(`dashboard ${draft.id} is named ${name}: its table has ${stored}, its index ${indexed}`);
      draft.name = name;
    } else draft.name = stored ?? indexed;
  }

  #settleCounterName(draft: CounterDraft, mentioned: ReadonlyMap<number, ReadonlySet<string>>): void {
    const indexed = this.#counterNames.get(draft.id);
    const stored = isName(draft.name) ? draft.name : undefined;
    const isKnown = (dashboard: number | undefined): boolean =>
      dashboard !== undefined && this.dashboards.has(dashboard);
    if (!indexed || (indexed.name === stored && indexed.dashboard === draft.dashboard)) {
      draft.name = stored;
      return;
    }
    const score = (dashboard: number | undefined, name: string | undefined): number =>
      dashboard === undefined || name === undefined || !isKnown(dashboard)
        ? 0
        : mentioned.get(dashboard)?.has(name)
          ? 2
          : 1;
    const isIndexRight = score(indexed.dashboard, indexed.name) > score(draft.dashboard, stored);
    this.log.recordRepair(
      `counter ${draft.id} is ${isIndexRight ? indexed.name : stored} of dashboard ` +
        `${isIndexRight ? indexed.dashboard : draft.dashboard}: its table has ${stored ?? 'no readable name'} of ` +
        `dashboard ${draft.dashboard}, its index ${indexed.name} of dashboard ${indexed.dashboard}`,
    );
    [draft.name, draft.dashboard] = isIndexRight ? [indexed.name, indexed.dashboard] : [stored, draft.dashboard];
  }
}

export const UNKNOWN_DASHBOARD = {
  settings: undefined,
  version: undefined,
  day: undefined,
  revision: undefined,
  at: undefined,
} as const;
export const UNKNOWN_COUNTER = {
  definition: undefined,
  value: undefined,
  added: undefined,
  removed: undefined,
} as const;

type ColumnReader = (name: string) => StoredValue;

/** Reads a column by its name: undefined if the table has none, or if the row is cut off before it. */
function createColumnReader({ columns }: RowShape, values: readonly StoredValue[]): ColumnReader {
  return (name) => {
    const index = columns.findIndex((column) => column.name === name);
    const column = columns[index];
    return column && (index < values.length ? values[index] : column.defaultValue);
  };
}

function hasColumn({ columns }: RowShape, name: string): boolean {
  return columns.some((column) => column.name === name);
}

function readDay(get: ColumnReader): TimeSpan | undefined {
  const [start, end] = [toCount(get('day_start')), toCount(get('day_end'))];
  return start !== undefined && end !== undefined ? { start, end } : undefined;
}

/** The day of a change at `at` in an earlier schema, as its migration has it. */
function toDayOfUtc(at: number): TimeSpan {
  const start = toBucketStart(at, DAY_ROWS.stepMs);
  return { start, end: start + DAY_ROWS.stepMs };
}

/**
 * Reads the members of settings or of a definition: a column of JSON or, in an earlier schema, columns of their own.
 * @param columns of an earlier schema, with the names of the members
 * @returns the members, undefined for those that cannot be read; undefined if nothing can be read
 */
function readMembers(
  shape: RowShape,
  get: ColumnReader,
  column: string,
  columns: Readonly<Record<string, string>>,
): unknown {
  if (!hasColumn(shape, column)) {
    const texts = Object.entries(columns).map(([name, member]) => [member, toText(get(name))] as const);
    return Object.fromEntries(texts.filter(([, text]) => text !== null));
  }
  try {
    return JSON.parse(toText(get(column)) ?? '');
  } catch {
    return undefined;
  }
}

/** Keeps the members that are possible. @param recordLoss receives each other one, described for people */
function parseMembers<T extends object>(
  members: unknown,
  isPossible: (value: unknown) => value is T,
  recordLoss: (loss: string) => void,
): T | undefined {
  if (typeof members !== 'object' || members === null) return undefined;
  const kept = Object.entries(members).filter(([name, member]) => {
    const isKept = isPossible({ [name]: member as unknown });
    if (!isKept) recordLoss(`the ${name}`);
    return isKept;
  });
  const value: unknown = Object.fromEntries(kept);
  return isPossible(value) ? value : undefined;
}

function toLevel(value: StoredValue): bigint | undefined {
  return Number.isSafeInteger(value) ? BigInt(value as number) : undefined;
}

export function isHidden(name: string | undefined): boolean {
  return name !== undefined && HIDDEN_NAME.test(name);
}

function isName(name: string | null | undefined): name is string {
  return typeof name === 'string' && (NAME_PATTERN.test(name) || HIDDEN_NAME.test(name));
}

/** @returns undefined if the text cannot be decoded */
function toText(value: StoredValue): string | null | undefined {
  return toParameter(TEXT, value) as string | null | undefined;
}

function toInteger(value: StoredValue): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function toCount(value: StoredValue): number | undefined {
  return typeof value === 'number' && value >= 0 ? value : undefined;
}

function toTotal(value: StoredValue): bigint | undefined {
  if (typeof value !== 'number' && typeof value !== 'bigint') return undefined;
  return value >= 0 && value <= MAX_TOTAL ? BigInt(value) : undefined;
}
