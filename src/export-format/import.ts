/** Imports dashboards from an export into a store, each completely or not at all. */
import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import {
  type DashboardImport,
  type DashboardVersion,
  type ExportedDashboard,
  type ExportRecord,
  RECORDS_PER_BATCH,
  type StoreImport,
} from '../store/transfer.port.js';
import { DayRowBuilder } from './day-row-builder.js';
import { DashboardNotFoundError } from './export.js';
import { SequenceValidator } from './sequence-validator.js';
import { EXPORT_VERSION, type ExportVersion, type RecordCounts } from './line-format.js';
import { BadLineError, readLines } from './line-reader.js';
import { type ExportLine, parseExportLine } from './line-parser.js';

/** Result of one dashboard. `detail` gives the reason in words. */
export type ImportResult =
  | { readonly kind: 'in-progress' | 'imported'; readonly counts: RecordCounts; readonly detail?: undefined }
  | { readonly kind: 'skipped' | 'refused'; readonly detail: string };

export interface ImportOptions {
  /** Names of dashboards to import; all if empty. */
  readonly names: readonly string[];
  /** True to overwrite dashboards whose data would be lost. */
  readonly replace: boolean;
  readonly onProgress: (dashboard: ExportedDashboard, result: ImportResult) => void;
}

/** Number of dashboards by result. */
type ImportSummary = Readonly<Record<'imported' | 'skipped' | 'refused', number>>;

/** The dashboard that is being read. Without `dashboardImport` its lines are only validated. */
interface ImportState {
  readonly validator: SequenceValidator;
  readonly dashboardImport: DashboardImport | undefined;
  readonly existing: DashboardVersion | undefined;
  /** Present if the export has no rows of days. */
  readonly dayRows: DayRowBuilder | undefined;
  records: ExportRecord[];
}

/**
 * Reads an export to its end. Each dashboard becomes visible in one atomic step once all its lines have been read. A
 * dashboard that exists at the same revision is skipped, so an interrupted import is resumed by importing the file
 * again.
 * @returns number of dashboards by result
 * @throws BadLineError at the first invalid line. Dashboards before it are imported; its own dashboard is unchanged
 * @throws DashboardNotFoundError at the end, if the export lacks one of `options.names`
 */
export async function importDashboards(
  store: StoreImport,
  input: Readable,
  options: ImportOptions,
): Promise<ImportSummary> {
  const importer = new DashboardImporter(store, options);
  try {
    for await (const { number, text } of readLines(input)) await importer.acceptLine(text, number);
    return importer.finish();
  } finally {
    await importer.abort();
  }
}

class DashboardImporter {
  readonly #summary = { imported: 0, skipped: 0, refused: 0 };
  readonly #seenNames = new Set<string>();
  #state: 'new' | 'reading' | 'finished' = 'new';
  #current: ImportState | undefined;
  #lineNumber = 0;
  #version: ExportVersion = EXPORT_VERSION;

  constructor(
    private readonly store: StoreImport,
    private readonly options: ImportOptions,
  ) {}

  async acceptLine(text: string, lineNumber: number): Promise<void> {
    this.#lineNumber = lineNumber;
    try {
      await this.#handleLine(parseExportLine(text, this.#version));
    } catch (error) {
      throw error instanceof BadLineError ? new BadLineError(error.message, lineNumber) : error;
    }
  }

  finish(): ImportSummary {
    if (this.#state !== 'finished') {
      throw new BadLineError(
        `the export is incomplete: it ends after line ${this.#lineNumber}, without {"finished":...}`,
      );
    }
    const missing = this.options.names.filter((name) => !this.#seenNames.has(name));
    if (missing.length > 0) throw new DashboardNotFoundError(`the export has no dashboard named ${missing.join(', ')}`);
    return this.#summary;
  }

  /** Discards a dashboard that has been read in part. */
  async abort(): Promise<void> {
    // The error that ended the import is thrown anyway. A store that cannot be reached cleans up later.
    await this.#current?.dashboardImport?.abort().catch(() => undefined);
  }

  async #handleLine(line: ExportLine): Promise<void> {
    const current = this.#current;
    if ((line.kind === 'header') !== (this.#state === 'new')) {
      throw new BadLineError('{"tallyboard":"export",...} must be the first line, and only that');
    }
    if (this.#state === 'finished') throw new BadLineError('no line may follow {"finished":...}');
    if (
      current ? line.kind === 'dashboard' || line.kind === 'finished' : line.kind === 'record' || line.kind === 'end'
    ) {
      throw new BadLineError(`unexpected ${line.kind} line: lines before it are missing`);
    }
    switch (line.kind) {
      case 'header':
        this.#state = 'reading';
        this.#version = line.version;
        return;
      case 'dashboard':
        this.#current = await this.#beginDashboard(line.dashboard);
        return;
      case 'record':
        return this.#addRecord(current, line.record);
      case 'end':
        current?.validator.finish(line.dashboard, line.counts);
        await this.#completeDashboard(current);
        this.#current = undefined;
        return;
      case 'finished':
        if (line.dashboards !== this.#seenNames.size) {
          throw new BadLineError(
            `finished.dashboards is ${line.dashboards}, but the export has ${this.#seenNames.size}`,
          );
        }
        this.#state = 'finished';
    }
  }

  async #beginDashboard(dashboard: ExportedDashboard): Promise<ImportState> {
    const { name } = dashboard;
    if (this.#seenNames.has(name)) throw new BadLineError(`dashboard ${name} appears twice`);
    this.#seenNames.add(name);
    const { names } = this.options;
    const isWanted = names.length === 0 || names.includes(name);
    const existing = isWanted ? await this.store.findVersion(name) : undefined;
    const validator = new SequenceValidator(dashboard, existing);
    const dayRows = this.#version === 1 ? new DayRowBuilder() : undefined;
    const ignored = { validator, dashboardImport: undefined, existing, dayRows, records: [] };
    if (!isWanted) return ignored;
    const result = existing && this.#compareWithExisting(dashboard, existing);
    if (!result) return { ...ignored, dashboardImport: await this.store.begin(dashboard, existing) };
    this.#report(dashboard, result);
    return ignored;
  }

  /** Decides from the versions alone, if they suffice. Returns undefined if the records have to be read first. */
  #compareWithExisting(
    { epoch, revision, at }: ExportedDashboard,
    existing: DashboardVersion,
  ): ImportResult | undefined {
    const isSameEpoch = existing.epoch === epoch;
    if (isSameEpoch && existing.revision === revision && existing.at === at) {
      return { kind: 'skipped', detail: `already present at revision ${revision}` };
    }
    if (this.options.replace || (isSameEpoch && existing.revision < revision)) return undefined;
    const conflict = isSameEpoch
      ? `the store has changes that the export does not contain, up to revision ${existing.revision}`
      : `the store has other data under this name, at revision ${existing.revision} of another epoch`;
    return { kind: 'refused', detail: `${conflict}: use --replace to overwrite the dashboard` };
  }

  async #addRecord(state: ImportState | undefined, record: ExportRecord): Promise<void> {
    if (!state) return;
    state.validator.accept(record);
    if (state.dashboardImport)
      await this.#passOn(state.dayRows?.accept(record) ?? [record], state, state.dashboardImport);
  }

  async #passOn(records: readonly ExportRecord[], state: ImportState, dashboardImport: DashboardImport): Promise<void> {
    for (const record of records) {
      state.records.push(record);
      if (state.records.length >= RECORDS_PER_BATCH) await this.#flush(state, dashboardImport);
    }
  }

  async #flush(state: ImportState, dashboardImport: DashboardImport): Promise<void> {
    const { records, validator } = state;
    state.records = [];
    await dashboardImport.add(records);
    this.options.onProgress(validator.dashboard, { kind: 'in-progress', counts: validator.counts });
  }

  async #completeDashboard(state: ImportState | undefined): Promise<void> {
    if (!state?.dashboardImport) return;
    const { validator, dashboardImport, existing } = state;
    const { dashboard, counts, continuesExisting } = validator;
    await this.#passOn(state.dayRows?.finish() ?? [], state, dashboardImport);
    await this.#flush(state, dashboardImport);
    const losesChanges = existing?.epoch === dashboard.epoch && !continuesExisting;
    if (losesChanges && !this.options.replace) {
      await dashboardImport.abort();
      const detail = `the store has changes that the export does not contain, up to revision ${existing.revision}`;
      return this.#report(dashboard, {
        kind: 'refused',
        detail: `${detail}: use --replace to overwrite the dashboard`,
      });
    }
    // Within an epoch, revisions never go back and never change their meaning: data that does either gets a new epoch.
    if (await dashboardImport.complete(losesChanges ? randomUUID() : dashboard.epoch)) {
      return this.#report(dashboard, { kind: 'imported', counts });
    }
    await dashboardImport.abort();
    const detail = 'it changed during the import: stop its writers, then import it again';
    this.#report(dashboard, { kind: 'refused', detail });
  }

  #report(dashboard: ExportedDashboard, result: ImportResult): void {
    if (result.kind !== 'in-progress') this.#summary[result.kind] += 1;
    this.options.onProgress(dashboard, result);
  }
}
