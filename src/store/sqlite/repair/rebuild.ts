/** Settles what the rows that could be read contradict each other in, and writes dashboards and counters. */
import { getMinimum, NAME_PATTERN } from '../../../counters/counters.js';
import type { Database, Statement } from '../database.js';
import { isInDay } from '../row-types.js';
import { decodeLossily, type StoredText } from '../text-decoder.js';
import { type CounterDraft, type DashboardDraft, isHidden, UNKNOWN_COUNTER, UNKNOWN_DASHBOARD } from './definitions.js';
import { repairKeys } from './key-repair.js';
import { LedgerRepair, type RepairedLedger } from './ledger-repair.js';
import { LevelRepair } from './level-repair.js';
import { PointRepair } from './point-repair.js';
import type { RepairLog } from './repair-log.js';
import type { ReadableRows } from './salvage.js';
import { settleTotals, settleValue, type Totals, type TotalSources } from './totals.js';

/** Rows without a definition that make one worth while. A single one may have a damaged owner. */
const MIN_OWNED_ROWS = 2;

interface NamedDashboard extends DashboardDraft {
  name: string;
}

/** Call it in a transaction. @returns the numbers of dashboards and counters that were written */
export function rebuild(rows: ReadableRows, createEpoch: () => string, log: RepairLog) {
  return new Rebuild(rows, createEpoch, log).run();
}

class Rebuild {
  readonly #database: Database.Database;
  readonly #insertCounter: Statement;
  readonly #points: PointRepair;
  readonly #levels: LevelRepair;
  /** Names of the counters in the ledger, by dashboard. */
  readonly #mentioned = new Map<number, Set<string>>();
  /** Times of points and levels that the index has and the table lacks, by counter and step. */
  readonly #missingPoints = new Map<number, Map<number, number[]>>();
  /** Counters with a row, by dashboard. */
  readonly #counters = new Map<number, CounterDraft[]>();
  #lastCounterId = 0;
  #counterCount = 0;

  constructor(
    private readonly rows: ReadableRows,
    private readonly createEpoch: () => string,
    private readonly log: RepairLog,
  ) {
    this.#database = rows.database;
    this.#insertCounter = this.#database.prepare(
      `INSERT INTO counters (id, dashboard, name, definition, value, added, removed, start_revision)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#points = new PointRepair(this.#database, log);
    this.#levels = new LevelRepair(this.#database, log);
  }

  run(): { readonly dashboards: number; readonly counters: number } {
    const { definitions } = this.rows;
    this.#collectMentions();
    this.#collectMissingPoints();
    definitions.settle(this.#mentioned);
    for (const draft of definitions.counters.values()) this.#group(draft);
    for (const { id } of this.#listGauges()) this.#levels.takeOver(id);
    this.#points.deleteImpossible();
    this.#levels.deleteImpossible();
    this.#addUnknownDashboards();
    const dashboards = this.#nameDashboards();
    if (dashboards.length === 0) throw new Error('nothing could be saved: the file has no dashboard that can be read');
    this.#addUnknownCounters(dashboards);
    for (const dashboard of dashboards) this.#rebuildDashboard(dashboard);
    this.#reportMissingRows(dashboards);
    this.#deleteUnowned();
    return { dashboards: dashboards.length, counters: this.#counterCount };
  }

  #collectMentions(): void {
    // JSON can spell text that has no UTF-8 encoding, so names are read as bytes.
    const select = this.#database.prepare(
      `SELECT DISTINCT dashboard, CAST(CASE change.type WHEN 'object' THEN change.value->>'counter' END AS BLOB) AS name
       FROM ledger, json_each(CASE WHEN json_valid(changes) THEN changes ELSE '[]' END) AS change`,
    );
    for (const { dashboard, name } of select.iterate() as Iterable<{ dashboard: number; name: StoredText | null }>) {
      const names = this.#mentioned.get(dashboard) ?? new Set();
      this.#mentioned.set(dashboard, names.add(decodeLossily(name)));
    }
  }

  #collectMissingPoints(): void {
    for (const [counter, step, at] of [
      ...this.rows.missing.points,
      ...this.rows.missing.levels,
    ] as readonly (readonly number[])[]) {
      if (counter === undefined || step === undefined || at === undefined) continue;
      const steps = this.#missingPoints.get(counter) ?? new Map<number, number[]>();
      const times = steps.get(step);
      if (times) times.push(at);
      else this.#missingPoints.set(counter, steps.set(step, [at]));
    }
  }

  #group(draft: CounterDraft): void {
    this.#lastCounterId = Math.max(this.#lastCounterId, draft.id);
    if (draft.dashboard === undefined || isHidden(draft.name)) return;
    const counters = this.#counters.get(draft.dashboard);
    if (counters) counters.push(draft);
    else this.#counters.set(draft.dashboard, [draft]);
  }

  *#listGauges(): Generator<CounterDraft> {
    for (const draft of this.rows.definitions.counters.values()) if (this.#isGauge(draft)) yield draft;
  }

  #isGauge({ id, definition, value }: CounterDraft): boolean {
    if (definition?.kind !== undefined) return definition.kind === 'gauge';
    return value !== undefined || (definition === undefined && this.rows.owners.levels.has(id));
  }

  #addCounter(id: number, dashboard: number, name: string | undefined): void {
    const draft = createCounterDraft(id, dashboard, name);
    this.rows.definitions.counters.set(id, draft);
    this.#group(draft);
  }

  #addUnknownDashboards(): void {
    const { dashboards } = this.rows.definitions;
    const withLedger = [...this.rows.owners.ledger].filter(([, count]) => count >= MIN_OWNED_ROWS).map(([id]) => id);
    for (const id of [...withLedger, ...this.#counters.keys()]) {
      if (!dashboards.has(id)) dashboards.set(id, { ...UNKNOWN_DASHBOARD, id, name: undefined });
    }
  }

  #nameDashboards(): NamedDashboard[] {
    const drafts = [...this.rows.definitions.dashboards.values()].filter(({ name }) => !isHidden(name));
    const taken = new Set<string>();
    return drafts.map((draft) => {
      const name = chooseName(draft.name, draft.id, taken);
      taken.add(name);
      if (name !== draft.name) this.log.recordLoss(`the name of dashboard ${draft.id}, which is ${name} now`);
      return { ...draft, name };
    });
  }

  /**
   * Gives points and levels whose counter is unknown to the only dashboard whose ledger mentions counters that it
   * lacks.
   */
  #addUnknownCounters(dashboards: readonly NamedDashboard[]): void {
    const { counters } = this.rows.definitions;
    const { points, levels } = this.rows.owners;
    const unknown = [...points, ...levels].filter(([id, count]) => !counters.has(id) && count >= MIN_OWNED_ROWS);
    if (unknown.length === 0) return;
    const lacking = dashboards.filter(({ id }) => this.#listLacking(id).length > 0);
    const [owner] = lacking.length === 1 ? lacking : dashboards.length === 1 ? dashboards : [];
    for (const [id] of unknown) {
      const names = owner && unknown.length === 1 ? this.#listLacking(owner.id) : [];
      const name = names.length === 1 ? names[0] : undefined;
      if (!owner) this.log.recordLoss(`the points of counter ${id}, whose name and dashboard are unknown`);
      else this.#addCounter(id, owner.id, name);
    }
  }

  /** Lists counters that the ledger of a dashboard mentions and that have no row. */
  #listLacking(dashboard: number): string[] {
    const known = new Set((this.#counters.get(dashboard) ?? []).map(({ name }) => name));
    return [...(this.#mentioned.get(dashboard) ?? [])].filter((name) => NAME_PATTERN.test(name) && !known.has(name));
  }

  #rebuildDashboard(dashboard: NamedDashboard): void {
    const { id, name, settings, version } = dashboard;
    const lastKeyRevision = repairKeys(this.#database, dashboard, this.log);
    const isDamaged = this.rows.damagedTables.has('ledger');
    const ledger = new LedgerRepair(this.#database, this.log).repair(dashboard, isDamaged, lastKeyRevision);
    if (settings === undefined) this.log.recordLoss(`the title and the settings of dashboard ${name}`);
    const at = ledger.at ?? dashboard.at;
    if (at === undefined) this.log.recordLoss(`the time of the last change of dashboard ${name}`);
    else if (at !== dashboard.at) this.log.recordRepair(`the time of the last change of dashboard ${name} is ${at}`);
    const day = dashboard.day && at !== undefined && isInDay(dashboard.day, at) ? dashboard.day : undefined;
    this.#database
      .prepare(
        `INSERT INTO dashboards (id, name, settings, version, day_start, day_end, epoch, revision, at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        id,
        name,
        JSON.stringify(settings ?? {}),
        Math.max(1, version ?? 1),
        day?.start ?? null,
        day?.end ?? null,
        this.createEpoch(),
        ledger.revision,
        at ?? Date.now(),
      );
    this.#addReplayedCounters(id, ledger);
    const drafts = this.#counters.get(id) ?? [];
    const taken = new Set<string>();
    for (const draft of drafts.toSorted((a, b) => a.id - b.id)) {
      const counter = chooseName(draft.name, draft.id, taken);
      taken.add(counter);
      if (counter !== draft.name)
        this.log.recordLoss(`the name of counter ${draft.id} of dashboard ${name}, which is ${counter} now`);
      this.#rebuildCounter(draft, counter, name, ledger);
    }
  }

  /** Adds counters of which only the ledger is left. */
  #addReplayedCounters(dashboard: number, { counters }: RepairedLedger): void {
    for (const name of this.#listLacking(dashboard))
      if (counters.has(name)) this.#addCounter(this.#lastCounterId + 1, dashboard, name);
  }

  #rebuildCounter(draft: CounterDraft, name: string, dashboard: string, ledger: RepairedLedger): void {
    const { id } = draft;
    const isGauge = this.#isGauge(draft);
    const label = `counter ${name} of dashboard ${dashboard}`;
    if (draft.definition === undefined) this.log.recordLoss(`the title, the unit and the definition of ${label}`);
    const definition = { ...draft.definition, ...(isGauge && { kind: 'gauge' as const }) };
    const rows = isGauge ? this.#levels : this.#points;
    const sources = {
      row: isGauge ? { added: draft.value, removed: 0n } : draft,
      points: rows.listNewestValues(id),
      arePointsWhole: !this.rows.damagedTables.has(isGauge ? 'levels' : 'points'),
      ledger: ledger.counters.get(name),
    };
    const value = settleValue(sources);
    if (sources.ledger && value !== undefined && sources.ledger.value !== value)
      this.log.recordLoss(
        `an amount in the ledger of ${label}: it leads to ${sources.ledger.value}, the value is ${value}`,
      );
    if (value === undefined) this.log.recordLoss(`the value of ${label}, which is 0 now`);
    const missing = this.#missingPoints.get(id) ?? new Map<number, number[]>();
    rows.repair({ id, label, value: value ?? 0n, lowest: BigInt(getMinimum(definition)), missing });
    const totals = isGauge ? { added: 0n, removed: 0n } : this.#settleTotals(draft, label, value, sources);
    if (isGauge && value !== undefined && value !== draft.value)
      this.log.recordRepair(`${label} is ${value}: its row has ${draft.value ?? 'nothing'}`);
    this.#insertCounter.run(
      id,
      draft.dashboard,
      name,
      JSON.stringify(definition),
      isGauge ? String(value ?? 0n) : null,
      String(totals.added),
      String(totals.removed),
      // An undo may be among what was lost, so nothing of before can be undone.
      ledger.revision,
    );
    this.#counterCount += 1;
  }

  #settleTotals(draft: CounterDraft, label: string, value: bigint | undefined, sources: TotalSources): Totals {
    const { totals, source } = settleTotals(value ?? 0n, sources, this.#points.sumHours(draft.id));
    if (source !== undefined && value !== undefined)
      this.log.recordRepair(
        `${label} is ${value} (${totals.added} added, ${totals.removed} removed, from ${source}): its row has ` +
          `${draft.added ?? 'nothing'} added and ${draft.removed ?? 'nothing'} removed`,
      );
    return totals;
  }

  #reportMissingRows(dashboards: readonly NamedDashboard[]): void {
    const { damagedTables, ageIndexes } = this.rows;
    for (const table of ['keys', 'points', 'levels'] as const) {
      if (damagedTables.has(table) && damagedTables.has(ageIndexes[table]))
        this.log.recordLoss(`rows of ${table}, perhaps: pages of the table and of its index cannot be read`);
    }
    const names = new Map(dashboards.map(({ id, name }) => [id, name]));
    const columns = this.rows.keyColumns;
    for (const key of this.rows.missing.keys) {
      const name = names.get(Number(key[columns.indexOf('dashboard')]));
      const text = JSON.stringify(key[columns.indexOf('key')]);
      if (name !== undefined) this.log.recordLoss(`key ${text} of dashboard ${name}: a retry with it counts again`);
    }
  }

  /** Removed dashboards and counters are not rebuilt, so what is left of their data goes. */
  #deleteUnowned(): void {
    const { dashboards, counters } = this.rows.definitions;
    for (const [table, column, owners] of [
      ['ledger', 'dashboard', dashboards],
      ['keys', 'dashboard', dashboards],
      ['documents', 'dashboard', dashboards],
      ['points', 'counter', counters],
      ['levels', 'counter', counters],
    ] as const) {
      const condition = `${column} NOT IN (SELECT id FROM ${column}s)`;
      const rows = this.#database
        .prepare(`SELECT ${column} AS owner, count(*) AS count FROM ${table} WHERE ${condition} GROUP BY 1`)
        .all() as { owner: number; count: number }[];
      for (const { owner, count } of rows) {
        if (!isHidden(owners.get(owner)?.name))
          this.log.recordLoss(`${count} rows of ${table} of ${column} ${owner}, of which nothing else is known`);
      }
      this.#database.exec(`DELETE FROM ${table} WHERE ${condition}`);
    }
  }
}

function createCounterDraft(id: number, dashboard: number, name: string | undefined): CounterDraft {
  return { ...UNKNOWN_COUNTER, id, dashboard, name };
}

function chooseName(name: string | undefined, id: number, taken: ReadonlySet<string>): string {
  if (name !== undefined && NAME_PATTERN.test(name) && !taken.has(name)) return name;
  let chosen = `recovered-${id}`;
  while (taken.has(chosen)) chosen += '-again';
  return chosen;
}
