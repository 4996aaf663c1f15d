/** Brings dashboards of an export into a store: each whole, or not at all. */
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
import { DashboardNotFoundError } from './export.js';
import { SequenceValidator } from './sequence-validator.js';
import type { RecordCounts } from './line-format.js';
import { BadLineError, readLines } from './line-reader.js';
import { type ExportLine, parseExportLine } from './line-parser.js';

/** What became of a dashboard; `detail` is for people. */
export type ImportResult =
  | { readonly kind: 'in-progress' | 'imported'; readonly counts: RecordCounts; readonly detail?: undefined }
  | { readonly kind: 'skipped' | 'refused'; readonly detail: string };

export interface ImportOptions {
  /** Names of dashboards; all when there are none. */
  readonly names: readonly string[];
  /** Whether a dashboard may take the place of one with another past. */
  readonly replace: boolean;
  readonly onProgress: (dashboard: ExportedDashboard, result: ImportResult) => void;
}

/** How often each fate was met. */
type ImportSummary = Readonly<Record<'imported' | 'skipped' | 'refused', number>>;

/** Where the import of one dashboard stands. Without `dashboardImport` its lines are looked at and left. */
interface ImportState {
  readonly validator: SequenceValidator;
  readonly dashboardImport: DashboardImport | undefined;
  readonly existing: DashboardVersion | undefined;
  records: ExportRecord[];
}

/**
 * Reads an export to its end. A dashboard is seen by others when it is complete, at once and whole. One that is there at the same
 * revision is skipped: an import that was cut off is finished by another one of the same file.
 * @returns what became of the dashboards
 * @throws BadLineError at the first line that is wrong: dashboards before it are complete, the one that it is in has changed nothing
 * @throws DashboardNotFoundError at the end, when a wanted one was not among them
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

  constructor(
    private readonly store: StoreImport,
    private readonly options: ImportOptions,
  ) {}

  async acceptLine(text: string, lineNumber: number): Promise<void> {
    this.#lineNumber = lineNumber;
    try {
      await this.#handleLine(parseExportLine(text));
    } catch (error) {
      throw error instanceof BadLineError ? new BadLineError(error.message, lineNumber) : error;
    }
  }

  finish(): ImportSummary {
    if (this.#state !== 'finished') {
      throw new BadLineError(
        `the export breaks off after line ${this.#lineNumber}: its last line has to be {"finished":...}`,
      );
    }
    const missing = this.options.names.filter((name) => !this.#seenNames.has(name));
    if (missing.length > 0) throw new DashboardNotFoundError(`the export has no dashboard named ${missing.join(', ')}`);
    return this.#summary;
  }

  /** Takes away what has begun and is not complete. */
  async abort(): Promise<void> {
    // What has failed is told by itself; a store that is away clears up later.
    await this.#current?.dashboardImport?.abort().catch(() => undefined);
  }

  async #handleLine(line: ExportLine): Promise<void> {
    const current = this.#current;
    if ((line.kind === 'header') !== (this.#state === 'new')) {
      throw new BadLineError('an export has {"tallyboard":"export",...} as its first line, and there only');
    }
    if (this.#state === 'finished') throw new BadLineError('it comes after the last line');
    if (
      current ? line.kind === 'dashboard' || line.kind === 'finished' : line.kind === 'record' || line.kind === 'end'
    ) {
      throw new BadLineError(`${line.kind} cannot be here: lines are missing before it`);
    }
    switch (line.kind) {
      case 'header':
        this.#state = 'reading';
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
          throw new BadLineError(`finished.dashboards says ${line.dashboards}, and there were ${this.#seenNames.size}`);
        }
        this.#state = 'finished';
    }
  }

  async #beginDashboard(dashboard: ExportedDashboard): Promise<ImportState> {
    const { name } = dashboard;
    if (this.#seenNames.has(name)) throw new BadLineError(`${name} comes twice`);
    this.#seenNames.add(name);
    const { names } = this.options;
    const isWanted = names.length === 0 || names.includes(name);
    const existing = isWanted ? await this.store.findVersion(name) : undefined;
    const validator = new SequenceValidator(dashboard, existing);
    const ignored = { validator, dashboardImport: undefined, existing, records: [] };
    if (!isWanted) return ignored;
    const result = existing && this.#compareWithExisting(dashboard, existing);
    if (!result) return { ...ignored, dashboardImport: await this.store.begin(dashboard, existing) };
    this.#report(dashboard, result);
    return ignored;
  }

  /** What is known of a dashboard that is there before its past has come. */
  #compareWithExisting(
    { epoch, revision, at }: ExportedDashboard,
    existing: DashboardVersion,
  ): ImportResult | undefined {
    const isSameEpoch = existing.epoch === epoch;
    if (isSameEpoch && existing.revision === revision && existing.at === at) {
      return { kind: 'skipped', detail: `it is there already, at revision ${revision}` };
    }
    if (this.options.replace || (isSameEpoch && existing.revision < revision)) return undefined;
    const conflict = isSameEpoch
      ? `one at revision ${existing.revision} is there, and this one is at ${revision}`
      : `another one is there, at revision ${existing.revision} of another epoch`;
    return { kind: 'refused', detail: `${conflict}: give --replace if that is to go` };
  }

  async #addRecord(state: ImportState | undefined, record: ExportRecord): Promise<void> {
    if (!state) return;
    state.validator.accept(record);
    if (!state.dashboardImport) return;
    state.records.push(record);
    if (state.records.length >= RECORDS_PER_BATCH) await this.#flush(state, state.dashboardImport);
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
    await this.#flush(state, dashboardImport);
    const losesChanges = existing?.epoch === dashboard.epoch && !continuesExisting;
    if (losesChanges && !this.options.replace) {
      await dashboardImport.abort();
      const detail = `one is there that has had other changes, up to revision ${existing.revision}`;
      return this.#report(dashboard, { kind: 'refused', detail: `${detail}: give --replace if that is to go` });
    }
    // Revisions of one epoch never go back, and mean one thing.
    if (await dashboardImport.complete(losesChanges ? randomUUID() : dashboard.epoch)) {
      return this.#report(dashboard, { kind: 'imported', counts });
    }
    await dashboardImport.abort();
    const detail = 'it was changed while it was being imported: stop what changes it, and import it again';
    this.#report(dashboard, { kind: 'refused', detail });
  }

  #report(dashboard: ExportedDashboard, result: ImportResult): void {
    if (result.kind !== 'in-progress') this.#summary[result.kind] += 1;
    this.options.onProgress(dashboard, result);
  }
}
